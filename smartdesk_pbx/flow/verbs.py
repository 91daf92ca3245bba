"""What the walker asks of the telephone, and what it is told back. Frozen values, nothing more."""

from dataclasses import dataclass
from typing import Literal

from smartdesk_pbx.contract.events import EscalationReason


@dataclass(frozen=True)
class Say:
    """Play `prompts`; a key ends it where `skippable`. Answered by `done`."""

    prompts: tuple[str, ...]
    skippable: bool


@dataclass(frozen=True)
class Choose:
    """Play and wait `wait_s` for one key. Answered by `key` or `silence`."""

    prompts: tuple[str, ...]
    wait_s: float


@dataclass(frozen=True)
class Take:
    """Collect up to `most` digits. Answered by `digits` or `silence`."""

    prompts: tuple[str, ...]
    most: int
    wait_s: float
    gap_s: float


@dataclass(frozen=True)
class Keep:
    """Record a message. Answered by `recorded` or `silence`."""

    prompts: tuple[str, ...]
    most_s: int
    silence_s: int


@dataclass(frozen=True)
class Hand:
    """Hand the caller to a human. Answered by `human` (they talked) or `nobody`."""

    prompts: tuple[str, ...]
    team: str | None
    reason: EscalationReason


@dataclass(frozen=True)
class Ask:
    """A question about the world outside the flow. `transfer_request` is answered by refused, released or missing."""

    question: Literal["transfer_request"]


@dataclass(frozen=True)
class Tell:
    """Tell the emergency number, with `again` offered after it. Answered by `done`."""

    intro: tuple[str, ...]
    again: tuple[str, ...]


@dataclass(frozen=True)
class Bye:
    """Play and hang up; the flow has ended."""

    prompts: tuple[str, ...]
    reason: str


Verb = Say | Choose | Take | Keep | Hand | Ask | Tell | Bye


@dataclass(frozen=True)
class Result:
    """What came of a verb. `value`: the key, the answer to a question, or how many digits came (never which)."""

    kind: Literal["start", "done", "key", "silence", "digits", "recorded", "human", "nobody", "answer"]
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.value}".rstrip() if self.kind != "digits" else "digits"


START = Result("start")
DONE = Result("done")
SILENCE = Result("silence")
RECORDED = Result("recorded")
HUMAN = Result("human")
NOBODY = Result("nobody")
