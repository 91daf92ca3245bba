"""What the walker asks of the telephone and of the world, and what it is told back. Frozen values, nothing more."""

from dataclasses import dataclass
from typing import Literal

from smartdesk_pbx.contract.events import EscalationReason
from smartdesk_pbx.flow.nodes import CallerIs

OTHERWISE = "otherwise"

LEAST_SPOKEN_S = 0.4
"""Somebody must have spoken for so long in all, or it is no message: whoever is silent leaves none."""


@dataclass(frozen=True)
class Say:
    """Play `prompts`; a key ends it where `skippable`. Answered by `done`."""

    prompts: tuple[str, ...]
    skippable: bool


@dataclass(frozen=True)
class Choose:
    """Play and wait `wait_s` for one key. Answered by `key` or `silence`. `keys`: those that mean something here."""

    prompts: tuple[str, ...]
    wait_s: float
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Take:
    """Collect up to `most` digits. Answered by `digits fits`, `digits unfit` or `silence`: see `judged`."""

    prompts: tuple[str, ...]
    least: int
    most: int
    patterns: tuple[str, ...]
    wait_s: float
    gap_s: float

    def judged(self, digits: str) -> "Result":
        """What the walker is told of these digits; never which they are."""
        if not digits:
            return SILENCE
        if self.patterns:
            fits = any(_like(digits, pattern) for pattern in self.patterns)
        else:
            fits = self.least <= len(digits) <= self.most
        return FITS if fits else UNFIT


def _like(digits: str, pattern: str) -> bool:
    if len(digits) != len(pattern):
        return False
    return all(d == p or (p == "x" and d.isdecimal()) for d, p in zip(digits, pattern, strict=True))


@dataclass(frozen=True)
class Keep:
    """Record a message; `instead`: the one before is thrown away. Answered by `recorded` or `silence`."""

    prompts: tuple[str, ...]
    most_s: int
    silence_s: int
    instead: bool = False


@dataclass(frozen=True)
class Hand:
    """Hand the caller to a human. Answered by `human` (they talked) or `nobody`. `wait_s` None: the usual time."""

    prompts: tuple[str, ...]
    team: str | None
    reason: EscalationReason
    skills: tuple[str, ...] = ()
    priority: int = 5
    wait_s: int | None = None


@dataclass(frozen=True)
class Reach:
    """Ring outside numbers, E.164. Answered by `talked` or `no_answer`."""

    prompts: tuple[str, ...]
    numbers: tuple[str, ...]
    together: bool
    ring_s: int
    screening: bool


@dataclass(frozen=True)
class Ask:
    """A question about the world outside the flow, answered by `answer` with one of `answers`.

    transfer_request: R8.2, it counts. hours: the calendar `about`. caller: the first of `cases` that holds, by its
    position. number_called: the number, E.164. caller_number: is the caller's number known?
    """

    question: Literal["transfer_request", "hours", "caller", "number_called", "caller_number"]
    answers: tuple[str, ...]
    about: str = ""
    cases: tuple[CallerIs, ...] = ()


@dataclass(frozen=True)
class Fetch:
    """Ask the subscriber's system while `prompts` play. Answered by `answer` with one of `answers` or otherwise."""

    prompts: tuple[str, ...]
    url: str
    method: Literal["GET", "POST"]
    send: tuple[str, ...]
    limit_s: float
    answers: tuple[str, ...]


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


Verb = Say | Choose | Take | Keep | Hand | Reach | Ask | Fetch | Tell | Bye


@dataclass(frozen=True)
class Result:
    """What came of a verb. `value`: the key, the answer to a question, or whether the digits fit."""

    kind: Literal[
        "start", "done", "key", "silence", "digits", "recorded", "human", "nobody", "talked", "no_answer", "answer"
    ]
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.value}".rstrip()


START = Result("start")
DONE = Result("done")
SILENCE = Result("silence")
FITS = Result("digits", "fits")
UNFIT = Result("digits", "unfit")
RECORDED = Result("recorded")
HUMAN = Result("human")
NOBODY = Result("nobody")
TALKED = Result("talked")
NO_ANSWER = Result("no_answer")


@dataclass(frozen=True)
class RefusalPlayed:
    """R8.2: the answer to a refused request was played to its end."""


@dataclass(frozen=True)
class Tagged:
    """The flow notes these tags of the call."""

    tags: tuple[str, ...]


@dataclass(frozen=True)
class CallbackPromised:
    """The caller was promised a call back, on the number called from (`own`) or on the digits that were confirmed."""

    own: bool


Fact = RefusalPlayed | Tagged | CallbackPromised
"""What became true on the way to a step, to be noted once."""
