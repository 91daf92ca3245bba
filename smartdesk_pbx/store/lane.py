"""One task that takes whatever waits, works it off in one go, in order, and survives an edge that is down."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

import structlog

from smartdesk_pbx.errors import EdgeDown

T = TypeVar("T")

BATCH_MOST = 512
"""Items taken at once: enough for full speed, short enough that one batch stays in the tens of milliseconds."""
RETRY_FIRST_S = 0.1
RETRY_MOST_S = 5.0

_log = structlog.get_logger("smartdesk.store")


class Lane(Generic[T]):
    """`work(batch)` is retried for ever while it raises EdgeDown. On any other error its items are worked off one
    by one, and `refuse(item, error)` is told of those that are to blame; the others do not suffer.

    The first item waits up to `linger_s` for others to go with it, unless somebody is in a hurry.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[T]], Awaitable[None]],
        refuse: Callable[[T, Exception], Awaitable[None]],
        linger_s: float = 0.0,
    ) -> None:
        self.name = name
        self._linger_s = linger_s
        self._hurried = asyncio.Event()
        self._work = work
        self._refuse = refuse
        self._waiting: deque[T] = deque()
        self._in_hand: Sequence[T] = ()
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()
        self.edge_down: EdgeDown | None = None
        """Why nothing moves just now; None while all is well."""
        self._task = asyncio.create_task(self._run(), name=f"lane-{name}")

    @property
    def depth(self) -> int:
        """How many items are not done yet."""
        return len(self._waiting) + len(self._in_hand)

    def put(self, item: T) -> None:
        """Queue an item; no waiting."""
        self._waiting.append(item)
        self._none.clear()
        self._some.set()
        if len(self._waiting) >= BATCH_MOST:
            self._hurried.set()

    def hurry(self) -> None:
        """Somebody waits for what was put last: do not linger over it."""
        self._hurried.set()

    async def drained(self) -> None:
        """Returns when nothing waits."""
        await self._none.wait()

    async def stop(self) -> list[T]:
        """Stop where it is; the items that were not done."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return [*self._in_hand, *self._waiting]

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            await self._linger()
            self._in_hand = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MOST))]
            await self._work_off(self._in_hand)
            self._in_hand = ()
            if not self._waiting:
                self._some.clear()
                self._hurried.clear()
                self._none.set()

    async def _linger(self) -> None:
        if self._linger_s and not self._hurried.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._linger_s):
                    await self._hurried.wait()

    async def _work_off(self, batch: Sequence[T]) -> None:
        try:
            await self._until_edge_is_up(lambda: self._work(batch))
            return
        except Exception as error:
            if len(batch) == 1:
                _log.error("fact refused", lane=self.name, alarm=True, error=_shown(error))
                refused, why = batch[0], error
                await self._until_edge_is_up(lambda: self._refuse(refused, why))
                return
        for item in batch:
            await self._work_off((item,))

    async def _until_edge_is_up(self, attempt: Callable[[], Awaitable[None]]) -> None:
        wait_s = RETRY_FIRST_S
        while True:
            try:
                await attempt()
                self._note(None)
                return
            except EdgeDown as down:
                self._note(down)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, RETRY_MOST_S)

    def _note(self, down: EdgeDown | None) -> None:
        if down is not None and self.edge_down is None:
            _log.error("edge down", lane=self.name, alarm=True, waiting=self.depth, error=_shown(down))
        elif down is None and self.edge_down is not None:
            _log.info("edge up again", lane=self.name, waiting=self.depth)
        self.edge_down = down


def _shown(error: Exception) -> str:
    """First line only: a database's message goes on with the statement and its values."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
