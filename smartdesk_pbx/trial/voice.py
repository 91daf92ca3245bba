"""What a trial phone says: a steady stream of RTP every 20 ms, with a tone, a sound or silence in it, and keys."""

import asyncio
import random
from collections.abc import Callable

import numpy as np

from smartdesk_pbx.trial.rtp import ULAW, Packet, key_payload, pack
from smartdesk_pbx.trial.sound import FRAME, RATE, Samples, Sound, encode, tone

FRAME_S = FRAME / RATE
LATE = 10
"""Frames a busy machine may be late before they are left out rather than sent in a burst."""


class Voice:
    """Speaks through `send`. Says nothing before `start`."""

    def __init__(self, send: Callable[[bytes], None], key_type: int = 101) -> None:
        self._send = send
        self.key_type = key_type
        self._source = random.getrandbits(32)
        self._sequence = random.getrandbits(15)
        self._stamp0 = random.getrandbits(31)
        self._began = 0.0
        self._frame = 0
        self._hz: float | None = None
        self._waiting: Samples = np.zeros(0, dtype=np.float32)
        self._pressing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.muted = False
        """True: no packets at all, as a phone with a broken microphone path."""

    def start(self) -> None:
        """Begin the stream; a second call changes nothing."""
        if self._task is None:
            self._began = asyncio.get_running_loop().time()
            self._task = asyncio.create_task(self._stream())

    async def stop(self) -> None:
        """End the stream."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def tone(self, hz: float | None) -> None:
        """From now on a sine of `hz`; None: silence."""
        self._hz = hz

    def play(self, sound: Sound) -> None:
        """Say a sound once, after what is still being said, in the place of the tone."""
        self._waiting = np.concatenate((self._waiting, sound.samples))

    async def press(self, keys: str, *, digit_ms: int = 100, gap_ms: int = 100) -> list[float]:
        """Press keys one after the other (RFC 4733). The running time at which each was let go.

        Raises `ValueError` for what is no key, before any is sent.
        """
        for key in keys:
            key_payload(key, 0, end=False)
        released = []
        async with self._pressing:
            for key in keys:
                released.append(await self._key(key, digit_ms))
                await asyncio.sleep(gap_ms / 1000)
        return released

    async def _key(self, key: str, digit_ms: int) -> float:
        loop = asyncio.get_running_loop()
        began, stamp, total = loop.time(), self._now_stamp(), digit_ms * RATE // 1000
        for lasted in range(FRAME, total, FRAME):
            self._packet(self.key_type, stamp, key_payload(key, lasted, end=False), marker=lasted == FRAME)
            await asyncio.sleep(began + lasted / RATE - loop.time())
        await asyncio.sleep(began + digit_ms / 1000 - loop.time())
        for _ in range(3):
            self._packet(self.key_type, stamp, key_payload(key, total, end=True), marker=False)
        return loop.time()

    def _now_stamp(self) -> int:
        return self._stamp0 + round((asyncio.get_running_loop().time() - self._began) * RATE)

    async def _stream(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = int((loop.time() - self._began) / FRAME_S)
            self._frame = max(self._frame, due - LATE)
            while self._frame <= due:
                self._say_frame()
                self._frame += 1
            await asyncio.sleep(self._began + self._frame * FRAME_S - loop.time())

    def _say_frame(self) -> None:
        if self.muted or self._pressing.locked():
            return
        if len(self._waiting):
            sound, self._waiting = self._waiting[:FRAME], self._waiting[FRAME:]
            sound = np.pad(sound, (0, FRAME - len(sound)))
        elif self._hz is not None:
            sound = tone(self._hz, FRAME_S, start=self._frame * FRAME)
        else:
            sound = np.zeros(FRAME, dtype=np.float32)
        self._packet(ULAW, self._stamp0 + self._frame * FRAME, encode(sound), marker=False)

    def _packet(self, kind: int, stamp: int, payload: bytes, *, marker: bool) -> None:
        self._sequence += 1
        self._send(pack(Packet(kind, self._sequence, stamp, self._source, payload, marker)))
