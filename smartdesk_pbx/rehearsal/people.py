"""The people of skipped time: a caller on a line, and agents at their phones."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from smartdesk_pbx.call.phone import Message, Prompts
from smartdesk_pbx.errors import CallEnded, CallerHungUp, CutByLimit

PROMPT_S = 2.0
"""How long every prompt lasts."""


def _future() -> "asyncio.Future[Any]":
    return asyncio.get_running_loop().create_future()


@dataclass
class Line:
    """What caller and switchboard share. It outlives a daemon, like a channel, with the verb that runs on it."""

    heard: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    """Of what was heard, in the same order; "" for what is no prompt."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    keys: deque[str] = field(default_factory=deque)
    pressed: asyncio.Event = field(default_factory=asyncio.Event)
    over: "asyncio.Future[type[CallEnded]]" = field(default_factory=_future)
    verb: tuple[str, "asyncio.Future[Any]"] | None = None
    answered: bool = False
    refused: int | None = None
    ended_by_us: bool = False
    speaking: bool = False
    spoken_s: float = 0.0
    recording: bool = False
    kept: Message | None = None
    messages: int = 0
    discarded: list[str] = field(default_factory=list)
    """Messages that were deleted, by file."""
    held_since: float | None = None
    """When the case's recording began."""
    answered_s: float | None = None
    """Running time of the answer."""
    with_agent: str | None = None
    """Whom the caller talks with, or has talked with last."""

    def lose_verb(self) -> None:
        """The verb that runs is forgotten: the next daemon has to carry it out again."""
        if self.verb:
            self.verb[1].cancel()
        self.verb = None

    def tell(self, what: str, language: str = "") -> None:
        """The caller heard something."""
        self.heard.append(what)
        self.languages.append(language)
        self.wake()

    def wake(self) -> None:
        """Whoever waits for a change looks again."""
        self.changed.set()
        self.changed = asyncio.Event()


class NotHeard(Exception):
    """A caller waited for something, and the call ended without it."""


class Me:
    """The caller. `hears` waits for a prompt played to its end after the last one waited for."""

    def __init__(self, line: Line) -> None:
        self._line, self._from = line, 0

    @property
    def heard(self) -> list[str]:
        return list(self._line.heard)

    def language_of(self, prompt: str) -> str:
        """In which language it was heard last."""
        return next(said for said, of in zip(self._line.languages[::-1], self.heard[::-1], strict=True) if of == prompt)

    @property
    def answered(self) -> bool:
        return self._line.answered

    @property
    def talked_with(self) -> str | None:
        """The agent."""
        return self._line.with_agent

    @property
    def refused(self) -> int | None:
        """The Q.850 cause of a call that was refused unanswered."""
        return self._line.refused

    def forgets(self) -> None:
        """From now on only what comes is waited for."""
        self._from = len(self._line.heard)

    async def hears(self, *prompts: str, limit_s: float = 90.0) -> str:
        """The first of `prompts` that is heard."""
        async with asyncio.timeout(limit_s):
            while not (found := [p for p in self._line.heard[self._from :] if p in prompts]):
                if self._line.over.done() and self._line.over.result() is not CutByLimit:
                    raise NotHeard(f"the call ended; heard {self._line.heard[self._from :]}, not {prompts}")
                await self._line.changed.wait()
        self._from = self._line.heard.index(found[0], self._from) + 1
        return found[0]

    async def meets(self, *prompts: str, limit_s: float = 600.0) -> str:
        """The agent whom the caller talks with from then on, or the first of `prompts` that is heard instead."""
        async with asyncio.timeout(limit_s):
            while self._line.with_agent is None:
                if found := [p for p in self._line.heard[self._from :] if p in prompts]:
                    self._from = self._line.heard.index(found[0], self._from) + 1
                    return found[0]
                if self._line.over.done():
                    raise NotHeard("the call ended, and nobody talked with the caller")
                await self._line.changed.wait()
        return self._line.with_agent

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


class RehearsedAgent:
    """An agent's phone. `will`: answer, busy, decline, no_answer, absent, or vanish (answers and is gone at once)."""

    def __init__(self, name: str, will: str = "answer", after_s: float = 3.0) -> None:
        self.name, self.will, self.after_s = name, will, after_s
        self.heard: list[str] = []
        self.shown: list[str] = []
        self.rung = 0
        self.legs: list[RehearsedAgentLeg] = []
        self._changed = asyncio.Event()
        self._talks = self._awaited = 0

    @property
    def leg(self) -> "RehearsedAgentLeg | None":
        """The latest call."""
        return self.legs[-1] if self.legs else None

    def rings(self) -> None:
        self.rung += 1
        self._wake()

    def takes(self, channel: str) -> "RehearsedAgentLeg":
        """Pick up. Nobody can be in two calls."""
        if any(leg.live for leg in self.legs):
            raise RuntimeError(f"{self.name} was given a second call")
        self.legs.append(RehearsedAgentLeg(self, channel))
        return self.legs[-1]

    def joined(self) -> None:
        self._talks += 1
        self._wake()

    async def is_rung(self, limit_s: float = 90.0) -> None:
        """Wait until the phone has rung at least once."""
        await self._until(lambda: self.rung > 0, limit_s)

    async def hears(self, prompt: str, limit_s: float = 90.0) -> None:
        """Wait until a whisper was heard to its end."""
        await self._until(lambda: prompt in self.heard, limit_s)

    async def answers(self, limit_s: float = 90.0) -> None:
        """Wait until this agent talks with a caller, one more each time."""
        await self._until(lambda: self._talks > self._awaited, limit_s)
        self._awaited += 1

    async def hangs_up(self) -> None:
        if self.leg is None:
            raise RuntimeError(f"{self.name} was in no call")
        await self.leg.hang_up()

    def listens(self, prompt: str) -> None:
        self.heard.append(prompt)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, true: Callable[[], bool], limit_s: float) -> None:
        async with asyncio.timeout(limit_s):
            while not true():
                await self._changed.wait()


class RehearsedAgentLeg:
    """One call to an agent's phone that was picked up."""

    def __init__(self, agent: RehearsedAgent, channel: str) -> None:
        self.agent, self.channel = agent.name, channel
        self.phone = agent
        self.over: asyncio.Future[None] = _future()

    @property
    def live(self) -> bool:
        return not self.over.done()

    async def whisper(self, prompts: Prompts) -> bool:
        for prompt in prompts:
            await asyncio.wait({self.over}, timeout=PROMPT_S)
            if self.over.done():
                return False
            self.phone.listens(prompt)
        return True

    async def hang_up(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
