"""The telephone: the one Protocol of the system.

Two real implementations: `asterisk/leg.py`, and `rehearsal/phone.py` for skipped time. A conversation is written
against this and nothing else. Every method of `Leg` that takes time raises `CallerHungUp` as soon as the
caller is gone and `CutByLimit` when the absolute limit of the leg fired; none of them is ever cancelled by a
hang-up. Prompts are catalogue ids, played in order in the leg's language.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar
from uuid import UUID

from smartdesk_pbx.contract.events import CallerClass, EndedBy

Prompts = Sequence[str]
Spoken = Literal["digits", "time", "day", "when"]
"""What can be read aloud: a number or keys; HH:MM; YYYY-MM-DD; a day and a time, YYYY-MM-DDTHH:MM."""
T = TypeVar("T")


@dataclass(frozen=True)
class Arrival:
    """An INVITE that entered the inbound context; nothing is answered yet."""

    call_id: UUID
    node: str
    number: str
    """The assigned number, E.164."""
    caller: str | None
    """E.164 where it can be read as a number, else None."""
    caller_class: CallerClass
    channel: str
    at: datetime


@dataclass(frozen=True)
class Signalled:
    """R2.2: forwarding as the network signalled it, raw and parsed (E.164 where readable), first dialled last."""

    sources: tuple[str, ...]
    raw: tuple[str, ...]
    sip_call_id: str
    truncated: bool = False


@dataclass(frozen=True)
class Message:
    """A message the caller left. `file` is its object key, relative to the installation's recordings."""

    file: str
    seconds: float
    partial: bool
    bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Finished:
    """A finished sound file: its length in seconds, its size, its SHA-256 in hex."""

    seconds: float
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Recording:
    """The conversation's recording, in two tracks: caller, and what the caller heard. `file` is its object key."""

    file: str
    seconds: float
    bytes: int
    sha256: str


@dataclass(frozen=True)
class NotAnswered:
    """A phone did not take the call."""

    reason: Literal["no_answer", "busy", "declined", "unreachable"]


@dataclass(frozen=True)
class Talk:
    """How a bridged talk ended, from the running time of the daemon that watched it. `by` us: cut by the limit."""

    by: EndedBy
    seconds: float


class AgentLeg(Protocol):
    """A human agent's answered phone, not yet joined to the caller."""

    agent: str
    channel: str

    async def whisper(self, prompts: Prompts) -> bool:
        """Play into the agent's ear alone; False when the agent hung up meanwhile."""
        ...

    async def hang_up(self) -> None:
        """End this leg; no error when it has gone already."""
        ...


class OutsideLeg(AgentLeg, Protocol):
    """A telephone outside that was answered, by whatever: `agent` is "outside"."""

    async def takes_it(self, prompts: Prompts, *, wait_s: float) -> bool:
        """Play into that ear alone and wait so long after the end: True when 1 was pressed, False when not or gone."""
        ...


class Leg(Protocol):
    """The caller's end of the line."""

    arrival: Arrival
    language: str
    """Of every prompt from the next verb on."""
    when_answered: Callable[[], None]
    """Called once, when audio opened: with the first verb."""

    async def refuse(self, cause: int) -> None:
        """End an unanswered call with a Q.850 cause (1: unassigned number, becomes 404)."""
        ...

    async def say(self, prompts: Prompts, *, skippable: bool = False) -> None:
        """Play to the end, or until a key where `skippable`; the key is kept for the next menu or collect."""
        ...

    async def menu(self, prompts: Prompts, *, wait_s: float) -> str:
        """Play until a key comes, then wait. One of 0-9 * # A-D, or "" when none came in `wait_s`."""
        ...

    async def collect(self, prompts: Prompts, *, most: int, wait_s: float, gap_s: float) -> str:
        """Up to `most` digits, ended by `#` or a gap. "" when none came."""
        ...

    async def record(self, prompts: Prompts, *, most_s: int, silence_s: int) -> Message | None:
        """Record a message after a tone; None when nothing was said. A hang-up while speaking keeps it:
        it is then returned by `kept_message` after `CallerHungUp`."""
        ...

    async def kept_message(self) -> Message | None:
        """The partial message of a caller who hung up while recording, if any."""
        ...

    async def please_hold(self, prompts: Prompts, *, wait_s: float) -> None:
        """Start the case's recording, play, and leave the caller with hold music until joined or spoken to again.
        `wait_s`: so long that may take; the absolute limit comes later still."""
        ...

    async def please_wait(self, prompts: Prompts, *, wait_s: float) -> None:
        """As `please_hold`, without recording."""
        ...

    async def bye(self, prompts: Prompts = ()) -> None:
        """Play to the end and hang up. Returns when the leg is gone."""
        ...

    async def until(self, awaitable: Awaitable[T]) -> T:
        """Wait for something that is no verb. On hang-up the awaitable is cancelled, then `CallerHungUp`."""
        ...

    async def signalled(self) -> Signalled:
        """What step 1 of the inbound context gathered."""
        ...

    async def ring(self, agent: str, *, timeout_s: float, shown: str, language: str) -> AgentLeg | NotAnswered:
        """Ring an agent's phone; `shown` is the name on its display, `language` that of whispers. The caller keeps
        hearing hold music."""
        ...

    async def ring_outside(self, number: str, *, timeout_s: float, language: str) -> OutsideLeg | NotAnswered:
        """Ring a number outside, E.164, as the assigned number; several at once may ring. Whoever cancels this ends
        the ringing. `call/outside.py` alone may call it: it asks whether the number is allowed."""
        ...

    async def join(self, agent: AgentLeg) -> None:
        """Let caller and agent hear each other. Raises `LookupError` when the agent left before it was made."""
        ...

    async def rejoin(self, agent: str, channel: str) -> AgentLeg:
        """The other leg of a talk that an earlier daemon had joined; it may be gone, then `talk` ends at once."""
        ...

    async def talk(self, agent: AgentLeg) -> Talk:
        """Watch a joined talk until either side leaves. The caller stays on the line when the agent left."""
        ...

    async def read_aloud(self, kind: Spoken, value: str) -> str:
        """Make one sound file of a value for this call; its prompt id. Deleted when the call ends. Raises
        `RuleBroken` when a piece of it is missing, without the value."""
        ...

    async def play_back(self, file: str) -> str:
        """The same of a message by its object key."""
        ...

    async def discard(self, file: str) -> None:
        """Delete a message by its object key; no error when it has gone already."""
        ...

    async def recording(self) -> Recording | None:
        """After the call: the finished recording that `please_hold` began, or None when there is none."""
        ...

    async def close(self) -> None:
        """After the call: forget the leg and delete what was made for it alone."""
        ...
