"""What a contract's state says to an arriving call (R8.5, R9, R13), and what the caller then hears. Pure."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from smartdesk_pbx.contract.notice import Notice

ContractState = Literal["onboarding", "active", "suspended", "ended"]
Answer = Literal["accepted", "onboarding", "suspended", "ended", "maintenance", "unknown"]

PROMPTS: dict[Answer, str] = {
    # "Calls to this number cannot be taken at present" is as true of a number that does not work yet.
    "onboarding": "suspended",
    "suspended": "suspended",
    "ended": "out-of-service",
    "maintenance": "maintenance",
}
"""The announcement of each answer that stops a call; neutral, it never names a reason."""

_OF_NOTICE: dict[str, tuple[Answer, str]] = {
    "maintenance": ("maintenance", "maintenance"),
    "interruption": ("maintenance", "suspended"),
    "end_of_service": ("ended", "out-of-service"),
}


@dataclass(frozen=True)
class Decision:
    """`accepted`: the flow runs. `unknown`: refused unanswered (404), no case. Else the caller hears `prompt` alone.

    `notice`: the one that stopped the call."""

    answer: Answer
    prompt: str | None = None
    notice: UUID | None = None


def decide(
    state: ContractState | None, *, notice: Notice | None = None, test_caller: bool = False, works: bool = True
) -> Decision:
    """What becomes of a call to a number of a contract in `state`; None: the number is assigned to nobody.

    The contract's own state speaks before a notice: a caller who tries again afterwards would still not get through.
    Before a contract is live (R9) only its test callers get through. `works` False: neither voice guidance nor
    answering is agreed and working (R2.1), so that there is nothing to meet.
    """
    if state is None:
        return Decision("unknown")
    if state in ("suspended", "ended") or (state == "onboarding" and not test_caller):
        return Decision(state, PROMPTS[state])
    if not works:
        return Decision("suspended", PROMPTS["suspended"])
    if notice:
        answer, prompt = _OF_NOTICE[notice.kind]
        return Decision(answer, notice.prompt or prompt, notice.id)
    return Decision("accepted")
