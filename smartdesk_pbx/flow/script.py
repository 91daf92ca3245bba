"""Conversation files: tests that a subscriber's flow brings along. Read whole, with all mistakes at once. Pure.

    flow: reception.yaml            # beside this file; `smartdesk flow simulate FILE --script` needs it not
    given: {agents: 1}              # of every conversation here; one may say otherwise
    conversations:
      who presses 2 talks with a human:
        given: {at: 2026-07-01 10:00, caller: "09012345678"}
        lines:
          - hears: main-menu        # to its end; what is played before may be anything
          - presses: "2"
          - meets: human
          - hangs_up

A file with one conversation has its `lines` at the top. What a line can be: `WORDS`; what can be given: `Given`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError

from smartdesk_pbx.contract.document import Document, Loc, nearest, read
from smartdesk_pbx.errors import Mistake, Mistakes
from smartdesk_pbx.flow.after import MESSAGE
from smartdesk_pbx.flow.given import Given
from smartdesk_pbx.flow.nodes import Hangup, Tag
from smartdesk_pbx.flow.tree import Tree, node_prompts
from smartdesk_pbx.flow.visit import EMERGENCY
from smartdesk_pbx.flow.world import Whom

WORDS: Mapping[str, str] = {
    "hears": "a prompt, or several one after the other: each is played to its end",
    "hears_not": "a prompt that has not been played so far",
    "presses": 'keys, in quotes: "2"',
    "types": 'digits, in quotes: "0312345678#"',
    "waits": "seconds in which the caller does nothing",
    "speaks": "seconds in which the caller speaks, into a recording after its tone",
    "hangs_up": "",
    "they_hang_up": "",
    "meets": "human, nobody, outside or no_answer",
    "connected": "",
    "reaches": "a node at which the call stands now or next",
    "told": "emergency number",
    "tagged": "a tag that the flow noted",
    "leaves": "message",
    "promised": "callback",
    "ends": "nothing, or the reason of the goodbye",
}
"""What a line of a conversation can begin with, and what stands after it."""

ALONE = ("hangs_up", "they_hang_up", "connected", "ends")
"""Lines that need nothing after them."""

FIXED: Mapping[str, tuple[str, ...]] = {
    "meets": get_args(Whom),
    "told": ("emergency number",),
    "leaves": ("message",),
    "promised": ("callback",),
}
"""Lines after which only these words stand."""

_KEYS = re.compile(r"[0-9*#A-D]+")


@dataclass(frozen=True)
class Line:
    """One line; `where` is file:line. `text` holds a prompt, keys or a word, `seconds` what waits and speaks say."""

    where: str
    word: str
    text: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Conversation:
    """A test: what is given, and what happens line by line."""

    name: str
    where: str
    given: Given
    lines: tuple[Line, ...]


def flow_of(text: str, name: str) -> str | None:
    """Which flow file a conversation file is written for, as it says; None when it does not. Raises `Mistakes`."""
    content = read(text, name).content
    flow = content.get("flow") if isinstance(content, dict) else None
    return flow if isinstance(flow, str) else None


def read_script(text: str, name: str, tree: Tree) -> tuple[Conversation, ...]:
    """The conversations of a file; what they name must exist in the flow. Raises `Mistakes`, each with its line."""
    document = read(text, name)
    content = document.content
    if not isinstance(content, dict) or not ({"conversations", "lines"} & content.keys()):
        raise Mistakes([Mistake(f"{name}:1", "no conversation stands here", "write `lines`, or `conversations`")])
    _only(document, content, (), ("flow", "given", "conversations", "lines"))
    reader = _Reader(document, tree, content.get("given"))
    found: list[Conversation | None] = []
    if "lines" in content:
        found.append(reader.conversation(name.removesuffix(".yaml").removesuffix(".test"), content, ()))
    written = content.get("conversations", {})
    if not isinstance(written, dict):
        document.wrong(("conversations",), "conversations need names", "`a name:` with `lines` below it")
        written = {}
    for title, one in written.items():
        found.append(reader.conversation(title, one, ("conversations", title)))
    document.stop()
    return tuple(one for one in found if one is not None)


def _only(document: Document, content: Mapping[str, Any], loc: Loc, known: Collection[str]) -> None:
    for key in content:
        if key not in known:
            document.wrong((*loc, key), f"unknown key {key!r}", nearest(key, known))


class _Reader:
    """Reads conversations; what is wrong with them is noted in the document."""

    def __init__(self, document: Document, tree: Tree, common: Any) -> None:
        self.document, self.common = document, common
        every = {p for node in tree.nodes.values() for p in node_prompts(node)}
        self.known: dict[str, Collection[str]] = {
            "hears": every | {"beep", EMERGENCY, MESSAGE},
            "reaches": tree.nodes.keys(),
            "tagged": {tag for node in tree.nodes.values() if isinstance(node, Tag) for tag in node.tags},
            "ends": {node.reason for node in tree.nodes.values() if isinstance(node, Hangup)},
        }
        self.known["hears_not"] = self.known["hears"]

    def conversation(self, title: str, content: Any, loc: Loc) -> Conversation | None:
        if not isinstance(content, dict):
            self.document.wrong(loc, f"conversation {title!r} needs `lines`")
            return None
        if loc:
            _only(self.document, content, loc, ("given", "lines"))
        given = self._given(content.get("given") if loc else None, (*loc, "given"))
        written = content.get("lines")
        if not isinstance(written, list) or not written:
            self.document.wrong((*loc, "lines"), f"conversation {title!r} has no lines", "- hears: a prompt")
            return None
        lines = [line for i, one in enumerate(written) for line in self._lines(one, (*loc, "lines", i))]
        return Conversation(title, self.document.where(loc), given, tuple(lines)) if given else None

    def _given(self, own: Any, loc: Loc) -> Given | None:
        for one, at in ((self.common, ("given",)), (own, loc)):
            if one is not None and not isinstance(one, dict):
                self.document.wrong(at, "`given` needs names and values", "such as agents: 1")
                return None
        common, own = self.common or {}, own or {}
        try:
            return Given.model_validate({**common, **own})
        except ValidationError as error:
            for found in error.errors(include_url=False):
                at = (*(loc if found["loc"][0] in own else ("given",)), *found["loc"])
                unknown = found["type"] == "extra_forbidden"
                last = str(found["loc"][-1])
                wrong = f"unknown key {last!r}" if unknown else f"{found['loc'][0]}: {found['msg']}"
                self.document.wrong(at, wrong, nearest(last, Given.model_fields) if unknown else "")
            return None

    def _lines(self, written: Any, loc: Loc) -> list[Line]:
        if isinstance(written, str):
            word, value = written, None
        elif isinstance(written, dict) and len(written) == 1:
            ((word, value),) = written.items()
        else:
            self.document.wrong(loc, "a line is one word with what belongs to it", "- hears: a prompt")
            return []
        if word not in WORDS:
            self.document.wrong(loc, f"{word!r} is nothing that happens in a conversation", nearest(word, WORDS))
            return []
        where = self.document.where(loc)
        if word in ("waits", "speaks"):
            return self._seconds(word, value, loc, where)
        if value is None and word in ALONE:
            return [Line(where, word)]
        values = value if isinstance(value, list) and word in ("hears", "hears_not") else [value]
        return [Line(where, word, str(one)) for one in values if self._fits(word, one, loc)]

    def _seconds(self, word: str, value: Any, loc: Loc, where: str) -> list[Line]:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86_400:
            return [Line(where, word, seconds=float(value))]
        self.document.wrong(loc, f"{word}: {value!r} are no seconds", WORDS[word])
        return []

    def _fits(self, word: str, value: Any, loc: Loc) -> bool:
        """Can that stand after the word? If not it is noted."""
        if not isinstance(value, str) or (word in ALONE and word != "ends"):
            self.document.wrong(loc, f"{word}: {value!r} does not fit here", WORDS[word] or f"write only: {word}")
        elif word in ("presses", "types"):
            if _KEYS.fullmatch(value):
                return True
            self.document.wrong(loc, f"{word}: {value!r} are no keys of a telephone", WORDS[word])
        elif value not in (known := FIXED.get(word) or self.known.get(word, ())):
            self.document.wrong(loc, f"{word}: {_UNKNOWN.get(word, 'it cannot be')} {value!r}", nearest(value, known))
        else:
            return True
        return False


_UNKNOWN = {
    "hears": "the flow never plays",
    "hears_not": "the flow never plays",
    "reaches": "the flow has no node",
    "tagged": "the flow never notes",
    "ends": "no goodbye of the flow has the reason",
}
