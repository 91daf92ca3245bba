"""What must hold for a flow as a whole: every target exists, every node can be reached, every loop is bounded. Pure.

A node that is not a goodbye always leads on, so a flow whose only way back is the counted `goto` comes to an end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartdesk_pbx.contract.document import Loc, nearest
from smartdesk_pbx.flow.calendar import Calendar
from smartdesk_pbx.flow.nodes import Callback, ChooseLanguage, Collect, Goto, Hours, Menu, Node
from smartdesk_pbx.flow.tree import NAMED, WAYS, node_prompts, targets

MOST_PROMPTS = 7
"""Prompts in one verb: what fits into an extension of the dialplan."""


@dataclass(frozen=True)
class Found:
    """A mistake at `loc`, a path from the root of the flow's document."""

    loc: Loc
    wrong: str
    right: str = ""


def missing_targets(ways: Mapping[str, Iterable[tuple[str, str]]]) -> Iterator[Found]:
    """Ways that lead nowhere. `ways`: for every node of the flow (way, target), as `targets` gives them."""
    for name, out in ways.items():
        for way, target in out:
            if target not in ways:
                yield Found(("nodes", name, *_loc(way)), f"there is no node {target!r}", nearest(target, ways))


def _loc(way: str) -> Loc:
    return tuple(int(part) if part.isdigit() and way.startswith("cases.") else part for part in way.split("."))


def written_targets(content: Any) -> Iterator[tuple[str, str]]:
    """The ways out of a node that has mistakes of its own, as far as they can be read."""
    ways = content if isinstance(content, dict) else {}
    named = {name: ways[name] for name in WAYS if name in ways}
    for field in NAMED.get(str(ways.get("kind")), ()):
        by_name = ways.get(field)
        named |= {f"{field}.{key}": target for key, target in by_name.items()} if isinstance(by_name, dict) else {}
    cases = ways.get("cases")
    for i, case in enumerate(cases if isinstance(cases, list) else ()):
        named |= {f"cases.{i}.next": case.get("next")} if isinstance(case, dict) else {}
    yield from ((way, target) for way, target in named.items() if isinstance(target, str))


def unreachable(nodes: Mapping[str, Node], start: str) -> Iterator[Found]:
    """Nodes to which no way leads from the start."""
    reached = _reached(start, {name: [to for _, to in targets(node)] for name, node in nodes.items()})
    for name in nodes:
        if name not in reached:
            yield Found(("nodes", name), f"no way leads to node {name!r}", "give it a way in, or take it out")


def endless(nodes: Mapping[str, Node], start: str) -> Iterator[Found]:
    """The first loop without a counted goto in it, if there is one."""
    ways = {name: [to for way, to in targets(node) if way != "to"] for name, node in nodes.items()}
    loop = _loop(ways, [start, *nodes])
    if loop:
        shown = " -> ".join((*loop, loop[0]))
        yield Found(
            ("nodes", loop[0]), f"a call could go round for ever: {shown}", "lead back through a node of kind goto"
        )


def unknown_number(nodes: Mapping[str, Node], start: str) -> Iterator[Found]:
    """Nodes that say `@number` although a caller can come there without having typed one."""
    ways = {
        name: [to for way, to in targets(node) if not (isinstance(node, Collect) and way == "next")]
        for name, node in nodes.items()
    }
    for name in sorted(_reached(start, ways)):
        node = nodes.get(name)
        if node is not None and "@number" in _outside_confirm(node):
            yield Found(
                ("nodes", name), "@number is said where a caller may have typed none", "collect it on every way"
            )


def too_many_prompts(nodes: Mapping[str, Node]) -> Iterator[Found]:
    """Menus and collects that together with their "try again" exceed what one verb can play."""
    for name, node in nodes.items():
        first: tuple[tuple[str, ...], ...] = ()
        if isinstance(node, Menu):
            first = (node.no_key, node.wrong_key)
        elif isinstance(node, Collect | Callback):
            first = (node.wrong,)
        most = max((len(prompts) for prompts in first), default=0) + len(getattr(node, "prompts", ()))
        if most > MOST_PROMPTS:
            yield Found(
                ("nodes", name), f"{most} prompts in one go on a second try", f"at most {MOST_PROMPTS} together"
            )


def no_end(nodes: Mapping[str, Node]) -> Iterator[Found]:
    """A flow without any goodbye, or a shared one without any exit."""
    if not any(node.kind in ("hangup", "exit") for node in nodes.values()):
        yield Found(("nodes",), "no node ends the call", "add one of kind hangup")


def wrong_calendars(nodes: Mapping[str, Node], calendars: Mapping[str, Calendar]) -> Iterator[Found]:
    """Nodes that ask a calendar that the flow does not have, or for an exception that the calendar does not have."""
    for name, node in nodes.items():
        if isinstance(node, Hours):
            calendar = calendars.get(node.calendar)
            if calendar is None:
                wrong = f"there is no calendar {node.calendar!r}"
                yield Found(("nodes", name, "calendar"), wrong, nearest(node.calendar, calendars) if calendars else "")
                continue
            known = [value.removeprefix("exception ") for value in calendar.values if value.startswith("exception ")]
            for one in node.exceptions:
                if one not in known:
                    wrong = f"calendar {node.calendar!r} never answers with an exception {one!r}"
                    right = nearest(one, known) if known else "one with hours of its own answers open or closed"
                    yield Found(("nodes", name, "exceptions", one), wrong, right)
        if "@opens" in node_prompts(node) and not calendars:
            yield Found(("nodes", name), "@opens is said, but the flow has no calendar", "add one under `calendars`")


def unoffered_languages(nodes: Mapping[str, Node], languages: Iterable[str]) -> Iterator[Found]:
    """Languages that can be chosen although the flow does not speak them."""
    spoken = tuple(languages)
    for name, node in nodes.items():
        if isinstance(node, ChooseLanguage):
            for field, chosen in (("keys", node.keys), ("numbers", node.numbers)):
                for by, language in chosen.items():
                    if language not in spoken:
                        wrong = f"language {language!r} can be chosen, but the flow does not speak it"
                        yield Found(("nodes", name, field, by), wrong, "add it to `languages`")


def unknown_prompts(nodes: Mapping[str, Node], known: Iterable[str], language: str) -> Iterator[Found]:
    """Prompts that the catalogue does not have in `language`."""
    catalogue = set(known)
    for name, node in nodes.items():
        for prompt in dict.fromkeys(node_prompts(node)):
            if not prompt.startswith("@") and prompt not in catalogue:
                said = f"there is no prompt {prompt!r} in language {language!r}"
                yield Found(_prompt_loc(name, node, prompt), said, nearest(prompt, catalogue))


def _prompt_loc(name: str, node: Node, prompt: str) -> Loc:
    for field in type(node).model_fields:
        value = getattr(node, field)
        if isinstance(value, tuple) and prompt in value:
            return ("nodes", name, field, value.index(prompt))
    return ("nodes", name)


def _outside_confirm(node: Node) -> tuple[str, ...]:
    if isinstance(node, Collect):
        return node.prompts + node.wrong
    if isinstance(node, Callback):
        return node.same + node.prompts + node.wrong + node.thanks
    return () if isinstance(node, Goto) else node_prompts(node)


def _reached(start: str, ways: Mapping[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += ways.get(name, ())
    return reached


def _loop(ways: Mapping[str, list[str]], roots: Iterable[str]) -> list[str]:
    """The nodes of one loop, in order; empty when there is none. Without recursion: flows may be long."""
    done: set[str] = set()
    for root in roots:
        path: list[str] = [root]
        left = [list(ways.get(root, ()))]
        while path:
            if path[-1] in done or not left[-1]:
                done.add(path.pop())
                left.pop()
                continue
            target = left[-1].pop()
            if target in path:
                return path[path.index(target) :]
            if target not in done:
                path.append(target)
                left.append(list(ways.get(target, ())))
    return []
