"""What each kind of node may carry, read off the models themselves: the reference of docs/flows.md. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, get_args

from smartdesk_pbx.flow import parts
from smartdesk_pbx.flow.load import KINDS
from smartdesk_pbx.flow.sheet import written
from smartdesk_pbx.flow.tree import NAMED, WAYS

NEEDED = "needed"

_WORDS = {
    parts.Prompt: "prompt", parts.Key: "key", parts.Language: "language", parts.E164: "number",
    parts.Mask: "digits and x", parts.Prefix: "beginning of a number", parts.Country: "country", parts.Target: "name",
}  # fmt: skip
_BY_PATTERN = {one.pattern: word for kind, word in _WORDS.items() for one in get_args(kind)[1].metadata
               if hasattr(one, "pattern")}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """`right`: what may stand there; `usual`: what holds when nothing does, `needed` when something must."""

    name: str
    right: str
    usual: str


def about(kind: str) -> str:
    """What a kind of node is for, in one paragraph. Raises `KeyError` for an unknown one."""
    return " ".join(cleandoc(KINDS[kind].__doc__ or "").split())


def fields(kind: str) -> tuple[Field, ...]:
    """The fields of a kind of node, those that are needed first. Raises `KeyError` for an unknown one."""
    schema = KINDS[kind].model_json_schema()
    needed = set(schema["required"])
    found = [
        Field(name, _field(kind, name, one, schema), NEEDED if name in needed else _usual(one))
        for name, one in schema["properties"].items()
        if name != "kind"
    ]
    return tuple(sorted(found, key=lambda field: field.usual != NEEDED))


def _usual(one: Mapping[str, Any]) -> str:
    usual = one.get("default")
    if isinstance(usual, bool):
        return str(usual).lower()
    return "-" if usual in (None, []) or "default" not in one else written(usual)


def _field(kind: str, name: str, one: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    if name in WAYS and one.get("type") != "array":
        return "node"
    if name in NAMED.get(kind, ()):
        by = "key" if kind == "menu" else "exit" if kind == "call" else "exception" if kind == "hours" else "answer"
        return f"{by}: node, …"
    return _right(one, whole)


def _right(one: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """What a part of a JSON schema allows, in a few words."""
    if "anyOf" in one:
        return next(_right(part, whole) for part in one["anyOf"] if part.get("type") != "null")
    if "$ref" in one:
        return f"case with {' or '.join(_conditions(one, whole))}, and `next`"
    match one.get("type"):
        case "array":
            most = f", at most {one['maxItems']}" if "maxItems" in one else ""
            return f"[{_right(one['items'], whole)}, …]{most}"
        case "object":
            ((pattern, value),) = one["patternProperties"].items()
            return f"{_BY_PATTERN.get(pattern, 'name')}: {_right(value, whole)}, …"
        case "boolean":
            return "true" if one.get("const") else "true or false"
        case "integer" | "number":
            return f"{one['minimum']:g} to {one['maximum']:g}"
    return " or ".join(one["enum"]) if "enum" in one else _BY_PATTERN.get(one.get("pattern", ""), "text")


def _conditions(one: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    for name, condition in whole["$defs"][one["$ref"].rpartition("/")[2]]["properties"].items():
        if name != "next":
            yield f"`{name}: {_right(condition, whole)}`"


def table(kind: str) -> str:
    """The fields as a table in Markdown."""
    rows = [f"| `{one.name}` | {one.right} | {one.usual} |" for one in fields(kind)]
    return "\n".join(["| field | what stands there | usual |", "|---|---|---|", *rows])
