"""A validated flow: its nodes by name, and where it starts."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from smartdesk_pbx.flow.nodes import Node, Target

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class Tree(BaseModel):
    """What a flow file holds. `flow/load.py` also proves that targets exist and that loops are bounded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flow: Target
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    start: Target
    nodes: dict[Target, Node]

    def prompts(self) -> set[str]:
        """Every catalogue prompt that the flow can play, without the placeholders."""
        return {p for node in self.nodes.values() for p in node_prompts(node) if not p.startswith("@")}


def node_prompts(node: Node) -> tuple[str, ...]:
    """All prompts of one node, placeholders included."""
    fields = ("prompts", "no_key", "wrong_key", "wrong", "confirm", "refused", "intro", "again")
    return tuple(p for name in fields for p in getattr(node, name, ()))


def targets(node: Node) -> Iterator[tuple[str, str]]:
    """The ways out of a node: (field, target), a menu's keys as `keys.1`."""
    for name in ("next", "on_silence", "on_wrong_key", "on_nobody", "on_refused", "on_told", "to", "then"):
        if hasattr(node, name):
            yield name, getattr(node, name)
    for key, target in getattr(node, "keys", {}).items():
        yield f"keys.{key}", target
