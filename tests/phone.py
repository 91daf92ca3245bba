"""The tests' telephone: the second implementation of `call/phone.py`, for skipped time.

`TestLeg` is what the conversation under test holds; `Me` is the caller's side: what was heard, keys, hanging up.
It plays no sound: a prompt lasts `PROMPT_S`, and what was heard to its end is on `me.heard`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from smartdesk_pbx.call.phone import (
    AgentLeg,
    Arrival,
    Message,
    NotAnswered,
    Prompts,
    Recording,
    Signalled,
    Talk,
)
from smartdesk_pbx.errors import CallEnded, CallerHungUp, CutByLimit

T = TypeVar("T")

PROMPT_S = 2.0


@dataclass
class Line:
    """What caller and switchboard share."""

    heard: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    keys: deque[str] = field(default_factory=deque)
    pressed: asyncio.Event = field(default_factory=asyncio.Event)
    over: "asyncio.Future[type[CallEnded]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    answered: bool = False
    refused: int | None = None
    ended_by_us: bool = False
    speaking: bool = False
    spoken_s: float = 0.0
    recording: bool = False
    holding: bool = False

    def tell(self, what: str) -> None:
        self.heard.append(what)
        self.changed.set()
        self.changed = asyncio.Event()


class Me:
    """The caller. `hears` waits for a prompt played to its end after the last one waited for."""

    def __init__(self, line: Line) -> None:
        self._line, self._from = line, 0

    @property
    def heard(self) -> list[str]:
        return list(self._line.heard)

    async def hears(self, prompt: str, limit_s: float = 90.0) -> None:
        async with asyncio.timeout(limit_s):
            while prompt not in self._line.heard[self._from :]:
                if self._line.over.done():
                    raise AssertionError(f"the call ended; heard {self._line.heard[self._from:]}, not {prompt}")
                await self._line.changed.wait()
        self._from = self._line.heard.index(prompt, self._from) + 1

    async def presses(self, keys: str) -> None:
        self._line.keys.extend(keys)
        self._line.pressed.set()

    async def speaks(self, seconds: float) -> None:
        """Say something for as long, then be silent."""
        self._line.speaking = True
        await asyncio.sleep(seconds)
        self._line.spoken_s += seconds if self._line.recording else 0
        self._line.speaking = False

    async def hangs_up(self) -> None:
        if not self._line.over.done():
            self._line.over.set_result(CallerHungUp)
            self._line.tell("(hung up)")

    async def is_cut(self) -> None:
        """Asterisk's absolute limit fires."""
        self._line.over.set_result(CutByLimit)

    async def ends(self, limit_s: float = 90.0) -> None:
        """Wait until the switchboard ends the call."""
        async with asyncio.timeout(limit_s):
            while not self._line.ended_by_us:
                await self._line.changed.wait()


class TestAgent:
    """An agent's phone. `will`: answer, busy, decline, ignore, absent, vanish (answers and is gone at once)."""

    __test__ = False

    def __init__(self, name: str, will: str = "answer", after_s: float = 3.0) -> None:
        self.name, self.will, self.after_s = name, will, after_s
        self.heard: list[str] = []
        self.shown: list[str] = []
        self.rung = 0
        self.leg: TestAgentLeg | None = None
        self._answered = asyncio.Event()

    async def answers(self, limit_s: float = 90.0) -> None:
        """Wait until this agent talks with a caller."""
        async with asyncio.timeout(limit_s):
            await self._answered.wait()

    async def hangs_up(self) -> None:
        assert self.leg
        await self.leg.hang_up()

    def joined(self) -> None:
        self._answered.set()


class TestAgentLeg:
    __test__ = False

    def __init__(self, agent: TestAgent, channel: str) -> None:
        self.agent, self.channel = agent.name, channel
        self.phone = agent
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def whisper(self, prompts: Prompts) -> bool:
        for prompt in prompts:
            await asyncio.wait({self.over}, timeout=PROMPT_S)
            if self.over.done():
                return False
            self.phone.heard.append(prompt)
        return True

    async def hang_up(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


_NOT: dict[str, Any] = {"busy": "busy", "decline": "declined", "ignore": "no_answer", "absent": "unreachable"}


class TestLeg:
    """The caller's leg as the conversation under test sees it."""

    __test__ = False

    def __init__(self, arrival: Arrival, agents: dict[str, TestAgent], signalled: Signalled) -> None:
        self.arrival, self.language = arrival, "ja"
        self.when_answered: Callable[[], None] = lambda: None
        self.line = Line()
        self.me = Me(self.line)
        self.closed = False
        self._agents, self._signalled = agents, signalled
        self._legs = self._messages = 0
        self._kept: Message | None = None
        self._held_since = 0.0

    # ---- waiting -------------------------------------------------------------------------------

    def _end(self) -> CallEnded:
        why = self.line.over.result()
        if why is CutByLimit:
            self.line.over = asyncio.get_running_loop().create_future()
        return why()

    async def _wait(self, *wanted: "asyncio.Future[Any]", limit_s: float | None = None) -> bool:
        """True when one of `wanted` is done, False at the limit; raises at the end of the call."""
        if self.line.over.done():
            raise self._end()
        await asyncio.wait({self.line.over, *wanted}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        if any(w.done() for w in wanted):
            return True
        if self.line.over.done():
            raise self._end()
        return False

    async def until(self, awaitable: Awaitable[T]) -> T:
        wanted = asyncio.ensure_future(awaitable)
        try:
            await self._wait(wanted)
            return wanted.result()
        except BaseException:
            wanted.cancel()
            await asyncio.gather(wanted, return_exceptions=True)
            raise

    async def _key(self, limit_s: float) -> bool:
        """True when a key is there within the limit."""
        if self.line.keys:
            return True
        self.line.pressed.clear()
        pressed = asyncio.ensure_future(self.line.pressed.wait())
        try:
            return await self._wait(pressed, limit_s=limit_s)
        finally:
            pressed.cancel()

    async def _play(self, prompts: Sequence[str], *, stop_on_key: bool) -> None:
        if not self.line.answered:
            if self.line.over.done():
                raise self._end()
            self.line.answered = True
            self.when_answered()
        for prompt in prompts:
            if stop_on_key:
                if await self._key(PROMPT_S):
                    return
            else:
                await self._wait(limit_s=PROMPT_S)
            self.line.tell(prompt)

    # ---- verbs ---------------------------------------------------------------------------------

    async def refuse(self, cause: int) -> None:
        self.line.refused = cause
        self._we_end()

    async def say(self, prompts: Prompts, *, skippable: bool = False) -> None:
        await self._play(prompts, stop_on_key=skippable)

    async def menu(self, prompts: Prompts, *, wait_s: float) -> str:
        await self._play(prompts, stop_on_key=True)
        return self.line.keys.popleft() if await self._key(wait_s) else ""

    async def collect(self, prompts: Prompts, *, most: int, wait_s: float, gap_s: float) -> str:
        await self._play(prompts, stop_on_key=True)
        digits, limit_s = "", wait_s
        while len(digits) < most and await self._key(limit_s):
            key = self.line.keys.popleft()
            if key == "#":
                break
            digits, limit_s = digits + key, gap_s
        return digits

    async def record(self, prompts: Prompts, *, most_s: int, silence_s: int) -> Message | None:
        await self._play([*prompts, "beep"], stop_on_key=False)
        self._messages += 1
        self.line.recording, self.line.spoken_s = True, 0.0
        started = asyncio.get_running_loop().time()
        try:
            while asyncio.get_running_loop().time() - started < most_s:
                if await self._key(silence_s) or not self.line.speaking:
                    break
        except CallEnded:
            self._kept = self._message(partial=True)
            raise
        finally:
            self.line.recording = False
        self.line.keys.clear()
        return self._message(partial=False)

    def _message(self, *, partial: bool) -> Message | None:
        spoken_s = self.line.spoken_s + (1.0 if self.line.speaking else 0.0)
        return Message(f"{self.arrival.call_id}-{self._messages}.wav", spoken_s, partial) if spoken_s >= 0.8 else None

    async def kept_message(self) -> Message | None:
        return self._kept

    async def please_hold(self, prompts: Prompts) -> None:
        self.line.holding, self._held_since = True, asyncio.get_running_loop().time()
        await self._play(prompts, stop_on_key=False)
        self.line.keys.clear()

    async def bye(self, prompts: Prompts = ()) -> None:
        try:
            await self._play(prompts, stop_on_key=False)
            self._we_end()
        except CallEnded:
            pass

    def _we_end(self) -> None:
        self.line.ended_by_us = True
        if not self.line.over.done():
            self.line.over.set_result(CallerHungUp)
        self.line.tell("(ended)")

    async def signalled(self) -> Signalled:
        return self._signalled

    # ---- a human -------------------------------------------------------------------------------

    async def ring(self, agent: str, *, timeout_s: float, shown: str) -> AgentLeg | NotAnswered:
        phone = self._agents[agent]
        self._legs += 1
        if phone.will == "absent":
            return NotAnswered("unreachable")
        phone.rung += 1
        phone.shown.append(shown)
        if phone.will in _NOT:
            await self._wait(limit_s=timeout_s if phone.will == "ignore" else 1.0)
            return NotAnswered(_NOT[phone.will])
        await self._wait(limit_s=phone.after_s)
        phone.leg = TestAgentLeg(phone, f"{self.arrival.call_id}-{self._legs}")
        if phone.will == "vanish":
            await phone.leg.hang_up()
        return phone.leg

    async def join(self, agent: AgentLeg) -> None:
        assert isinstance(agent, TestAgentLeg)
        if self.line.over.done():
            raise self._end()
        if agent.over.done():
            raise LookupError(agent.agent)
        agent.phone.joined()

    async def rejoin(self, agent: str, channel: str) -> AgentLeg:
        leg = self._agents[agent].leg
        assert leg
        return leg

    async def talk(self, agent: AgentLeg) -> Talk:
        assert isinstance(agent, TestAgentLeg)
        started = asyncio.get_running_loop().time()
        await asyncio.wait({agent.over, self.line.over}, return_when=asyncio.FIRST_COMPLETED)
        by_caller = self.line.over.done()
        await agent.hang_up()
        self.line.keys.clear()
        return Talk("caller" if by_caller else "agent", asyncio.get_running_loop().time() - started)

    async def spell(self, number: str) -> str:
        return "spelt:" + number

    async def recording(self) -> Recording | None:
        if not self.line.holding:
            return None
        seconds = asyncio.get_running_loop().time() - self._held_since
        return Recording(f"{self.arrival.call_id}.wav", seconds, int(seconds * 32000), "0" * 64)

    async def close(self) -> None:
        self.closed = True
