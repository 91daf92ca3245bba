"""The caller's leg on Asterisk: the verbs of `call/phone.py`, carried out by the dialplan.

Only waiting, ringing and talking happen inside Stasis.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from smartdesk_pbx.asterisk.agent import AsteriskAgentLeg
from smartdesk_pbx.asterisk.ari import AriError
from smartdesk_pbx.asterisk.line import GRACE_S, Line, first_of
from smartdesk_pbx.asterisk.outside import AsteriskOutsideLeg
from smartdesk_pbx.asterisk.signalled import read_signalled
from smartdesk_pbx.call.phone import (
    AgentLeg,
    Message,
    NotAnswered,
    OutsideLeg,
    Prompts,
    Recording,
    Signalled,
    Spoken,
    Talk,
)
from smartdesk_pbx.contract.events import EndedBy
from smartdesk_pbx.errors import CallEnded, CutByLimit, EdgeDown


class AsteriskLeg(Line):
    """One caller. Events come in through `Line`; the conversation calls the verbs."""

    async def _fit(self, prompts: Sequence[str]) -> Sequence[str]:
        """What fits into one extension; a longer beginning is played first, skippable."""
        while len(prompts) > 6 and not self._keys:
            await self._skip(prompts[:6])
            prompts = prompts[6:]
        return prompts

    async def _skip(self, prompts: Sequence[str]) -> None:
        self._keys.extend((await self._run("skip", prompts)).keys)

    async def say(self, prompts: Prompts, *, skippable: bool = False) -> None:
        if not skippable:
            await self._run("say", prompts)
        elif not self._keys or self._adopted:
            await self._skip(prompts)

    async def menu(self, prompts: Prompts, *, wait_s: float) -> str:
        prompts = await self._fit(prompts)
        if not self._keys or self._adopted:
            back = await self._run("menu", prompts, extra_s=wait_s, middle=(wait_s,))
            self._keys.extend(back.keys)
        return self._keys.popleft() if self._keys else ""

    async def collect(self, prompts: Prompts, *, most: int, wait_s: float, gap_s: float) -> str:
        prompts = await self._fit(prompts)
        early = self._early(most)
        if early.endswith("#") or len(early) == most:
            return early.rstrip("#")
        more = most - len(early)
        back = await self._run("collect", prompts if not early else (), extra_s=wait_s + more * gap_s,
                               middle=(more, wait_s if not early else gap_s, gap_s))  # fmt: skip
        return early + back.keys.rstrip("#")

    def _early(self, most: int) -> str:
        """Keys typed ahead of a collect, up to `most` or the ending `#`."""
        early = ""
        while self._keys and len(early) < most and not early.endswith("#"):
            early += self._keys.popleft()
        return early

    async def record(self, prompts: Prompts, *, most_s: int, silence_s: int) -> Message | None:
        self._messages += 1
        self._unsaved = f"{self.arrival.call_id}-{self._messages}.ulaw"
        await self._run("record", await self._fit(prompts), extra_s=most_s, middle=(self._messages, silence_s, most_s))
        return await self._save_message(partial=False)

    async def kept_message(self) -> Message | None:
        partial = await self._save_message(partial=True)
        return partial or await self._exchange.recordings.message_while_away(self.arrival)

    async def _save_message(self, *, partial: bool) -> Message | None:
        name, self._unsaved = self._unsaved, None
        return await self._exchange.recordings.message(name, self.arrival, partial=partial) if name else None

    async def please_hold(self, prompts: Prompts, *, wait_s: float) -> None:
        self._holding = True
        await self._music_after("hold", prompts, wait_s)

    async def please_wait(self, prompts: Prompts, *, wait_s: float) -> None:
        await self._music_after("wait", prompts, wait_s)

    async def _music_after(self, verb: str, prompts: Prompts, wait_s: float) -> None:
        self._waits_s = wait_s
        await self._run(verb, await self._fit(prompts))
        self._keys.clear()
        await self._stasis(self._ari.channels.startMoh(channelId=self.channel))

    async def bye(self, prompts: Prompts = ()) -> None:
        never: asyncio.Future[None] = self._loop.create_future()
        try:
            if self._adopted and self._verb == "bye":  # said already by an earlier daemon
                await self._wait(never, GRACE_S)
            if self._adopted:  # until its verb has ended nothing can be asked of the channel
                self._adopted = False
                await self._take_back(GRACE_S)
            if prompts:
                length_s = sum(self._exchange.sounds.seconds(self.language, p) for p in prompts)
                await self._send("bye", length_s, prompts, ())
                await self._wait(never, length_s + GRACE_S)
            else:
                await self.refuse(16)
        except CallEnded:
            pass

    async def refuse(self, cause: int) -> None:
        never: asyncio.Future[None] = self._loop.create_future()
        try:
            await self._stasis(self._ari.channels.hangup(channelId=self.channel, reason_code=cause))
            await self._wait(never, 1)
        except CallEnded:
            pass

    async def signalled(self) -> Signalled:
        text = self.gathered
        if not text:
            with suppress(AriError):  # the caller has gone already
                text = await self._ari.channels.getChannelVar(channelId=self.channel, variable="SD_SIGNALLED")
        return read_signalled(text, self.arrival.number, self._exchange.settings.country)

    # ---- a human ------------------------------------------------------------------------------

    async def ring(self, agent: str, *, timeout_s: float, shown: str, language: str) -> AgentLeg | NotAnswered:
        callee = AsteriskAgentLeg(self._exchange, agent, self._next_channel(), language)
        try:
            return await self._wait(
                asyncio.ensure_future(callee.ring(self.arrival, timeout_s=timeout_s, shown=shown)), timeout_s + GRACE_S
            )
        except CallEnded:
            await callee.hang_up()
            raise

    async def ring_outside(self, number: str, *, timeout_s: float, language: str) -> OutsideLeg | NotAnswered:
        callee = AsteriskOutsideLeg(self._exchange, self._next_channel(), language)
        try:
            return await callee.ring_number(number, self.arrival, timeout_s=timeout_s)
        except BaseException:
            await callee.hang_up()
            raise

    def _next_channel(self) -> str:
        self._agents += 1
        return f"{self.arrival.call_id}-{self._agents}"

    async def join(self, agent: AgentLeg) -> None:
        bridge = f"{agent.channel}-b"
        limit = str(self._exchange.settings.talk_limit_s)
        channels = self._ari.channels
        await self._stasis(channels.stopMoh(channelId=self.channel))
        # The limit goes over the pool, and only while nothing plays: it would block behind a prompt.
        await self._stasis(channels.setChannelVar(channelId=self.channel, variable="TIMEOUT(absolute)", value=limit))
        await self._ari.bridges.createWithId(bridgeId=bridge, type="mixing,dtmf_events")
        try:
            await self._ari.bridges.addChannel(bridgeId=bridge, channel=f"{self.channel},{agent.channel}")
            members = (await self._ari.bridges.get(bridgeId=bridge))["channels"]
        except AriError:
            members = []
        except Exception:
            await self._unbridge(bridge)
            raise
        if self._over.done() or not {self.channel, agent.channel} <= set(members):
            await self._unbridge(bridge)
            if self._over.done():
                raise self._ended()
            await self._stasis(channels.startMoh(channelId=self.channel))
            raise LookupError(f"{agent.agent} left before the talk began")

    async def rejoin(self, agent: str, channel: str) -> AgentLeg:
        self._adopted, self._verb = False, ""
        self._back = self._loop.create_future()
        callee = self._exchange.claim(agent, channel)
        await self._exchange.check(channel)
        return callee

    async def talk(self, agent: AgentLeg) -> Talk:
        other = self._exchange.agents.get(agent.channel)
        started = self._loop.time()
        if other:
            await first_of(self._over, other.over)
        by: EndedBy = "agent"
        if self._over.done():
            by = "us" if isinstance(self._ended(), CutByLimit) else "caller"
        await agent.hang_up()
        await self._unbridge(f"{agent.channel}-b")
        self._keys.clear()
        return Talk(by, round(self._loop.time() - started, 3))

    async def _unbridge(self, bridge: str) -> None:
        with suppress(AriError, EdgeDown):  # it went with its last member
            await self._ari.bridges.destroy(bridgeId=bridge)

    # ---- sounds of this call alone --------------------------------------------------------------

    async def read_aloud(self, kind: Spoken, value: str) -> str:
        name = self._sounds.new()
        await self._exchange.sounds.read_aloud(kind, value, self.language, name)
        return name

    async def play_back(self, file: str) -> str:
        name = self._sounds.new()
        await self._exchange.sounds.copy(self._exchange.recordings.place / file, self.language, name)
        return name

    async def discard(self, file: str) -> None:
        await self._exchange.recordings.discard(file)

    async def recording(self) -> Recording | None:
        return await self._exchange.recordings.talk(self.arrival) if self._holding else None

    async def close(self) -> None:
        if not self._over.done():  # a fault of ours ended the conversation: never a caller in silence
            with suppress(AriError, EdgeDown):
                await self._ari.channels.hangup(channelId=self.channel)
        self._exchange.forget(self)
        for name in self._sounds.names():
            await self._exchange.sounds.remove(name)
