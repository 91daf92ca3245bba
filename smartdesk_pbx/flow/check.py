"""What must hold for a flow as a whole: every target exists, every node can be reached, every loop is bounded. Pure.

A node that is not a goodbye always leads on, so a flow whose only way back is the counted `goto` comes to an end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartdesk_pbx.contract.document import Loc, nearest
from smartdesk_pbx.flow.nodes import Collect, Goto, Menu, Node
from smartdesk_pbx.flow.tree import node_prompts, targets

MOST_PROMPTS = 7
"""Prompts in one verb: what fits into an extension of the dialplan."""


WAYS = ("next", "on_silence", "on_wrong_key", "on_nobody", "on_refused", "on_told", "to", "then")


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
                yield Found(("nodes", name, *way.split(".")), f"there is no node {target!r}", nearest(target, ways))


def written_targets(content: Any) -> Iterator[tuple[str, str]]:
    """The ways out of a node that has mistakes of its own, as far as they can be read."""
    ways = content if isinstance(content, dict) else {}
    keys = ways.get("keys")
    named = {name: ways[name] for name in WAYS if name in ways}
    named |= {f"keys.{key}": target for key, target in keys.items()} if isinstance(keys, dict) else {}
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
        elif isinstance(node, Collect):
            first = (node.wrong,)
        most = max((len(prompts) for prompts in first), default=0) + len(getattr(node, "prompts", ()))
        if most > MOST_PROMPTS:
            yield Found(
                ("nodes", name), f"{most} prompts in one go on a second try", f"at most {MOST_PROMPTS} together"
            )


def no_end(nodes: Mapping[str, Node]) -> Iterator[Found]:
    """A flow without any goodbye."""
    if not any(node.kind == "hangup" for node in nodes.values()):
        yield Found(("nodes",), "no node ends the call", "add one of kind hangup")


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
