"""What an agent can be doing, and which change leads where. Pure."""

from typing import Literal, get_args

State = Literal["offline", "ready", "offered", "talking", "wrap_up", "paused"]
STATES: tuple[State, ...] = get_args(State)

AWAY: frozenset[State] = frozenset({"offline", "paused"})
"""Nobody waits for an agent in one of these; in the others one will be free soon."""

CHANGES: dict[State, frozenset[State]] = {
    "offline": frozenset({"ready", "paused"}),
    "ready": frozenset({"offered", "paused", "offline"}),
    "offered": frozenset({"talking", "ready", "paused"}),
    "talking": frozenset({"wrap_up"}),
    "wrap_up": frozenset({"ready", "paused", "offline"}),
    "paused": frozenset({"ready", "offline"}),
}
"""From each state the states it can change to. An agent never leaves a talk but through wrap-up."""


def comes_from(state: State) -> frozenset[State]:
    """The states from which `state` can be reached."""
    return frozenset(s for s in STATES if state in CHANGES[s])
