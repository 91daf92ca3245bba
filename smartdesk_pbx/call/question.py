"""What is put to a subscriber's own system, and how: the seam between a call and HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from smartdesk_pbx.contract.events import LookupFault


@dataclass(frozen=True)
class Question:
    """One request. `told`: what the system is told, a caller's number perhaps."""

    url: str
    method: Literal["GET", "POST"]
    told: Mapping[str, str] = field(repr=False)


class NoAnswer(Exception):
    """The system gave no answer, and why."""

    def __init__(self, why: LookupFault) -> None:
        super().__init__(why)
        self.why = why


AskSystem = Callable[[Question], Awaitable[str]]
"""The word that the system answered. Raises `NoAnswer`; whoever waits bounds the time, and cancels."""


async def nobody_asks(question: Question) -> str:
    """Where nothing can be asked: every question remains without an answer."""
    raise NoAnswer("fault")
