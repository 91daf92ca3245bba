"""A close in a program of its own that is killed (SIGKILL) at a given point: at a statement, or just after it."""

import asyncio
import multiprocessing
import os
import signal
import threading
from typing import Any

from sqlalchemy import Engine, event

from smartdesk_pbx.store import close as closing
from smartdesk_pbx.store.close import Ask
from smartdesk_pbx.store.seal import Sealer
from tests.store.money import MONTH, SEALER, open_at

_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["tests.store.closing", "smartdesk_pbx.store.postgres"])


def close_month(url: str) -> None:
    """Close October, two contracts to a transaction."""
    closing.BATCH = 2

    async def once() -> None:
        store = open_at(url)
        await closing.close(store, Sealer(SEALER, SEALER), None, Ask(MONTH))
        await store.close()

    asyncio.run(once())


def _die(after_s: float) -> None:
    if not after_s:
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Timer(after_s, os.kill, (os.getpid(), signal.SIGKILL)).start()


def _killed(url: str, statement: int, after_s: float) -> None:
    count = 0

    def on_statement(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == statement:
            _die(after_s)

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, on_statement)
    close_month(url)


def killed_close(url: str, statement: int, after_s: float) -> int:
    """Close in a child that dies at its n-th statement or commit (so many seconds after it); its exit code: -9, or 0
    when it was through before."""
    child = _FORK.Process(target=_killed, args=(url, statement, after_s))
    child.start()
    child.join(60)
    assert child.exitcode is not None, "the child hangs"
    return child.exitcode


def closes_at_once(url: str, number: int) -> list[int | None]:
    """So many closes of the same month at the same time; their exit codes."""
    children = [_FORK.Process(target=close_month, args=(url,)) for _ in range(number)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    return [child.exitcode for child in children]
