"""Skipped time: an event loop whose clock jumps to the next deadline when nothing is ready.

Two hours of talk take no time. The clock stands still while a thread works for us, because what it brings may
come before the next deadline.
"""

import asyncio
import functools
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from smartdesk_pbx.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

EPOCH = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
"""Where skipped time begins: 10:00 on 1 July 2026 in Tokyo."""


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

    def time(self) -> float:
        return self.jumped_s

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        self.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self.threads -= 1


def skipped_clock() -> Clock:
    """A clock whose days pass with the loop's jumps."""
    return Clock(lambda: EPOCH + timedelta(seconds=asyncio.get_running_loop().time()))


def in_skipped_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test on a loop of skipped time; ends with an error after 60 real seconds."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=SkippedLoop) as runner:
            runner.run(test(*args, **kwargs))

    del run.__wrapped__  # pytest must see a plain function
    run.__signature__ = __import__("inspect").signature(test)  # type: ignore[attr-defined]
    return run


async def soon(wanted: Awaitable[T], limit_s: float = 60.0) -> T:
    """`wanted` within `limit_s` of skipped time."""
    return await asyncio.wait_for(wanted, limit_s)
