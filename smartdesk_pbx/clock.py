"""The time of day and the running time, injected so that tests can skip hours.

Durations come from the running time (the event loop's, monotonic, seconds), dates from `now()`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")
"""The zone of every deadline and every civil date of the terms (R29-R33)."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """`now()` is an aware datetime in UTC; `running_s()` the running time in seconds."""

    now: Callable[[], datetime] = _utc_now

    def running_s(self) -> float:
        return asyncio.get_running_loop().time()
