"""An ear for a SIP phone: a UDP socket whose port stands in the phone's SDP. It hears, and speaks from the same port.

sipp cannot tell what it heard; this can: prompts by correlation with their built files, tones, keys, silence.
All times are running time (monotonic seconds, the event loop's).
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from smartdesk_pbx.trial.rtp import ULAW, read_key, unpack
from smartdesk_pbx.trial.sound import (
    RATE,
    SAME,
    Samples,
    Sound,
    find,
    quiet_spans,
    tone_frames,
    transcript,
)
from smartdesk_pbx.trial.timeline import Timeline
from smartdesk_pbx.trial.voice import Voice

T = TypeVar("T")
LOOK_AGAIN_S = 0.1
"""How much more must have been heard before a search is repeated."""


class NotHeard(AssertionError):
    """What was listened for did not come in time. Says what was heard instead."""


@dataclass(frozen=True)
class Heard:
    """A sound that was heard: when it began and when the part that was compared ended."""

    name: str
    at: float
    until: float
    score: float


class Ear(asyncio.DatagramProtocol):
    """Hears and speaks RTP (mu-law) on one loopback port. An async context manager."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = 0
        self.line = Timeline()
        self.keys: list[tuple[str, float]] = []
        """Telephone keys that arrived, and when."""
        self.heard: list[Heard] = []
        """Everything `hears` found, in order."""
        self.voice = Voice(self._send)
        self.over: str | None = None
        """Set by the phone when the call has ended: nothing more can be heard."""
        self.listening_from = 0
        """Position up to which what was heard has been used up by `hears`."""
        self._far: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._key_stamp = -1
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=_even_socket(self.host))
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.voice.stop()
        if self._transport is not None:
            self._transport.close()

    def talk_to(self, host: str, port: int, *, key_type: int = 101) -> None:
        """Where the far end wants its RTP; begins (or redirects) our stream."""
        self._far = (host, port)
        self.voice.key_type = key_type
        self.voice.start()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        packet, at = unpack(data), asyncio.get_running_loop().time()
        if packet is None:
            return
        if packet.payload_type == ULAW:
            self.line.add(packet, at)
        elif (key := read_key(packet.payload)) and packet.stamp != self._key_stamp:
            self._key_stamp = packet.stamp
            self.keys.append((key[0], at))
        self._news.set()

    def _send(self, wire: bytes) -> None:
        if self._transport is not None and self._far is not None and not self._transport.is_closing():
            self._transport.sendto(wire, self._far)

    @property
    def speaking(self) -> bool:
        """True once the far end has said where it wants its audio."""
        return self._far is not None

    @property
    def first_packet_at(self) -> float | None:
        """When the first audio arrived."""
        return self.line.began_at

    @property
    def seconds(self) -> float:
        """Length of what was heard so far."""
        return self.line.samples / RATE

    def forget(self) -> None:
        """Listen only to what comes from now on."""
        self.listening_from = self.line.samples

    async def hears(
        self, *sounds: Sound, timeout_s: float = 10.0, least_s: float | None = 1.5, whole: bool = False,
        same: float = SAME,
    ) -> Heard:  # fmt: skip
        """Wait until one of `sounds` is heard: its first `least_s` seconds, or to its end where `whole`.

        Only what came after the last thing heard counts. When several fit, the earliest; then the most alike.
        Raises `NotHeard` after `timeout_s`.
        """
        length = None if whole else least_s
        searched = dict.fromkeys(range(len(sounds)), self.listening_from)

        def look() -> Heard | None:
            found = [h for n, s in enumerate(sounds) if (h := self._look(s, length, searched, n, same))]
            return min(found, key=lambda h: (round(h.at, 1), -h.score)) if found else None

        names = " or ".join(s.name for s in sounds)
        heard = await self._until(look, timeout_s, f"{names} was not heard")
        self.listening_from = self.line.position_of(heard.until)
        self.heard.append(heard)
        return heard

    def _look(self, sound: Sound, length: float | None, searched: dict[int, int], n: int, same: float) -> Heard | None:
        piece, end = sound.head(length), self.line.samples
        match = find(self.line.cut(searched[n], end), piece, same)
        if match is None:
            searched[n] = max(searched[n], end - len(piece) + 1)
            return None
        first = searched[n] + match.first
        began = self.line.time_of(first - sound.voiced[0])
        return Heard(sound.name, began, self.line.time_of(first + len(piece)), match.score)

    async def hears_tone(self, hz: float, *, timeout_s: float = 5.0, least_s: float = 0.4, since: float = 0.0) -> float:
        """Wait until a tone of `hz` has lasted `least_s` without a break; when it began. Raises `NotHeard`."""
        first = self.line.position_of(since) if since else self.listening_from

        def look() -> float | None:
            run = 0
            for n, there in enumerate(tone_frames(self.line.cut(first), hz)):
                run = run + 1 if there else 0
                if run >= least_s * 20:
                    return self.line.time_of(first) + (n + 1 - run) / 20
            return None

        return await self._until(look, timeout_s, f"a tone of {hz:g} Hz was not heard")

    async def _until(self, look: Callable[[], T | None], timeout_s: float, complaint: str) -> T:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            self._news.clear()
            if (found := look()) is not None:
                return found
            left = deadline - loop.time()
            if left <= 0 or self.over:
                raise NotHeard(f"{complaint} {self.over or f'in {timeout_s:g} s'}; {self._so_far()}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
                await asyncio.sleep(min(LOOK_AGAIN_S, left))

    def hang_up(self, why: str) -> None:
        """The call is over: whoever still listens is told at once."""
        self.over = why
        self._news.set()

    def _so_far(self) -> str:
        before = ", ".join(h.name for h in self.heard) or "nothing"
        keys = "".join(k for k, _ in self.keys)
        return f"{self.seconds:.1f} s of audio arrived, recognised before: {before}" + (
            f", keys {keys}" if keys else ""
        )

    def silences(
        self, least_s: float = 2.0, since: float = 0.0, until: float | None = None
    ) -> list[tuple[float, float]]:
        """(when it began, seconds) of each silence, quiet packets and missing ones alike."""
        first = self.line.position_of(since) if since else 0
        last = None if until is None else self.line.position_of(until)
        start = self.line.time_of(first)
        return [(start + a, b - a) for a, b in quiet_spans(self.line.cut(first, last), least_s)]

    def sound(self, since: float = 0.0) -> Samples:
        """A copy of what was heard since a running time."""
        return self.line.cut(self.line.position_of(since) if since else 0).copy()

    def transcript(self, sounds: Sequence[Sound], *, since: float = 0.0, head_s: float = 1.5) -> list[Heard]:
        """Everything of `sounds` that was heard, in order: the whole call, or since a running time."""
        first = self.line.position_of(since) if since else 0
        return [
            Heard(
                s.name,
                self.line.time_of(first + m.first),
                self.line.time_of(first + m.first + len(s.head(head_s))),
                m.score,
            )
            for s, m in transcript(self.line.cut(first), sounds, head_s)
        ]


def _even_socket(host: str) -> socket.socket:
    """A bound UDP socket on an even port, as RTP wants it."""
    while True:
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((host, 0))
        if bound.getsockname()[1] % 2 == 0:
            bound.setblocking(False)
            return bound
        bound.close()
