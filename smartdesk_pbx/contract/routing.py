"""What a contract's state says to an arriving call (R8.5, R13), and what the caller then hears. Pure."""

from dataclasses import dataclass
from typing import Literal

ContractState = Literal["active", "suspended", "ended"]
Answer = Literal["accepted", "suspended", "ended", "maintenance", "unknown"]

PROMPTS: dict[Answer, str] = {"suspended": "suspended", "ended": "out-of-service", "maintenance": "maintenance"}
"""The announcement of each answer that stops a call; neutral, it never names a reason."""


@dataclass(frozen=True)
class Decision:
    """`accepted`: the flow runs. `unknown`: refused unanswered (404), no case. Else the caller hears `prompt` alone."""

    answer: Answer
    prompt: str | None = None


def decide(state: ContractState | None, *, maintenance: bool = False) -> Decision:
    """What becomes of a call to a number of a contract in `state`; None: the number is assigned to nobody.

    The contract's own state speaks before maintenance: a caller who tries again afterwards would still not get through.
    """
    if state is None:
        return Decision("unknown")
    if state == "active":
        answer: Answer = "maintenance" if maintenance else "accepted"
    else:
        answer = state
    return Decision(answer, PROMPTS.get(answer))
