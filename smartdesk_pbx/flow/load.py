"""A flow file becomes a validated tree, or all its mistakes at once, each with file and line.

Pure but for reading files. Flows are read when they are published, never during a call.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from smartdesk_pbx.contract.document import Document, Loc, nearest, read
from smartdesk_pbx.errors import Mistake, Mistakes
from smartdesk_pbx.flow import check
from smartdesk_pbx.flow.link import Find, beside, link
from smartdesk_pbx.flow.nodes import Jump, Node
from smartdesk_pbx.flow.parts import NAME, PLACEHOLDERS
from smartdesk_pbx.flow.tree import PROMPT_FIELDS, Tree, targets

Known = Mapping[str, Collection[str]] | Collection[str]
"""Prompt ids that exist: by language, or the same for every language."""

KINDS: Mapping[str, type[BaseModel]] = {
    get_args(cls.model_fields["kind"].annotation)[0]: cls for cls in get_args(get_args(Node)[0]) if cls is not Jump
}
"""What a node can be, by its `kind`."""

_NAME = re.compile(NAME)


def load(
    source: Path | str, *, known_prompts: Known | None = None, name: str = "flow.yaml", find: Find | None = None
) -> Tree:
    """The tree of a flow, from a file or from its text (`name` then stands before the line numbers).

    Raises `Mistakes`. With `known_prompts`, each prompt must exist in every language of the flow. `find` gives the
    shared flows that it calls; by default those that stand beside its file.
    """
    return loaded(source, known_prompts=known_prompts, name=name, find=find).tree


@dataclass(frozen=True)
class Loaded:
    """A flow, and where each part of it stands."""

    tree: Tree
    document: Document

    def where(self, loc: Loc) -> str:
        """`file:line` of what stands at `loc`, a path from the root; of a shared flow's node, where that is called."""
        if len(loc) > 1 and loc[0] == "nodes":
            called, dot, _ = str(loc[1]).partition(".")
            loc = ("nodes", called) if dot else loc
        return self.document.where(loc)


def loaded(
    source: Path | str, *, known_prompts: Known | None = None, name: str = "flow.yaml", find: Find | None = None
) -> Loaded:
    """As `load`, with the lines."""
    text = source
    if isinstance(source, Path):
        name, text, find = source.name, _file_text(source), find or beside(source.parent)
    return _load(str(text), name, known_prompts, find or (lambda _: None), ())


def _load(text: str, name: str, known_prompts: Known | None, find: Find, above: tuple[str, ...]) -> Loaded:
    document = read(text, name)
    if not isinstance(document.content, dict):
        raise Mistakes([Mistake(f"{name}:1", "a flow is keys and values", "flow, languages, start, nodes")])
    head = _head(document)
    nodes = _nodes(document)
    _check(document, nodes, head, known_prompts)
    if head is None:
        document.stop()
        raise AssertionError("a head with mistakes has said so")

    def shared(text: str, file: str) -> Tree:
        return _load(text, file, known_prompts, find, (*above, head.flow)).tree

    whole = link(head.model_copy(update={"nodes": nodes}), document, find, shared, above)
    document.stop()
    return Loaded(whole, document)


def _file_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not a text in UTF-8"
        raise Mistakes([Mistake(str(path), why)]) from None


def _head(document: Document) -> Tree | None:
    """The flow without its nodes; None after noting the mistakes."""
    content = document.content
    if not isinstance(content.get("nodes"), dict) or not content["nodes"]:
        document.wrong(("nodes",), "a flow needs `nodes`, each with a name and a kind")
    try:
        return Tree.model_validate({**content, "nodes": {}})
    except ValidationError as error:
        _note(document, error, (), Tree)
        return None


def _nodes(document: Document) -> dict[str, Node]:
    """The nodes that are right in themselves; the mistakes of the others are noted."""
    nodes: dict[str, Node] = {}
    written = document.content.get("nodes")
    for name, content in written.items() if isinstance(written, dict) else ():
        node = _node(document, ("nodes", name), content)
        if node is not None:
            nodes[name] = node
        if not _NAME.fullmatch(name):
            document.wrong(("nodes", name), f"{name!r} is no name of a node", "small letters, digits and hyphens")
    return nodes


def _node(document: Document, loc: Loc, content: Any) -> Node | None:
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind is None:
        document.wrong(loc, "'kind' is missing", "one of " + ", ".join(KINDS))
        return None
    cls = KINDS.get(str(kind))
    if cls is None:
        document.wrong((*loc, "kind"), f"unknown kind {kind!r}", nearest(str(kind), KINDS))
        return None
    try:
        node: Node = cls.model_validate(content)  # type: ignore[assignment]
    except ValidationError as error:
        _note(document, error, loc, cls)
        return None
    return node


def _check(document: Document, nodes: dict[str, Node], head: Tree | None, known: Known | None) -> None:
    """Note what is wrong with the flow as a whole, as far as the right part of it tells."""
    written = document.content.get("nodes")
    names: dict[str, Any] = written if isinstance(written, dict) else {}
    ways = {n: targets(nodes[n]) if n in nodes else check.written_targets(names[n]) for n in names}
    found: list[check.Found] = [*check.missing_targets(ways), *check.too_many_prompts(nodes)]
    start = head.start if head is not None else document.content.get("start")
    if isinstance(start, str) and names and start not in names:
        found.append(check.Found(("start",), f"there is no node {start!r}", nearest(start, names)))
    if names and len(nodes) == len(names) and start in nodes:
        found += [*check.endless(nodes, start), *check.unknown_number(nodes, start), *check.no_end(nodes)]
        found += check.unreachable(nodes, start)
    if head is not None:
        found += [*check.wrong_calendars(nodes, head.calendars), *check.unoffered_languages(nodes, head.languages)]
    if known is not None:
        found += _prompts(nodes, document.content.get("languages"), known)
    for one in found:
        document.wrong(one.loc, one.wrong, one.right)


def _prompts(nodes: dict[str, Node], languages: Any, known: Known) -> Iterable[check.Found]:
    for i, language in enumerate(languages if isinstance(languages, list) else ()):
        if not isinstance(known, Mapping):
            yield from check.unknown_prompts(nodes, known, str(language))
        elif language in known:
            yield from check.unknown_prompts(nodes, known[language], language)
        else:
            wrong = f"there are no prompts in language {language!r}"
            yield check.Found(("languages", i), wrong, nearest(str(language), known))


def _note(document: Document, error: ValidationError, loc: Loc, model: type[BaseModel]) -> None:
    """Note what pydantic found in one node or in the head, in words of ours."""
    for found in error.errors(include_url=False):
        at, given = found["loc"], found["input"]
        last = str(at[-1]) if at else ""
        where = ".".join(str(part) for part in at if part != "[key]")
        wrong, right = f"{where}: {found['msg']}" if where else found["msg"], ""
        if found["type"] == "missing":
            wrong = f"{last!r} is missing"
        elif found["type"] == "extra_forbidden":
            wrong, right = f"unknown key {last!r}", nearest(last, model.model_fields)
        elif last == "[key]" and "keys" in at:
            wrong, right = f"{given!r} is no key of a telephone", "one of 0-9, *, #, A-D"
        elif last == "[key]":
            wrong, right = f"{given!r} does not fit here", _pattern_hint(at)
        elif found["type"] == "string_pattern_mismatch":
            wrong, right = f"{where}: {given!r} does not fit here", _pattern_hint(at)
        elif found["type"] == "string_type":
            wrong, right = f"{where}: text is needed, not {given!r}", "put it in quotes"
        elif found["type"] == "tuple_type":
            wrong, right = f"{where}: a list is needed, not {given!r}", f"[{given}]" if isinstance(given, str) else ""
        elif found["type"].endswith(("_equal", "_than")):
            wrong += f", not {given}"
        document.wrong((*loc, *at), wrong, right)


PROMPT_FIELDS_SET = frozenset(PROMPT_FIELDS)

_HINTS = {
    "languages": "two small letters, such as ja",
    "keys": "two small letters, such as ja",
    "numbers": 'a number with + and country code, in quotes, such as "+81312345678"',
    "to": 'a number with + and country code, in quotes, such as "+81312345678"',
    "ranges": 'the beginning of a number with + and country code, in quotes, such as "+8190"',
    "countries": "two capital letters, such as JP",
    "patterns": "digits, and x for any digit, such as 0xxxxxxxxx",
    "url": "a whole address, such as https://system.example/lookup",
}


def _pattern_hint(at: Loc) -> str:
    fields = {str(part) for part in at}
    named = "small letters, digits and hyphens"
    if fields & PROMPT_FIELDS_SET:
        return f"{named}, or one of {', '.join(PLACEHOLDERS)}"
    return next((right for field, right in _HINTS.items() if field in fields), named)
