"""A YAML document that a person wrote: its values, the line of each, and all its mistakes at once. Pure.

Stricter than YAML: no key twice, no anchors, and no unquoted digits that YAML would read as a number where
text belongs (0312345678 would lose its leading zero). Flow files and case rules are read through this.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from smartdesk_pbx.errors import Mistake, Mistakes

LONGEST_TEXT = 1_000_000
"""Characters; nobody writes a longer document by hand."""

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}", re.ASCII)

Loc = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the root."""


@dataclass
class Document:
    """What `read` gives back. `content` is made of dict, list, str, int, float, bool and None; keys are always str."""

    name: str
    content: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    """Those of the writing itself; a reader adds its own, then calls `stop`."""

    def where(self, loc: Loc) -> str:
        """`file:line` of the value at `loc`, or of the nearest thing around it that was written."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return f"{self.name}:{self.lines.get(loc, 1)}"

    def wrong(self, loc: Loc, wrong: str, right: str = "") -> None:
        """Note a mistake at `loc`."""
        self.mistakes.append(Mistake(self.where(loc), wrong, right))

    def stop(self) -> None:
        """Raise `Mistakes` with all that were noted, in the order of the lines; nothing when there are none."""
        if self.mistakes:
            unique = dict.fromkeys(self.mistakes)
            raise Mistakes(sorted(unique, key=lambda m: int(m.where.rpartition(":")[2])))


def read(text: str, name: str) -> Document:
    """Parse `text`; `name` stands before each line number. Raises `Mistakes` when it is no YAML at all."""
    document = Document(name)
    if len(text) > LONGEST_TEXT:
        raise Mistakes([Mistake(f"{name}:1", f"longer than {LONGEST_TEXT} characters")])
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        document.content = _Reader(document).value(root, ()) if root is not None else None
    except RecursionError:
        raise Mistakes([Mistake(f"{name}:1", "nested too deeply")]) from None
    except YAMLError as error:
        raise Mistakes([_syntax(name, error)]) from None
    return document


def _syntax(name: str, error: YAMLError) -> Mistake:
    if not isinstance(error, MarkedYAMLError):
        return Mistake(f"{name}:1", f"not readable as YAML: {str(error).splitlines()[0]}")
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or "not readable as YAML"
    hint = "check indent, colons and quotes; the keys # and * are written '#' and '*'"
    return Mistake(f"{name}:{mark.line + 1 if mark else 1}", f"not readable as YAML: {said}", hint)


class _Reader:
    """Turns YAML nodes into plain values, noting lines and mistakes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen: set[int] = set()

    def value(self, node: Node, loc: Loc) -> Any:
        self.document.lines.setdefault(loc, node.start_mark.line + 1)
        if id(node) in self.seen:
            self.document.wrong(
                loc, "anchors and aliases (& and *) are not used here", "write it out, or put it in quotes"
            )
            return None
        self.seen.add(id(node))
        if isinstance(node, MappingNode):
            return dict(self._pairs(node, loc))
        if isinstance(node, SequenceNode):
            return [self.value(item, (*loc, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, loc)

    def _pairs(self, node: MappingNode, loc: Loc) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.document.mistakes.append(Mistake(f"{self.document.name}:{line}", "a key must be one word"))
                continue
            key = str(key_node.value)
            here = (*loc, key)
            self.document.lines.setdefault(here, line)
            if key in first:
                self.document.mistakes.append(
                    Mistake(f"{self.document.name}:{line}", f"{key!r} is written twice", f"first in line {first[key]}")
                )
                continue
            first[key] = line
            if _kind(key_node) == "int":
                self.document.wrong(here, f"key {key} stands without quotes", f"write '{key}'")
            yield key, self.value(value_node, here)

    def _scalar(self, node: Node, loc: Loc) -> Any:
        text, kind = str(node.value), _kind(node)
        if kind in ("bool", "null"):
            return text.lower() == "true" if kind == "bool" else None
        if kind == "int" and _WHOLE.fullmatch(text):
            return int(text)
        if kind == "float" and _DECIMAL.fullmatch(text):
            return float(text)
        if kind in ("int", "float"):
            self.document.wrong(loc, f"{text} stands without quotes and would not stay as written", f"write '{text}'")
        elif kind != "str":
            self.document.wrong(loc, f"{text!r}: {kind} is not used here", "put it in quotes")
        return text


def _kind(node: Node) -> str:
    return str(node.tag).rpartition(":")[2]


def nearest(word: str, known: Collection[str]) -> str:
    """What to write instead of `word`: the nearest of `known`, or the list of them (the first thirty)."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else "one of " + ", ".join(sorted(known)[:30])
