"""Recordings and messages: from Asterisk's spool to their place, checked, after the call.

Names come from our own ids alone; an object key is relative to the installation's recordings.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from smartdesk_pbx.call.phone import Arrival, Finished, Message, Recording
from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.flow.verbs import LEAST_SPOKEN_S

GROWING_S, GROWING_LOOKS = 0.05, 20


def object_key(call_id: UUID, at: datetime, suffix: str = "") -> str:
    """`2026/11/22/CALL-ID.wav`, by the civil date in Tokyo on which the call arrived."""
    return f"{at.astimezone(TOKYO):%Y/%m/%d}/{call_id}{suffix}.wav"


def _still(file: Path) -> int:
    """Its size once it has stopped growing: Asterisk may write the last blocks after the hang-up."""
    size = -1
    for _ in range(GROWING_LOOKS):
        before, size = size, file.stat().st_size
        if size == before:
            break
        time.sleep(GROWING_S)
    return size


@dataclass(frozen=True)
class Recordings:
    """`finish_talk` and `finish_message` convert a spool file to a wav at its place, atomically, and remove nothing;
    `spoken_s` tells for how long somebody speaks in a message of the spool."""

    spool: Path
    place: Path
    finish_talk: Callable[[Path, Path], Finished]
    finish_message: Callable[[Path, Path], Finished]
    spoken_s: Callable[[Path], float]

    async def talk(self, arrival: Arrival) -> Recording | None:
        """The two-track recording of a call that was held or talked; None when Asterisk wrote none."""
        raw = self.spool / f"{arrival.call_id}.raw"
        key = object_key(arrival.call_id, arrival.at)
        done = await asyncio.to_thread(self._move, raw, key, self.finish_talk)
        return Recording(key, done.seconds, done.bytes, done.sha256) if done else None

    async def message(self, name: str, arrival: Arrival, *, partial: bool) -> Message | None:
        """A message by its spool name; None when nothing was said: Asterisk keeps a second of silence as well."""
        spooled = self.spool / name
        if not spooled.exists():
            return None
        if await asyncio.to_thread(self._spoken, spooled) < LEAST_SPOKEN_S:
            spooled.unlink()
            return None
        key = object_key(arrival.call_id, arrival.at, "-" + spooled.stem.rpartition("-")[2])
        done = await asyncio.to_thread(self._move, spooled, key, self.finish_message)
        return Message(key, done.seconds, partial, done.bytes, done.sha256) if done else None

    async def message_while_away(self, arrival: Arrival) -> Message | None:
        """What the caller said to Asterisk alone, while no daemon was there."""
        return await self.message(f"{arrival.call_id}-away.ulaw", arrival, partial=False)

    async def discard(self, key: str) -> None:
        """Delete a message that the caller threw away; no error when it has gone already."""
        await asyncio.to_thread((self.place / key).unlink, missing_ok=True)

    def _spoken(self, spooled: Path) -> float:
        return self.spoken_s(spooled) if _still(spooled) else 0.0

    def _move(self, spooled: Path, key: str, finish: Callable[[Path, Path], Finished]) -> Finished | None:
        if not spooled.exists() or not _still(spooled):
            return None
        place = self.place / key
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        done = finish(spooled, place)
        spooled.unlink()
        return done
