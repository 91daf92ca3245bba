"""A human agent's leg on Asterisk: dialled with an id of ours, whispered to, joined, ended."""

import asyncio
from typing import TYPE_CHECKING

from smartdesk_pbx.asterisk.ari import AriError
from smartdesk_pbx.asterisk.events import Event
from smartdesk_pbx.asterisk.line import first_of
from smartdesk_pbx.call.phone import Arrival, NotAnswered, Prompts
from smartdesk_pbx.errors import EdgeDown

if TYPE_CHECKING:
    from smartdesk_pbx.asterisk.exchange import Exchange

LATE_S = 5.0
"""Asterisk ends the ringing itself; this long after its time it is asked what became of the channel."""

_REASONS = {17: "busy", 21: "declined", 19: "no_answer", 18: "no_answer", 16: "no_answer", 0: "no_answer"}


class AsteriskAgentLeg:
    """One ringing or answered phone. `over` is done when its channel is gone."""

    def __init__(self, exchange: "Exchange", agent: str, channel: str, language: str) -> None:
        self.agent, self.channel = agent, channel
        self._exchange, self._ari, self._language = exchange, exchange.ari, language
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[int] = loop.create_future()
        self._answered: asyncio.Future[None] = loop.create_future()
        self._played: dict[str, asyncio.Future[None]] = {}
        exchange.agents[channel] = self

    # ---- what the exchange tells us -------------------------------------------------------------

    def answered(self) -> None:
        if not self._answered.done():
            self._answered.set_result(None)

    def left(self, cause: int) -> None:
        """The channel is gone, with its Q.850 cause (0: unknown)."""
        if not self.over.done():
            self.over.set_result(cause)
        self._exchange.agents.pop(self.channel, None)

    def pressed(self, key: str) -> None:
        """A key on this phone: nobody asked for one."""

    def played(self, event: Event) -> None:
        if event.playback and (played := self._played.pop(event.playback.id, None)) and not played.done():
            played.set_result(None)

    # ---- what the conversation asks ---------------------------------------------------------------

    async def ring(self, arrival: Arrival, *, timeout_s: float, shown: str) -> "AsteriskAgentLeg | NotAnswered":
        """Dial the agent's phone and wait for the answer."""
        endpoint = self._exchange.settings.agent_dial.format(agent=self.agent)
        missed = await self._dial(endpoint, f'"{_plain(shown)}" <{arrival.number}>', arrival, timeout_s)
        return missed or self

    async def _dial(self, endpoint: str, caller_id: str, arrival: Arrival, timeout_s: float) -> NotAnswered | None:
        """None once answered. A time-out of Asterisk's comes as cause 19."""
        settings = self._exchange.settings
        # Longer than the caller's, so that the caller's fires first and the talk counts as cut.
        limit = round(settings.talk_limit_s + timeout_s + settings.lead_s)
        try:
            await self._ari.channels.originateWithId(
                channelId=self.channel,
                endpoint=endpoint,
                app=self._ari.app,
                appArgs=f"agent,{arrival.call_id}",
                callerId=caller_id,
                timeout=max(1, round(timeout_s)),
                variables={"TIMEOUT(absolute)": str(limit), "CHANNEL(language)": self._language},
            )
        except AriError as error:
            self._exchange.log.info("a phone cannot be dialled", phone=self.agent, said=str(error))
            self.left(0)
            return NotAnswered("unreachable")
        limit_s = timeout_s + LATE_S
        while not (self._answered.done() or self.over.done()):
            await first_of(self._answered, self.over, limit_s=limit_s)
            if not (self._answered.done() or self.over.done()):
                await self._exchange.check(self.channel)  # an event was lost
        if self._answered.done():
            return None
        return NotAnswered(_REASONS.get(self.over.result(), "unreachable"))  # type: ignore[arg-type]

    async def whisper(self, prompts: Prompts) -> bool:
        playback = f"{self.channel}-w{len(self._played)}"
        media = ",".join(f"sound:{self._exchange.sounds.file(p)}" for p in prompts)
        played = self._played[playback] = asyncio.get_running_loop().create_future()
        try:
            await self._ari.channels.playWithId(
                channelId=self.channel, playbackId=playback, media=media, lang=self._language
            )
        except AriError:
            await self._exchange.check(self.channel)
            return False
        await first_of(played, self.over)
        return not self.over.done()

    async def hang_up(self) -> None:
        try:
            await self._ari.channels.hangup(channelId=self.channel)
        except AriError:
            self.left(0)  # gone already
        except EdgeDown:
            pass  # its end is found out after the reconnect: nobody claims it any more


def _plain(shown: str) -> str:
    """A display name that cannot leave its quotes."""
    return "".join(c for c in shown if c.isprintable() and c not in '"<>\\,')[:60]
