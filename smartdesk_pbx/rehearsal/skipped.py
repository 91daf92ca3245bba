"""Skipped time: an event loop whose clock jumps to the next deadline when nothing is ready.

Two hours of talk take no time. The clock stands still while a thread works for us, because what it brings may
come before the next deadline.
"""

import asyncio
import selectors
from datetime import datetime, timedelta
from typing import Any

from smartdesk_pbx.clock import Clock

RESOLUTION_S = 1e-6
"""After months a float of seconds has no nanoseconds left: what is due within this is due now."""


class _Selector(selectors.DefaultSelector):
    """Polls; where the loop would sleep, it asks the loop to jump instead."""

    loop: "SkippedLoop"

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.loop.threads or timeout is None:
            return super().select(0.05 if timeout is None else min(timeout, 0.05))
        self.loop.jumped_s += timeout
        return ready


class SkippedLoop(asyncio.SelectorEventLoop):
    """`time()` begins at 0 and advances only by jumps."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.jumped_s = 0.0
        self.threads = 0
        super().__init__(selector)
        self._clock_resolution = RESOLUTION_S

    def time(self) -> float:
        return self.jumped_s

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        self.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self.threads -= 1


def skipped_clock(begins: datetime) -> Clock:
    """A clock whose days pass with the loop's jumps; `begins`, aware, is when the loop's time was 0."""
    return Clock(lambda: begins + timedelta(seconds=asyncio.get_running_loop().time()))
