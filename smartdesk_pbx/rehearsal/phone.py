"""A telephone without sound: the second implementation of `call/phone.py`, for skipped time.

`RehearsedLeg` is what a conversation holds. It plays no sound: a prompt lasts `PROMPT_S`, and what was
heard to its end is on `me.heard`. A verb goes on when the conversation is cancelled, as it does in Asterisk's
dialplan, and the leg of a later daemon takes its result.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from smartdesk_pbx.call.phone import AgentLeg, Arrival, NotAnswered, OutsideLeg, Recording, Signalled, Spoken, Talk
from smartdesk_pbx.contract.events import EndedBy
from smartdesk_pbx.errors import CutByLimit
from smartdesk_pbx.rehearsal.outside import RehearsedOutside, RehearsedOutsideLeg
from smartdesk_pbx.rehearsal.people import Line, RehearsedAgent, RehearsedAgentLeg
from smartdesk_pbx.rehearsal.verbs import RehearsedVerbs

_NOT: dict[str, Any] = {"busy": "busy", "decline": "declined", "no_answer": "no_answer", "absent": "unreachable"}


class RehearsedLeg(RehearsedVerbs):
    """The caller's leg as a conversation sees it."""

    def __init__(
        self,
        arrival: Arrival,
        agents: Mapping[str, RehearsedAgent],
        signalled: Signalled,
        line: Line | None = None,
        outside: Mapping[str, RehearsedOutside] | None = None,
    ) -> None:
        super().__init__(arrival, signalled, line)
        self._agents, self._outside = agents, outside or {}
        self._legs = 0

    async def ring(self, agent: str, *, timeout_s: float, shown: str, language: str) -> AgentLeg | NotAnswered:
        phone = self._agents[agent]
        will = phone.will
        self._legs += 1
        self._fault("ring")
        if will == "absent":
            return NotAnswered("unreachable")
        phone.shown.append(shown)
        phone.rings()
        if will in _NOT:
            await self._wait(limit_s=timeout_s if will == "no_answer" else 1.0)
            return NotAnswered(_NOT[will])
        await self._wait(limit_s=phone.after_s)
        leg = phone.takes(f"{self.arrival.call_id}-{self._legs}")
        if will == "vanish":
            await leg.hang_up()
        return leg

    async def ring_outside(self, number: str, *, timeout_s: float, language: str) -> OutsideLeg | NotAnswered:
        phone = self._outside.get(number)
        self._legs += 1
        if phone is None or phone.will == "absent":
            return NotAnswered("unreachable")
        channel = f"{self.arrival.call_id}-{self._legs}"
        phone.shown.append(self.arrival.number)
        phone.rings()
        if phone.will in _NOT or phone.in_a_call:
            await asyncio.sleep(timeout_s if phone.will == "no_answer" else 1.0)
            return NotAnswered(_NOT.get(phone.will, "busy"))
        if phone.after_s > timeout_s:
            await asyncio.sleep(timeout_s)
            return NotAnswered("no_answer")
        await asyncio.sleep(phone.after_s)
        return phone.takes_outside(channel)

    async def join(self, agent: AgentLeg) -> None:
        assert isinstance(agent, RehearsedAgentLeg | RehearsedOutsideLeg)
        self._fault("join")
        if self.line.over.done():
            raise self._end()
        if agent.over.done():
            raise LookupError(agent.agent)
        agent.phone.joined()
        self.line.with_agent = agent.agent
        self.line.wake()

    async def rejoin(self, agent: str, channel: str) -> AgentLeg:
        self._adopted = False
        phones = [*self._agents.values(), *self._outside.values()]
        return next(leg for phone in phones for leg in phone.legs if leg.channel == channel)

    async def talk(self, agent: AgentLeg) -> Talk:
        assert isinstance(agent, RehearsedAgentLeg)
        started = asyncio.get_running_loop().time()
        self._fault("talk")
        ends: list[asyncio.Future[Any]] = [agent.over, self.line.over]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        by: EndedBy = "agent"
        if self.line.over.done():
            by = "us" if isinstance(self._end(), CutByLimit) else "caller"
        await agent.hang_up()
        self.line.keys.clear()
        return Talk(by, asyncio.get_running_loop().time() - started)

    async def read_aloud(self, kind: Spoken, value: str) -> str:
        self._fault("read_aloud")
        return f"spelt:{value}" if kind == "digits" else f"{kind}:{value}"

    async def play_back(self, file: str) -> str:
        self._fault("play_back")
        return f"message:{file.removesuffix('.wav').rpartition('-')[2]}"

    async def discard(self, file: str) -> None:
        self.line.discarded.append(file)

    async def recording(self) -> Recording | None:
        self._fault("recording")
        if self.line.held_since is None:
            return None
        seconds = asyncio.get_running_loop().time() - self.line.held_since
        return Recording(f"{self.arrival.call_id}.wav", seconds, int(seconds * 32000), "0" * 64)

    async def close(self) -> None:
        self.closed = True
