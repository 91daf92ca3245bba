"""Who is told how far a long operation has come: whoever started it in this program, nobody otherwise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[int, int], None]
"""Told (done, all)."""


def _nobody(done: int, total: int) -> None:
    pass


_progress: ContextVar[Progress] = ContextVar("progress", default=_nobody)


@contextmanager
def told(progress: Progress) -> Iterator[None]:
    """Operations that run inside of the block tell `progress`."""
    token = _progress.set(progress)
    try:
        yield
    finally:
        _progress.reset(token)


def progress() -> Progress:
    """Whom the running operation tells."""
    return _progress.get()
