"""A telephone outside on Asterisk: dialled over a trunk, asked to press 1, joined or ended as an agent's leg is."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from smartdesk_pbx.asterisk.agent import AsteriskAgentLeg
from smartdesk_pbx.asterisk.ari import AriError
from smartdesk_pbx.asterisk.line import first_of
from smartdesk_pbx.call.phone import Arrival, NotAnswered, Prompts
from smartdesk_pbx.contract.numbers import national

if TYPE_CHECKING:
    from smartdesk_pbx.asterisk.exchange import Exchange

YES = "1"


class AsteriskOutsideLeg(AsteriskAgentLeg):
    """One ringing or answered telephone outside."""

    def __init__(self, exchange: "Exchange", channel: str, language: str) -> None:
        super().__init__(exchange, "outside", channel, language)
        self._yes: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def pressed(self, key: str) -> None:
        """A key on that telephone; only 1 means anything."""
        if key == YES and not self._yes.done():
            self._yes.set_result(None)

    async def ring_number(
        self, number: str, arrival: Arrival, *, timeout_s: float
    ) -> "AsteriskOutsideLeg | NotAnswered":
        """Dial an E.164 number over the trunk that calls out, as the assigned number, and wait for the answer."""
        trunk, country = self._exchange.outbound, self._exchange.settings.country
        if trunk is None:
            self._exchange.alarm("no_trunk_calls_out", call_id=str(arrival.call_id))
            self.left(0)
            return NotAnswered("unreachable")
        dialled, shown = number, arrival.number
        if trunk.outbound_numbers == "national":
            dialled, shown = national(number, country), national(shown, country)
        missed = await self._dial(f"PJSIP/{dialled}@trunk-{trunk.name}", f"<{shown}>", arrival, timeout_s)
        return missed or self

    async def takes_it(self, prompts: Prompts, *, wait_s: float) -> bool:
        said = asyncio.ensure_future(self.whisper(prompts))
        try:
            await first_of(said, self._yes, self.over)
            if not (self._yes.done() or self.over.done()):
                await first_of(self._yes, self.over, limit_s=wait_s)
            return self._yes.done() and not self.over.done()
        finally:
            if not said.done():  # a bridge takes nobody who is still being spoken to
                await self._quiet()
            said.cancel()
            await asyncio.gather(said, return_exceptions=True)

    async def _quiet(self) -> None:
        with suppress(AriError):
            for playback in tuple(self._played):
                await self._ari.playbacks.stop(playbackId=playback)
