"""What a flow notes of a call, and the subscriber's own telephones and system that it reaches: case events."""

from typing import Literal

from smartdesk_pbx.contract.fact import CaseEvent

OutsideMiss = Literal[
    "no_answer", "busy", "declined", "unreachable", "not_screened", "left", "not_allowed", "elsewhere", "caller_left"
]
"""Why a telephone did not take the call. `elsewhere`: another one took it first; `not_screened`: somebody or something
answered and did not press 1; `left`: pressed 1 and was gone before the two were joined."""

LookupFault = Literal["", "timeout", "fault", "status", "unlisted", "not_allowed"]
"""Why a lookup went on at `otherwise`; "" when it was answered."""


class CallTagged(CaseEvent, frozen=True, kw_only=True, tag="call.tagged"):
    """The flow noted tags of the call, for the report and the case rules."""

    tags: list[str]


class CallbackPromised(CaseEvent, frozen=True, kw_only=True, tag="callback.promised"):
    """The caller was promised a call back. `own`: on the number called from, else on the digits as they were typed."""

    SEALED = frozenset({"number"})

    own: bool
    number: str | None = None


class MessageDiscarded(CaseEvent, frozen=True, kw_only=True, tag="message.discarded"):
    """The caller recorded the message anew: the one before, `file`, is deleted."""

    file: str


class LookupMade(CaseEvent, frozen=True, kw_only=True, tag="lookup.made"):
    """The subscriber's own system was asked. `answer`: the branch that it chose; `ms`: how long that took."""

    host: str
    outcome: Literal["answered", "otherwise"]
    why: LookupFault = ""
    answer: str = ""
    ms: int = 0


class OutsideRung(CaseEvent, frozen=True, kw_only=True, tag="outside.rung"):
    """A telephone of the subscriber's rings: the `which`-th of the `count` that the node names, counted from 1."""

    SEALED = frozenset({"number"})

    which: int
    count: int
    number: str | None = None


class OutsideMissed(CaseEvent, frozen=True, kw_only=True, tag="outside.missed"):
    """That telephone did not take the call."""

    which: int
    reason: OutsideMiss


class OutsideTalked(CaseEvent, frozen=True, kw_only=True, tag="outside.talked"):
    """The caller and the subscriber's own telephone hear each other from now on; such a talk is not recorded."""

    SEALED = frozenset({"number"})

    which: int
    channel: str
    """That telephone's channel; the bridge's id is derived from it."""
    number: str | None = None


class OutsideEnded(CaseEvent, frozen=True, kw_only=True, tag="outside.ended"):
    """That talk is over; a caller whom the other side left is still on the line."""

    which: int
    by: Literal["caller", "callee", "us", "unseen"]
    talk_s: float
