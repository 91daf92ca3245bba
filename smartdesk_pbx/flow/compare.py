"""What changes for callers from one version of a flow to another, in words. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from smartdesk_pbx.flow.compare_calendar import calendar_changes, described
from smartdesk_pbx.flow.compare_node import node_changes
from smartdesk_pbx.flow.nodes import Caller, Node
from smartdesk_pbx.flow.tree import NAMED, WAYS, Tree

_TARGET = "?"


@dataclass(frozen=True)
class Change:
    """One difference: of what (`flow`, `calendar NAME`, `menu NAME`) and what is different, as a sentence's end."""

    about: str
    said: str

    def __str__(self) -> str:
        return f"{self.about}: {self.said}"


def compare(old: Tree, new: Tree) -> tuple[Change, ...]:
    """Every difference, the flow's own first, then calendars, then nodes in the order of the new version."""
    names = _renamed(old, new)
    return (*_of_flow(old, new, names), *_of_calendars(old, new), *_of_nodes(old, new, names))


def _of_flow(old: Tree, new: Tree, names: Mapping[str, str]) -> Iterator[Change]:
    if old.flow != new.flow:
        yield Change("flow", f"is called {new.flow} instead of {old.flow}")
    for language in _only(new.languages, old.languages):
        yield Change("flow", f"speaks {language} too")
    for language in _only(old.languages, new.languages):
        yield Change("flow", f"does not speak {language} any more")
    if old.languages[0] != new.languages[0] and set(old.languages) == set(new.languages):
        yield Change("flow", f"names {new.languages[0]} first instead of {old.languages[0]}")
    if names.get(old.start, old.start) != new.start:
        yield Change("flow", f"begins at {new.start} instead of {old.start}")
    if old.without_human != new.without_human:
        if new.without_human is None:
            yield Change("flow", "wants a human or a message to be within reach")
        else:
            yield Change("flow", f"does not want a human or a message to be within reach: {new.without_human}")
    for name in dict.fromkeys((*old.shared, *new.shared)):
        yield from _of_shared(name, old.shared.get(name), new.shared.get(name))


def _of_shared(name: str, before: int | None, after: int | None) -> Iterator[Change]:
    if before is None:
        yield Change("flow", f"calls the shared flow {_version(name, after)}")
    elif after is None:
        yield Change("flow", f"does not call the shared flow {name} any more")
    elif before != after:
        yield Change("flow", f"calls the shared flow {_version(name, after)} instead of {_version(name, before)}")


def _version(name: str, version: int | None) -> str:
    return f"{name}@{version}" if version else f"{name} (not published)"


def _of_calendars(old: Tree, new: Tree) -> Iterator[Change]:
    for name in dict.fromkeys((*new.calendars, *old.calendars)):
        before, after = old.calendars.get(name), new.calendars.get(name)
        about = f"calendar {name}"
        if before is None and after is not None:
            yield Change(about, f"is new: {described(after)}")
        elif after is None and before is not None:
            yield Change(about, f"is gone; it was {described(before)}")
        elif before is not None and after is not None:
            yield from (Change(about, said) for said in calendar_changes(before, after))


def _of_nodes(old: Tree, new: Tree, names: Mapping[str, str]) -> Iterator[Change]:
    came_from = {after: before for before, after in names.items()}
    for name, node in new.nodes.items():
        before = came_from.get(name, name)
        was = old.nodes.get(before)
        about = f"{node.kind} {name}"
        if was is None:
            yield Change(about, "is new")
            continue
        if before != name:
            yield Change(about, f"was called {before}")
        yield from (Change(about, said) for said in node_changes(was, node, names))
    for name, node in old.nodes.items():
        if name not in new.nodes and name not in names:
            yield Change(f"{node.kind} {name}", "is gone")


def _renamed(old: Tree, new: Tree) -> dict[str, str]:
    """Nodes that only have another name: old -> new. Taken as such where there is one candidate on each side."""
    gone = {name: node for name, node in old.nodes.items() if name not in new.nodes}
    came = {name: node for name, node in new.nodes.items() if name not in old.nodes}
    unsure = {*gone, *came}
    by_form: dict[str, tuple[list[str], list[str]]] = {}
    for side, nodes in enumerate((gone, came)):
        for name, node in nodes.items():
            by_form.setdefault(_form(node, unsure), ([], []))[side].append(name)
    return {before[0]: after[0] for before, after in by_form.values() if len(before) == len(after) == 1}


def _form(node: Node, unsure: Iterable[str]) -> str:
    """A node without the names of those nodes that may have been renamed."""
    unsure = set(unsure)

    def name_of(target: str) -> str:
        return _TARGET if target in unsure else target

    changed: dict[str, object] = {}
    for way in WAYS:
        if isinstance(target := getattr(node, way, None), str):
            changed[way] = name_of(target)
    for field in NAMED.get(node.kind, ()):
        changed[field] = {key: name_of(target) for key, target in getattr(node, field).items()}
    if isinstance(node, Caller):
        changed["cases"] = tuple(case.model_copy(update={"next": name_of(case.next)}) for case in node.cases)
    return node.model_copy(update=changed).model_dump_json()


def _only(these: Iterable[str], without: Iterable[str]) -> list[str]:
    left = set(without)
    return [one for one in these if one not in left]
