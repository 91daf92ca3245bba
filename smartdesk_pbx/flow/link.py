"""Shared flows become part of the flow that calls them, so that what is walked, proved and drawn is one flat tree.

A node `leave` of the flow called at `message` is named `message.leave`. Pure but for reading files beside a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartdesk_pbx.contract.document import Document, nearest
from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.flow.nodes import Call, Caller, Exit, Hours, Jump, Node
from smartdesk_pbx.flow.parts import DEEPEST
from smartdesk_pbx.flow.tree import NAMED, WAYS, Tree


@dataclass(frozen=True)
class Shared:
    """A flow that others call: its text, what its mistakes are named after, its version (0: not published)."""

    text: str
    file: str
    version: int = 0


Find = Callable[[str], Shared | None]
"""A shared flow by name, or None."""


def beside(folder: Path) -> Find:
    """The flows that stand in a folder as NAME.yaml."""

    def find(name: str) -> Shared | None:
        file = folder / f"{name}.yaml"
        return Shared(file.read_text("utf-8"), file.name) if file.is_file() else None

    return find


def link(tree: Tree, document: Document, find: Find, read: Callable[[str, str], Tree], above: tuple[str, ...]) -> Tree:
    """`tree` with every flow that it calls. `read` makes a tree of a text; `above`: the flows that call this one.

    What is wrong is noted in `document`; the tree is whole only if nothing was.
    """
    nodes: dict[str, Node] = {}
    calendars, versions = dict(tree.calendars), dict(tree.shared)
    for name, node in tree.nodes.items():
        if not isinstance(node, Call):
            nodes[name] = node
            continue
        found = _called(tree, document, name, node, find, read, above)
        if found:
            called, version = found
            nodes |= {name: Jump(kind="jump", next=f"{name}.{called.start}")} | _moved(called, name, node)
            calendars |= {f"{name}.{one}": calendar for one, calendar in called.calendars.items()}
            versions |= called.shared | {node.flow: version}
    return tree.model_copy(update={"nodes": nodes, "calendars": calendars, "shared": versions})


def _called(
    tree: Tree,
    document: Document,
    name: str,
    node: Call,
    find: Find,
    read: Callable[[str, str], Tree],
    above: tuple[str, ...],
) -> tuple[Tree, int] | None:
    """The flow called at a node and its version, or None after noting what is wrong."""
    loc = ("nodes", name, "flow")
    if node.flow in (*above, tree.flow):
        document.wrong(loc, f"flow {node.flow!r} would call itself: {' -> '.join((*above, tree.flow, node.flow))}")
        return None
    if len(above) >= DEEPEST - 1:
        document.wrong(loc, f"flows call one another more than {DEEPEST} deep")
        return None
    shared = find(node.flow)
    if shared is None:
        document.wrong(loc, f"there is no shared flow {node.flow!r}", "publish it first, or put its file beside this")
        return None
    try:
        called = read(shared.text, shared.file)
    except Mistakes as wrong:
        document.mistakes.extend(wrong.mistakes)
        return None
    return (called, shared.version) if _fits(tree, document, name, node, called) else None


def _fits(tree: Tree, document: Document, name: str, node: Call, called: Tree) -> bool:
    before = len(document.mistakes)
    exits = {one.exit for one in called.nodes.values() if isinstance(one, Exit)}
    for missing in sorted(exits - node.exits.keys()):
        document.wrong(("nodes", name, "exits"), f"flow {node.flow!r} has an exit {missing!r} that leads nowhere here")
    for unknown in sorted(node.exits.keys() - exits):
        right = nearest(unknown, exits) if exits else "it has none"
        document.wrong(("nodes", name, "exits", unknown), f"flow {node.flow!r} has no exit {unknown!r}", right)
    for language in tree.languages:
        if language not in called.languages:
            document.wrong(
                ("nodes", name, "flow"), f"flow {node.flow!r} does not speak {language!r}", "add it to its `languages`"
            )
    return len(document.mistakes) == before


def _moved(called: Tree, prefix: str, call: Call) -> dict[str, Node]:
    """The nodes of a called flow under their new names."""
    return {f"{prefix}.{name}": _renamed(node, prefix, call.exits) for name, node in called.nodes.items()}


def _renamed(node: Node, prefix: str, exits: Mapping[str, str]) -> Node:
    if isinstance(node, Exit):
        return Jump(kind="jump", next=exits[node.exit])
    new: dict[str, Any] = {}
    for way in WAYS:
        if isinstance(target := getattr(node, way, None), str):
            new[way] = f"{prefix}.{target}"
    for field in NAMED.get(node.kind, ()):
        new[field] = {key: f"{prefix}.{target}" for key, target in getattr(node, field).items()}
    if isinstance(node, Caller):
        new["cases"] = tuple(case.model_copy(update={"next": f"{prefix}.{case.next}"}) for case in node.cases)
    if isinstance(node, Hours):
        new["calendar"] = f"{prefix}.{node.calendar}"
    return node.model_copy(update=new)
