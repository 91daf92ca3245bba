"""A YAML text that is edited in places: whatever is not touched stays as it was written, comments and all. Pure.

A round trip through a YAML library would move comments about; here each value is known by where it stands.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

from smartdesk_pbx.contract.document import Loc, read

_PLAIN = re.compile(r"[A-Za-z0-9]+((:|\.\.?|[ +-])[A-Za-z0-9]+)*", re.ASCII)
"""Texts that need no quotes, unless they are read as a number or a date: mon-fri 09:00-18:00."""


@dataclass(frozen=True)
class Entry:
    """A key with its value, or an item of a list. Lines count from 0; `since` and `to`: the value's characters."""

    line: int
    last_line: int
    since: int
    to: int


class Sheet:
    """A text, where things stand in it by their keys and list positions, and what is to change: see `edited`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.splitlines()
        self._begins = [0]
        for line in text.splitlines(keepends=True):
            self._begins.append(self._begins[-1] + len(line))
        self._edits: list[tuple[int, int, str]] = []
        self._removed: set[Loc] = set()

    @cached_property
    def entries(self) -> dict[Loc, Entry]:
        """Everything that stands in the text."""
        root = YAML(typ="safe", pure=True).compose(self.text)
        return dict(_entries(root, ()))

    @cached_property
    def content(self) -> Any:
        """What the text says, as dicts, lists and values."""
        return read(self.text, "sheet").content

    def at_line(self, line: int) -> Loc:
        """What begins in a line, the outermost of it. Raises `KeyError` when nothing does."""
        found = [loc for loc, entry in self.entries.items() if entry.line == line]
        if not found:
            raise KeyError(line)
        return min(found, key=len)

    def end_line(self, line: int, since: int, text: str) -> None:
        """Write something else from a character of a line to its end."""
        begin = self._begins[line]
        self._edits.append((begin + since, begin + len(self.lines[line]), text))

    def replace(self, loc: Loc, value: object) -> None:
        """Write another value there, in one line."""
        entry = self.entries[loc]
        self._edits.append((entry.since, entry.to, written(value)))

    def remove(self, loc: Loc) -> None:
        """Take an entry out, with the comment that stands right above it; what is left empty by that goes with it."""
        self._removed.add(loc)
        if len(loc) > 1 and {other for other in self.entries if other[:-1] == loc[:-1]} <= self._removed:
            self.remove(loc[:-1])

    def edited(self) -> str:
        """The text with all changes; of what is taken out nothing else matters."""
        edits, end, text = [*self._edits, *((*self._span(loc), "") for loc in self._removed)], 0, ""
        for since, to, new in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
            if since >= end:
                text += self.text[end:since] + new
                end = to
        return (text + self.text[end:]).rstrip("\n") + "\n"

    def _span(self, loc: Loc) -> tuple[int, int]:
        """The characters of whole lines that go with an entry."""
        entry = self.entries[loc]
        first, after = entry.line, entry.last_line + 1
        indent = len(self.lines[first]) - len(self.lines[first].lstrip())
        while first and self.lines[first - 1].startswith(" " * indent + "#"):
            first -= 1
        opens = len(loc) > 1 and self.entries[loc[:-1]].line == first - 1
        if (opens or not first or not self.lines[first - 1]) and after < len(self.lines) and not self.lines[after]:
            after += 1
        return self._begins[first], self._begins[after]


def _entries(node: Node, loc: Loc) -> Iterator[tuple[Loc, Entry]]:
    pairs: list[tuple[str | int, Node, Node]] = []
    if isinstance(node, MappingNode):
        pairs = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, SequenceNode):
        pairs = [(i, item, item) for i, item in enumerate(node.value)]
    for name, begin, value in pairs:
        here = (*loc, name)
        mark = value.start_mark
        yield here, Entry(begin.start_mark.line, _last_line(value), mark.index, value.end_mark.index)
        yield from _entries(value, here)


def _last_line(node: Node) -> int:
    """Where it ends; of a block that is where its last part ends, not where the next thing begins."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(node, MappingNode) else last)


def written(value: object) -> str:
    """A value as it stands in a flow, in one line; texts in quotes where they need them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(key))}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """Without quotes where it would be read back as it is."""
    is_plain = _PLAIN.fullmatch(text) and read(f"[{text}]", "plain")
    if is_plain and is_plain.content == [text] and not is_plain.mistakes:
        return text
    return json.dumps(text, ensure_ascii=False)
