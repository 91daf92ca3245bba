"""What `append` gives back: the keys, and two moments that can be waited for."""

import asyncio
from collections.abc import Callable

import structlog

from smartdesk_pbx.errors import EdgeDown

_log = structlog.get_logger("smartdesk.store")


class _Moment:
    """Comes once, or fails. Each one who waits has a future of their own: most receipts are never looked at."""

    __slots__ = ("_come", "_error", "_waiting")

    def __init__(self) -> None:
        self._come = False
        self._error: Exception | None = None
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self, hurry: Callable[[], None] | None) -> None:
        if not self._come:
            if hurry is not None:
                hurry()
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
        if self._error is not None:
            raise self._error

    def come(self, error: Exception | None = None) -> None:
        if self._come:
            return
        self._come, self._error = True, error
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()


class Receipt:
    """Of one appended group. Nobody has to look at it; waiting for it never cancels the write.

    Whoever waits makes the writer go at once; `patient` waits for a commit that comes by itself.
    """

    __slots__ = ("_durable", "_hurry", "_ledgered", "hurried", "keys")

    def __init__(self, keys: tuple[str, ...], hurry: Callable[[], None]) -> None:
        self.keys = keys
        """One key for each fact, in order."""
        self.hurried = False
        """True: the facts are to linger nowhere on their way."""
        self._hurry = hurry
        self._durable = _Moment()
        self._ledgered = _Moment()

    def hurry(self) -> None:
        """Nobody waits for the facts, but they are not to linger: somebody acts upon them, and should the program die
        just now, the next one must know."""
        self.hurried = True
        self._hurry()

    async def durable(self) -> None:
        """Returns when the facts are fsynced on this node. Raises what is wrong with them when they were refused."""
        await self._durable.wait(self.hurry)

    async def ledgered(self, timeout_s: float | None = None, *, patient: bool = False) -> None:
        """Returns when the ledger has the facts. Raises EdgeDown after `timeout_s` seconds (the facts still go
        there later), or what is wrong with them when they were refused."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._ledgered.wait(None if patient else self.hurry)
        except TimeoutError:
            raise EdgeDown(f"the ledger did not take the facts within {timeout_s} s") from None

    def set_durable(self) -> None:
        """The journal has them."""
        self._durable.come()

    def set_ledgered(self) -> None:
        """The ledger has them."""
        self._durable.come()
        self._ledgered.come()

    def refuse(self, error: Exception, kind: str) -> None:
        """They can never be stored: an alarm, whether anybody waits or not."""
        call_id = self.keys[0].partition("/")[0]
        _log.error("facts refused", alarm=True, call_id=call_id, kind=kind, error=type(error).__name__)
        self._fail(error)

    def give_up(self) -> None:
        """The program ends before they could be carried to the ledger."""
        self._fail(EdgeDown("the program ended before the ledger took the facts"))

    def _fail(self, error: Exception) -> None:
        self._durable.come(error)
        self._ledgered.come(error)
