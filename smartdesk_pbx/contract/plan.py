"""A plan as a person writes it: its settings (R3) and its rules for cases (R7.2). Pure."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smartdesk_pbx.contract.case_rules import Rule, Rules, Surcharge, list_mistakes
from smartdesk_pbx.contract.conditions import Band, More, When
from smartdesk_pbx.contract.document import Document, Loc, nearest, read
from smartdesk_pbx.contract.settings import Layer, faults


class _Head(BaseModel):
    """The keys of a plan file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str = Field(min_length=1, max_length=80)
    settings: dict[str, Any] = Field(default_factory=dict)
    version: str
    rules: list[Any]
    surcharges: list[Any] = Field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """`plan` is its id, `settings` a layer for `contract/settings.py`."""

    plan: str
    name: str
    settings: Layer
    rules: Rules


@cache
def standard_plan() -> Plan:
    """The plan that comes with the software; read once."""
    source = files("smartdesk_pbx.contract") / "standard_plan.yaml"
    return plan_from_yaml(source.read_text("utf-8"), "standard_plan.yaml")


def plan_from_yaml(text: str, name: str) -> Plan:
    """Read a plan. Raises `Mistakes`: all of them, each with `name:line`."""
    document = read(text, name)
    content: Any = document.content
    given = content if isinstance(content, dict) else {}
    rules = _rules(document, {key: given[key] for key in Rules.model_fields if key in given})
    try:
        head = _Head.model_validate(content)
    except ValidationError as error:
        _note(document, error, _Head)
    settings = given.get("settings")
    for fault in faults(settings) if isinstance(settings, dict) else ():
        document.wrong(("settings", *fault.loc), fault.wrong, fault.right)
    document.stop()
    assert rules is not None
    return Plan(head.plan, head.name, head.settings, rules)


def _rules(document: Document, content: Any) -> Rules | None:
    """`content` as rules; None after noting its mistakes in the document."""
    try:
        return Rules.model_validate(content)
    except ValidationError as error:
        _note(document, error, Rules)
    for i, wrong, right in list_mistakes(_order(content)):
        document.wrong(("rules", i), wrong, right)
    return None


def _order(content: Any) -> list[dict[str, Any]]:
    """The rules as written; they may still hold other mistakes."""
    rules = content.get("rules") if isinstance(content, dict) else None
    return [rule if isinstance(rule, dict) else {} for rule in rules] if isinstance(rules, list) else []


def _note(document: Document, error: ValidationError, root: type[BaseModel]) -> None:
    """Note what pydantic found, in words of ours, each with its line."""
    for found in error.errors(include_url=False):
        loc, wrong, right = found["loc"], found["msg"], ""
        if found["type"] == "order" or (found["type"] == "too_short" and found["input"]):
            continue  # told elsewhere, with its line
        if not loc:
            wrong, right = "this is not a list of keys and values", "it needs " + ", ".join(root.model_fields)
        elif found["type"] == "missing":
            wrong = f"{loc[-1]!r} is missing"
        elif found["type"] == "extra_forbidden":
            wrong, right = f"unknown key {loc[-1]!r}", nearest(str(loc[-1]), _keys(root, loc))
        elif found["type"] == "literal_error":
            wrong = f"{_path(loc)}: {found['input']!r} is no word for this"
            right = nearest(str(found["input"]), re.findall(r"'([^']+)'", found["ctx"]["expected"]))
        else:
            wrong = f"{_path(loc)}: {wrong}"
        document.wrong(loc, wrong, right)


def _path(loc: Loc) -> str:
    return ".".join(str(part) for part in loc)


_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    ("rules",): Rule,
    ("rules", "when"): When,
    ("rules", "more_units"): More,
    ("surcharges",): Surcharge,
    ("surcharges", "when"): When,
    ("surcharges", "every"): More,
}
"""What is written below these keys; below a `when`, a band."""


def _keys(root: type[BaseModel], loc: Loc) -> list[str]:
    """The keys that may stand where `loc` ends."""
    around = tuple(part for part in loc[:-1] if isinstance(part, str))
    model = _MODELS.get(around, Band) if around else root
    return [field.alias or name for name, field in model.model_fields.items()]
