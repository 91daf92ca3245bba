"""A validated flow: its nodes by name, where it starts, and its calendars."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from smartdesk_pbx.flow.calendar import Calendar
from smartdesk_pbx.flow.nodes import Caller, Exit, Goto, Node
from smartdesk_pbx.flow.parts import Language, Target

WAYS = (
    "next", "on_silence", "on_wrong_key", "on_nobody", "on_no_answer", "on_refused", "on_told", "open", "closed",
    "holiday", "to", "then", "otherwise",
)  # fmt: skip
"""Fields that name a node, whatever kind has them."""

NAMED = {"menu": ("keys",), "hours": ("exceptions",), "lookup": ("answers",), "call": ("exits",)}
"""By kind: fields in which targets stand under names of their own."""

PROMPT_FIELDS = (
    "prompts", "no_key", "wrong_key", "wrong", "same", "confirm", "thanks", "reviewing", "refused", "intro", "again",
)  # fmt: skip


class Tree(BaseModel):
    """What a flow file holds, shared flows linked in. `flow/load.py` also proves that targets exist and that loops are
    bounded. `without_human`: why neither a human nor a message is wanted; None where one must be reachable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flow: Target
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    start: Target
    calendars: dict[Target, Calendar] = Field(default_factory=dict)
    without_human: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    shared: dict[Target, int] = Field(default_factory=dict)
    """The versions of the shared flows that were linked in; 0 for a file that is not published."""
    nodes: dict[Target, Node]

    def prompts(self) -> set[str]:
        """Every catalogue prompt that the flow can play, without the placeholders."""
        return {p for node in self.nodes.values() for p in node_prompts(node) if not p.startswith("@")}

    @property
    def is_shared(self) -> bool:
        """It has exits: it can be called by other flows, and answers no number itself."""
        return any(isinstance(node, Exit) for node in self.nodes.values())

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Each node's place when all ways but those of a goto back lead forward."""
        before: dict[str, set[str]] = {name: set() for name in self.nodes}
        for name, node in self.nodes.items():
            for way, target in targets(node):
                if target in before and not (way == "to" and isinstance(node, Goto)):
                    before[target].add(name)
        return {name: place for place, name in enumerate(TopologicalSorter(before).static_order())}


def node_prompts(node: Node) -> tuple[str, ...]:
    """All prompts of one node, placeholders included."""
    return tuple(p for name in PROMPT_FIELDS for p in getattr(node, name, ()))


def targets(node: Node) -> Iterator[tuple[str, str]]:
    """The ways out of a node: (field, target), a menu's keys as `keys.1`, a caller's cases as `cases.0.next`."""
    for name in WAYS:
        target = getattr(node, name, None)
        if isinstance(target, str):
            yield name, target
    for name in NAMED.get(node.kind, ()):
        for key, target in getattr(node, name).items():
            yield f"{name}.{key}", target
    if isinstance(node, Caller):
        for i, case in enumerate(node.cases):
            yield f"cases.{i}.next", case.next
