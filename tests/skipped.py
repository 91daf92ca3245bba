"""Tests in skipped time (`smartdesk_pbx/rehearsal/skipped.py`)."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, ParamSpec

from smartdesk_pbx.rehearsal.skipped import SkippedLoop

P = ParamSpec("P")

EPOCH = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
"""Where the tests' skipped time begins: 10:00 on 1 July 2026 in Tokyo."""


def in_skipped_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test on a loop of skipped time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=SkippedLoop) as runner:
            runner.run(test(*args, **kwargs))

    del run.__wrapped__  # pytest must see a plain function
    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]
    return run
