"""What is drawn of a flow, whatever the form: a box for each node, an arrow for each way. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from smartdesk_pbx.contract.numbers import mask
from smartdesk_pbx.flow.nodes import (
    Callback,
    Caller,
    CallerIs,
    ChooseLanguage,
    Collect,
    Escalate,
    Goto,
    Hangup,
    Hours,
    Jump,
    Lookup,
    Menu,
    Node,
    Record,
    Ring,
    Tag,
    TransferRequest,
)
from smartdesk_pbx.flow.tree import Tree, targets

Texts = Callable[[str, str], str]
"""What a prompt says, by language and name; "" where nobody knows."""

_NAMED_WAYS = {
    "on_silence": "silence", "on_wrong_key": "wrong key", "on_nobody": "nobody", "on_no_answer": "no answer",
    "on_refused": "refused", "on_told": "told", "then": "after that",
}  # fmt: skip
_NEXT = {"escalate": "talked", "ring": "talked", "record": "recorded", "collect": "typed", "callback": "promised"}
"""What a way is called where its field says it otherwise."""

_NEVER_FIRST = " 、。，．・…）」』？！,.)?!ー"
"""Characters that do not begin a line."""


@dataclass(frozen=True)
class Arrow:
    """A way, or several ways between the same two nodes. `back`: it leads back, through a goto."""

    start: str
    end: str
    label: str
    back: bool = False


@dataclass(frozen=True)
class Box:
    """A node. `says`: its prompts in the order of hearing; `notes`: what else a reader wants to know of it."""

    name: str
    kind: str
    says: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A flow as it is drawn, from its start on; what no way leads to is not in it."""

    title: str
    languages: tuple[str, ...]
    start: str
    boxes: dict[str, Box]
    arrows: tuple[Arrow, ...]
    calendars: tuple[str, ...] = ()
    out: dict[str, tuple[Arrow, ...]] = field(default_factory=dict)
    """The arrows that leave a node."""


def picture(tree: Tree) -> Picture:
    """The boxes and arrows of a flow. Where a shared flow begins and ends no box is drawn."""
    start, boxes, out = _passed(tree, tree.start), dict[str, Box](), dict[str, tuple[Arrow, ...]]()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in boxes:
            continue
        node = tree.nodes[name]
        boxes[name], out[name] = _box(tree, name, node), tuple(_arrows(tree, name, node))
        waiting += [arrow.end for arrow in reversed(out[name])]
    calendars = tuple(
        f"{name}: {'; '.join(calendar.weekly)} ({calendar.zone})" for name, calendar in tree.calendars.items()
    )
    arrows = tuple(arrow for leaving in out.values() for arrow in leaving)
    return Picture(tree.flow, tree.languages, start, boxes, arrows, calendars, out)


def _passed(tree: Tree, name: str) -> str:
    """Where one really comes to: a jump is no place."""
    node = tree.nodes[name]
    while isinstance(node, Jump):
        name = node.next
        node = tree.nodes[name]
    return name


def _arrows(tree: Tree, name: str, node: Node) -> Iterator[Arrow]:
    labels: dict[str, list[str]] = {}
    for way, target in sorted(targets(node), key=lambda one: "." not in one[0]):  # keys before silence
        labels.setdefault(_passed(tree, target), []).append(_label(node, way))
    back = _passed(tree, node.to) if isinstance(node, Goto) else None
    for end, said in labels.items():
        yield Arrow(name, end, ", ".join(one for one in said if one), back=end == back)


def _label(node: Node, way: str) -> str:
    field, _, key = way.partition(".")
    if field == "cases" and isinstance(node, Caller):
        return condition(node.cases[int(key.partition(".")[0])])
    if key:
        return key
    if way == "next":
        return _NEXT.get(node.kind, "")
    if way == "to" and isinstance(node, Goto):
        return f"at most {node.most}x"
    return _NAMED_WAYS.get(way, way)


def condition(case: CallerIs) -> str:
    """One case of a `caller` node in words."""
    if case.anonymous:
        return "anonymous"
    if case.list:
        return f"on list {case.list}"
    if case.repeat_hours:
        return f"called within {case.repeat_hours} h"
    return ", ".join(f"{one}..." for one in case.ranges) or ", ".join(case.countries)


def _box(tree: Tree, name: str, node: Node) -> Box:
    prompts = getattr(node, "prompts", ())
    match node:
        case TransferRequest():
            prompts = node.refused
        case Callback():
            prompts = (*(node.same if node.use_caller else ()), *node.prompts)
    return Box(name, node.kind, tuple(prompts), tuple(note for note in _notes(tree, node) if note))


def _notes(tree: Tree, node: Node) -> tuple[str, ...]:
    match node:
        case Menu():
            silent = f", {node.silent_tries} silent" if node.silent_tries else ""
            return (f"{node.tries} tries{silent}, waits {node.wait_s:g} s",)
        case Collect():
            wanted = " or ".join(node.patterns) or f"{node.least} to {node.most} digits"
            return (wanted, "read back" if node.read_back else "")
        case Record():
            return (f"{node.most_s} s at most", "can be heard and recorded anew" if node.review else "")
        case Hours():
            return (f"calendar {node.calendar}", "; ".join(tree.calendars[node.calendar].weekly))
        case ChooseLanguage():
            chosen = node.keys or node.numbers
            return (", ".join(f"{by}: {language}" for by, language in chosen.items()),)
        case Ring():
            numbers = [mask(one) for one in node.to]
            return (f"{', '.join(numbers)} {node.mode.replace('_', ' ')}, {node.ring_s} s",
                    "press 1 to take it" if node.screening else "")  # fmt: skip
        case Escalate():
            who = f"team {node.team}" if node.team else "an agent"
            skills = f"who knows {', '.join(node.skills)}" if node.skills else ""
            return (who, skills, f"{node.wait_s} s at most" if node.wait_s else "")
        case Lookup():
            return (f"{node.method} {node.url}", f"{node.limit_s:g} s at most")
        case Tag():
            return (", ".join(node.tags),)
        case Hangup():
            return (f"reason {node.reason}" if node.reason != "done" else "",)
    return ()


def said(box: Box, texts: Texts, language: str) -> str:
    """What a box says in a language, its prompts joined; a prompt without text by its name."""
    return " ".join(texts(language, prompt) or f"({prompt})" for prompt in box.says)


def shortened(text: str, most: int) -> str:
    """The first words, at most so wide: a character of Japanese counts twice."""
    width, kept = 0, ""
    for character in text:
        width += _width(character)
        if width > most:
            return kept.rstrip("、,. ") + "…"
        kept += character
    return kept


def folded(text: str, width: int) -> list[str]:
    """In lines at most so wide, broken at blanks where there are any, and never before a stop."""
    lines, line, used = [], "", 0
    for character in text:
        if used >= width and character not in _NEVER_FIRST:
            cut = line.rfind(" ") + 1 or len(line)
            lines.append(line[:cut].rstrip())
            line = line[cut:]
            used = sum(map(_width, line))
        used += _width(character)
        line += character
    return [*lines, line] if line else lines


def _width(character: str) -> int:
    return 2 if ord(character) > 0x2E7F else 1
