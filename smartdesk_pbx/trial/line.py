"""One SIP call as its phone sees it: what happened when, who ended it, its ear, its keys."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from smartdesk_pbx.trial.ear import Ear
from smartdesk_pbx.trial.sipp import Sipp
from smartdesk_pbx.trial.trace import SipMessage

T = TypeVar("T")
LEAVE_AGAIN_S = 0.3


class NotSoFar(AssertionError):
    """The call did not get where it was awaited. Says where it stands."""


@dataclass(frozen=True)
class Ending:
    """How a call ended for this phone. `them`: the switchboard sent BYE or CANCEL or refused; `us`: we did.

    `status` is the final SIP status of the INVITE (0 where none came), `cause` the Q.850 cause of a Reason header.
    """

    by: Literal["us", "them"]
    how: Literal["bye", "cancel", "refused"]
    status: int
    cause: int | None
    at: float


class Line:
    """What caller and softphone have in common. Times are running time (monotonic seconds), None: not yet."""

    ear: Ear

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.messages: list[SipMessage] = []
        """Every SIP message of this call, in order."""
        self.invited_at: float | None = None
        self.ringing_at: float | None = None
        """First 180 (or 183)."""
        self.answered_at: float | None = None
        """The 200 to the INVITE."""
        self.open_at: float | None = None
        """The ACK: both sides know that it is answered."""
        self.ending: Ending | None = None
        self._status = 0
        self._sipp: Sipp
        self._news = asyncio.Event()

    @property
    def first_rtp_at(self) -> float | None:
        """When the first audio reached our ear."""
        return self.ear.first_packet_at

    async def ended(self, timeout_s: float = 10.0) -> Ending:
        """Wait for the end of the call. Raises `NotSoFar`."""
        return await self._until(lambda: self.ending, timeout_s, "end")

    async def press(self, keys: str, *, digit_ms: int = 100, gap_ms: int = 100) -> list[float]:
        """Press telephone keys (RFC 4733); when each was let go. `digit_ms` and `gap_ms` are milliseconds.

        Raises `NotSoFar` when there is no audio path yet, `ValueError` for what is no key.
        """
        if not self.ear.speaking:
            raise NotSoFar(f"no keys can be pressed before the answer: {self.story()}")
        return await self.ear.voice.press(keys, digit_ms=digit_ms, gap_ms=gap_ms)

    def say_tone(self, hz: float | None) -> None:
        """From now on our side is a tone of `hz`; None: silence."""
        self.ear.voice.tone(hz)

    async def hang_up(self, timeout_s: float = 3.0) -> Ending:
        """End the call from our side wherever it stands: BYE, CANCEL or a refusal. Returns when it is over."""
        await self._until(lambda: self._sent_to_us or self.ending, timeout_s, "end")
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self.ending is None:
            self._leave()  # again and again: sipp may sleep over a word that comes between two steps
            try:
                await self.ended(LEAVE_AGAIN_S)
            except NotSoFar:
                if asyncio.get_running_loop().time() > deadline:
                    raise
        return self.ending

    def _leave(self) -> None:
        self._sipp.steer("XBYE" if self.answered_at else "XCANCEL", self.call_id)

    @property
    def _sent_to_us(self) -> bool | None:
        """RFC 3261 9.1: no CANCEL before the far end has said anything."""
        return any(not m.sent for m in self.messages) or None

    def took(self, message: SipMessage) -> None:
        """Note one message of this call."""
        self.messages.append(message)
        if message.method is None and message.about == "INVITE":
            self._answer(message)
        elif message.method == "INVITE" and self.invited_at is None:
            self.invited_at = message.at
        elif message.method == "ACK" and self.answered_at and self.open_at is None:
            self.open_at = message.at
        elif message.method == "BYE":
            self._end(message, "bye")
        elif message.method == "CANCEL" and not self.answered_at:
            self._end(message, "cancel", at_once=not message.sent)
        self._news.set()

    def _answer(self, message: SipMessage) -> None:
        if message.status in (180, 183) and self.ringing_at is None:
            self.ringing_at = message.at
        if message.status == 200 and self.answered_at is None:
            self.answered_at = message.at
        if message.status >= 200:
            self._status = self._status or message.status
        if message.status >= 300:
            self._end(message, "refused")
        if 180 <= message.status < 300:
            self._media(message)

    def _media(self, message: SipMessage) -> None:
        if not message.sent and (media := far_media(message.body)):
            host, port, keys = media
            self.ear.talk_to(host, port, key_type=keys)

    def _end(self, message: SipMessage, how: Literal["bye", "cancel", "refused"], *, at_once: bool = True) -> None:
        if self.ending is not None or not at_once:
            return
        cancelled = how == "refused" and any(m.method == "CANCEL" and m.sent for m in self.messages)
        by: Literal["us", "them"] = "us" if message.sent or cancelled else "them"
        ways: Literal["bye", "cancel", "refused"] = "cancel" if cancelled else how
        self.ending = Ending(by, ways, self._status, q850(message.headers("Reason")), message.at)
        if hasattr(self, "ear"):
            self.ear.hang_up(f"before the call ended ({ways} by {by})")

    async def _until(self, look: Callable[[], T | None], timeout_s: float, what: str) -> T:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            self._news.clear()
            if (found := look()) is not None:
                return found
            left = deadline - loop.time()
            if left <= 0 or (self.ending and what != "end"):
                raise NotSoFar(
                    f"the call did not {what} in {timeout_s:g} s; so far: {self.story()} {self._sipp.complaints()}"
                )
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                continue

    def story(self) -> str:
        """The messages so far in one line, for a failing test's report."""
        return ", ".join(f"{'>' if m.sent else '<'} {m.first_line.removeprefix('SIP/2.0 ')}" for m in self.messages)


def q850(reasons: list[str]) -> int | None:
    """The Q.850 cause among Reason headers (RFC 3326), or None."""
    for reason in reasons:
        protocol, _, rest = reason.partition(";")
        if protocol.strip().upper() == "Q.850":
            for part in rest.split(";"):
                name, _, value = part.partition("=")
                if name.strip().lower() == "cause" and value.strip().isdigit():
                    return int(value)
    return None


def far_media(sdp: str) -> tuple[str, int, int] | None:
    """(host, RTP port, payload type of telephone keys) that an SDP asks for, or None."""
    host, port, keys = "", 0, 101
    for line in sdp.splitlines():
        if line.startswith("c=IN IP4 "):
            host = line.split()[2]
        elif line.startswith("m=audio "):
            port = int(line.split()[1])
        elif line.startswith("a=rtpmap:") and "telephone-event/8000" in line:
            keys = int(line[9:].split()[0])
    return (host, port, keys) if host and port else None
