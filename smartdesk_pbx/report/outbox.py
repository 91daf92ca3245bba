"""Sends what stands in the outbox, after the commit that put it there. A letter may come twice, never not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from aiosmtplib import SMTP
from sqlalchemy import Connection
from tenacity import RetryCallState, wait_exponential

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.report.mail import NotNow, Refused, connected, message, send
from smartdesk_pbx.report.post import Post, post_of
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import notice, outbox, terms
from smartdesk_pbx.store.outbox import Queued
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store

LOOK_S = 5.0
"""How often the outbox is looked at."""
TELL_S = 60.0
"""How often is looked whom notices have come to concern, and whose call counts as consent."""
AT_ONCE = 50
"""Letters of one connection."""
LEASE_S = 900.0
"""For so long a claimed letter is left alone by other nodes: longer than any connection's letters take."""
WAITS = wait_exponential(multiplier=60, max=21_600)
"""Seconds until the next try of a letter: 1 min, 2, 4, … at most 6 h."""

log = structlog.get_logger()


class Postman:
    """Drains the outbox of one installation. Several may work on one store; each letter is one's."""

    def __init__(self, settings: Settings, store: Store, sealer: Sealer, alarm: Callable[..., None]) -> None:
        self._settings, self._store, self._sealer, self._alarm = settings, store, sealer, alarm

    async def run(self) -> None:
        """For ever: send what is due; tell newcomers of notices; count calls as consent where that is agreed."""
        turn_s = 0.0
        while True:
            if turn_s <= 0:
                await self._even_so(self.tell())
                turn_s = TELL_S
            await self._even_so(self.drain())
            await asyncio.sleep(LOOK_S)
            turn_s -= LOOK_S

    async def tell(self) -> None:
        """R13.2, R31: what has come to concern somebody since it was said."""

        def both(connection: Connection) -> None:
            now = self._store.now(connection)
            notice.tell_newcomers(connection, self._sealer, at=now)
            terms.count_calls(connection, now)

        await self._store.run(both)

    async def drain(self) -> int:
        """Send what is due; how many letters went out. Nothing is done without a mail server (`smtp`).

        Raises `RuleBroken` when the mail server is set up by half."""
        post, went = post_of(self._settings), 0
        while post and (rows := await self._claim()):
            went += await self._hand_over(post, rows)
        return went

    async def _claim(self) -> list[Queued]:
        return await self._store.run(lambda c: outbox.claim(c, self._store.now(c), lease_s=LEASE_S, most=AT_ONCE))

    async def _hand_over(self, post: Post, rows: list[Queued]) -> int:
        """The letters of one connection; those that could not be sent are due again later."""
        left, went = list(rows), 0
        try:
            async with connected(post) as smtp:
                while left:
                    went += await self._send(smtp, post, left.pop(0))
        except EdgeDown as error:
            log.warning("letters wait", letters=len(left), error=str(error))
            for row in left:  # none of them is to blame
                await self._later(row, str(error), tried=False)
        return went

    async def _send(self, smtp: SMTP, post: Post, row: Queued) -> bool:
        """One letter; False when it was not taken. Raises `EdgeDown` when the connection is gone."""
        try:
            letter = await self._store.read(partial(outbox.open_letter, sealer=self._sealer, id=row.id))
            await send(smtp, message(post, row, letter))
        except (Refused, RuleBroken, ValueError) as error:
            await self._give_up(row, f"refused: {error}")
            return False
        except (NotNow, EdgeDown) as error:
            await self._later(row, str(error))
            if isinstance(error, EdgeDown):
                raise
            return False
        await self._store.run(lambda c: outbox.sent(c, row.id, self._store.now(c)))
        return True

    async def _later(self, row: Queued, error: str, *, tried: bool = True) -> None:
        attempts = row.attempts + tried
        if attempts >= self._settings.mail_attempts:
            return await self._give_up(row, error)
        wait = timedelta(seconds=wait_s(max(1, attempts)))
        await self._store.run(
            lambda c: outbox.postponed(c, row.id, self._store.now(c) + wait, error, attempts=attempts)
        )

    async def _give_up(self, row: Queued, error: str) -> None:
        self._alarm("letter_failed", letter=str(row.id), error=error)
        await self._store.run(lambda c: outbox.failed(c, row.id, error))

    async def _even_so(self, step: Awaitable[object]) -> None:
        try:
            await step
        except (EdgeDown, RuleBroken) as error:
            log.warning("letters wait", error=str(error))
        except Exception as error:
            self._alarm("letters_stopped", error=repr(error))


def wait_s(attempts: int) -> float:
    """How long a letter waits that has been tried so often."""
    state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
    state.attempt_number = attempts
    return WAITS(state)
