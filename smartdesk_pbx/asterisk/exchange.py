"""The exchange: which leg a channel belongs to, and what becomes of each event.

Events are taken in the order Asterisk sent them and go straight to the leg they concern; nothing here waits.
A hint that a channel may be gone (AMI's Hangup, a StasisEnd, a passed deadline) leads to a question to
Asterisk, never to a conclusion.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from msgspec import convert

from smartdesk_pbx import metrics
from smartdesk_pbx.asterisk.agent import AsteriskAgentLeg
from smartdesk_pbx.asterisk.ari import Ari, AriError
from smartdesk_pbx.asterisk.back import back_of, stasis_args, waiting
from smartdesk_pbx.asterisk.events import Channel, Event
from smartdesk_pbx.asterisk.left_off import LeftOff
from smartdesk_pbx.asterisk.leg import AsteriskLeg
from smartdesk_pbx.asterisk.recording import Recordings
from smartdesk_pbx.asterisk.trunks import outbound
from smartdesk_pbx.call.phone import Arrival, Spoken
from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract.numbers import e164, read_caller
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.settings import Settings

DIALLED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]+")
"""Ids of the legs that we dial: the call's id and a number."""

GONE_FOR_GOOD = 404

HINT_AGAIN_S = 0.2
"""A channel that is still there right after a hint is asked for once more after this time."""


@dataclass(frozen=True)
class Sounds:
    """What the legs need of the sound library: file name and length of a prompt, values read aloud and messages as
    sounds of a language under a name, such sounds removed, and what is wrong with a prompt's files ("": nothing)."""

    file: Callable[[str], str]
    seconds: Callable[[str, str], float]
    read_aloud: Callable[[Spoken, str, str, str], Awaitable[None]]
    copy: Callable[[Path, str, str], Awaitable[None]]
    remove: Callable[[str], Awaitable[None]]
    torn: Callable[[str, str], str] = lambda language, prompt: ""


class Exchange:
    """All legs of one node. `on_arrival` starts the conversation of a new caller."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        sounds: Sounds,
        recordings: Recordings,
        on_arrival: Callable[[AsteriskLeg], None],
    ) -> None:
        self.settings, self.clock, self.sounds, self.recordings = settings, clock, sounds, recordings
        self.legs: dict[str, AsteriskLeg] = {}
        self.agents: dict[str, AsteriskAgentLeg] = {}
        """The legs that we dialled, agents' and others'."""
        self.outbound = outbound(settings.home)
        """The trunk over which calls go out, if any."""
        self.ari: Ari
        self.press: Callable[[str, str], bool] = lambda channel, key: False
        self.on_contact: Callable[[str, bool], None] = lambda agent, reachable: None
        self.log = structlog.get_logger()
        self._on_arrival = on_arrival
        self._asking: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    def alarm(self, name: str, **fields: object) -> None:
        """Something a person must look at."""
        metrics.alarm(name, **fields)

    def spawn(self, work: Awaitable[Any]) -> None:
        """A short task of the exchange's own; its failure is logged, never lost."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.log.error("background task failed", error=repr(error))

    # ---- events -------------------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """One event of Asterisk's."""
        channel = event.channel
        if event.type == "StasisStart" and channel:
            self._entered(channel, event.args)
        elif event.type == "ChannelDtmfReceived" and channel:
            if leg := self.legs.get(channel.id) or self.agents.get(channel.id):
                leg.pressed(event.digit)
        elif event.type == "StasisEnd" and channel:
            self._left_stasis(channel.id)
        elif event.type == "ChannelDestroyed" and channel:
            self._destroyed(channel.id, event.cause)
        elif event.type == "PlaybackFinished" and event.playback:
            if agent := self.agents.get(event.playback.id.rpartition("-")[0]):
                agent.played(event)
        elif event.type in ("ContactStatusChange", "PeerStatusChange") and event.endpoint:
            self.spawn(self._contact(event.endpoint.resource))

    def _entered(self, channel: Channel, args: tuple[str, ...]) -> None:
        kind = args[0] if args else ""
        if leg := self.legs.get(channel.id):
            if kind != "in":  # told twice: once by the list after a reconnect, once by its event
                leg.returned(back_of(args))
        elif kind == "in" and len(args) >= 4:
            leg = AsteriskLeg(self, self._arrival(channel, args), channel.name, "")
            leg.gathered = args[4] if len(args) > 4 else ""
            leg.speaks = channel.language
            self.legs[channel.id] = leg
            self._on_arrival(leg)
        elif kind == "agent" and (agent := self.agents.get(channel.id)):
            agent.answered()
        else:  # an agent who answered after we gave up, or a caller nobody knows: never a leg in silence
            self.log.warning("a leg that belongs to no call is ended", channel=channel.id, verb=kind)
            self.spawn(self._end(channel.id))

    def _arrival(self, channel: Channel, args: tuple[str, ...]) -> Arrival:
        _, call_id, number, shown = args[:4]
        country = self.settings.country
        caller = read_caller(channel.caller.number, "" if shown == "1" else "prohib", "", country)
        return Arrival(
            UUID(call_id), self.settings.node, e164(number, country) or number, caller.number, caller.caller_class,
            channel.id, self.clock.now(),
        )  # fmt: skip

    def _left_stasis(self, channel: str) -> None:
        leg = self.legs.get(channel)
        if channel in self.agents or (leg and leg.in_stasis):
            self.hint(channel)

    def _destroyed(self, channel: str, cause: int) -> None:
        if agent := self.agents.get(channel):
            agent.left(cause)
        if leg := self.legs.get(channel):
            leg.left()

    async def _contact(self, agent: str) -> None:
        self.on_contact(agent, await self.reachable(agent))

    async def _end(self, channel: str) -> None:
        with suppress(AriError):  # gone by itself
            await self.ari.channels.hangup(channelId=channel)

    async def reachable(self, agent: str) -> bool:
        """True when the agent's phone is registered and answers qualify."""
        try:
            return bool((await self.ari.endpoints.get(tech="PJSIP", resource=agent))["state"] == "online")
        except AriError:
            return False

    # ---- is it still there? ---------------------------------------------------------------------

    def hint(self, channel: str) -> None:
        """Somebody says that a channel has hung up: ask, and once more a little later."""
        if channel not in self._asking and (channel in self.legs or channel in self.agents):
            self._asking.add(channel)
            self.spawn(self._ask_twice(channel))

    async def _ask_twice(self, channel: str) -> None:
        try:
            if await self.check(channel):
                await asyncio.sleep(HINT_AGAIN_S)
                await self.check(channel)
        finally:
            self._asking.discard(channel)

    async def check(self, channel: str) -> bool:
        """Ask Asterisk for a channel: True while it exists. While Asterisk is away nothing is concluded."""
        try:
            await self.ari.channels.get(channelId=channel)
            return True
        except AriError as error:
            if error.status == GONE_FOR_GOOD:
                self._destroyed(channel, 0)
            return error.status != GONE_FOR_GOOD
        except EdgeDown:
            return True

    async def compare(self, channels: Iterable[dict[str, Any]]) -> None:
        """After a reconnect: legs whose channel is gone have left, verbs whose return was lost have returned, and a
        caller whose arrival was lost has arrived."""
        there = {str(c["id"]): c for c in channels}
        for channel in {*self.legs, *self.agents} - set(there):
            self.hint(channel)
        for channel, shown in there.items():
            back, leg = waiting(shown), self.legs.get(channel)
            if back and leg and not leg.in_stasis:
                leg.returned(back)
            elif back and not leg and channel not in self.agents and not DIALLED.fullmatch(channel):
                await self._unheard(shown)

    async def _unheard(self, shown: dict[str, Any]) -> None:
        """A caller in Stasis whom no leg belongs to: a new one, or one to whom we owe an apology."""
        channel = convert(shown, Channel, strict=False)
        args = stasis_args(shown)
        if args and args[0] == "in":
            self._entered(channel, args)
        else:
            self.log.warning("a caller whom no call knows", channel=channel.id)
            with suppress(AriError):
                await self.ari.channels.continueInDialplan(
                    channelId=channel.id, context="bye", extension=f"~60~{self.sounds.file('sorry')}"
                )

    def hint_all(self) -> None:
        """Hints were lost for a while: ask for every channel."""
        for channel in (*self.legs, *self.agents):
            self.hint(channel)

    def claim(self, agent: str, channel: str) -> AsteriskAgentLeg:
        """The leg of an agent whose talk an earlier daemon had joined; claimed before strays are ended."""
        leg = self.agents.get(channel) or AsteriskAgentLeg(self, agent, channel, self.settings.language)
        leg.answered()
        return leg

    async def end_strays(self, channels: Iterable[dict[str, Any]], bridges: Iterable[dict[str, Any]]) -> None:
        """What an earlier daemon made and no call knows: legs that ring for nobody or lost their caller; bridges."""
        for bridge in (str(b["id"]) for b in bridges):
            agent = bridge.removesuffix("-b")
            if DIALLED.fullmatch(agent) and agent not in self.agents:
                with suppress(AriError):
                    await self.ari.bridges.destroy(bridgeId=bridge)
        for channel in (str(c["id"]) for c in channels):
            if DIALLED.fullmatch(channel) and channel not in self.agents:
                await self._end(channel)

    def adopt(self, arrival: Arrival, channel: dict[str, Any] | None, left: LeftOff) -> AsteriskLeg:
        """The leg of a call that an earlier daemon began, as its channel stands now (None: gone)."""
        leg = AsteriskLeg(self, arrival, str((channel or {}).get("name", "")), "")
        leg.speaks = str((channel or {}).get("language", ""))
        leg.adopt(waiting(channel) if channel else None, left)
        if channel:
            self.legs[arrival.channel] = leg
        else:
            leg.left()
        return leg

    def forget(self, leg: AsteriskLeg) -> None:
        """The call is over and written down."""
        self.legs.pop(leg.channel, None)
