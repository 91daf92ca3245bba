"""What `append` gives back: the keys, and two moments that can be waited for."""

import asyncio

import structlog

from smartdesk_pbx.errors import EdgeDown

_log = structlog.get_logger("smartdesk.store")


class Receipt:
    """Of one appended group. Nobody has to look at it; waiting for it never cancels the write."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        """One key for each fact, in order."""
        loop = asyncio.get_running_loop()
        self._durable: asyncio.Future[None] = loop.create_future()
        self._ledgered: asyncio.Future[None] = loop.create_future()

    async def durable(self) -> None:
        """Returns when the facts are fsynced on this node. Raises what is wrong with them when they were refused."""
        await asyncio.shield(self._durable)

    async def ledgered(self, timeout_s: float | None = None) -> None:
        """Returns when the ledger has the facts. Raises EdgeDown after `timeout_s` seconds (the facts still go
        there later), or what is wrong with them when they were refused."""
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(self._ledgered)
        except TimeoutError:
            raise EdgeDown(f"the ledger did not take the facts within {timeout_s} s") from None

    def set_durable(self) -> None:
        """The journal has them."""
        if not self._durable.done():
            self._durable.set_result(None)

    def set_ledgered(self) -> None:
        """The ledger has them."""
        self.set_durable()
        if not self._ledgered.done():
            self._ledgered.set_result(None)

    def refuse(self, error: Exception, kind: str) -> None:
        """They can never be stored: an alarm, whether anybody waits or not."""
        call_id = self.keys[0].partition("/")[0]
        _log.error("facts refused", alarm=True, call_id=call_id, kind=kind, error=type(error).__name__)
        self._fail(error)

    def give_up(self) -> None:
        """The program ends before they could be carried to the ledger."""
        self._fail(EdgeDown("the program ended before the ledger took the facts"))

    def _fail(self, error: Exception) -> None:
        for moment in (self._durable, self._ledgered):
            if not moment.done():
                moment.set_exception(error)
                moment.exception()
