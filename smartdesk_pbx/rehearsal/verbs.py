"""The verbs of the telephone without sound: playing, keys, messages, and waiting. `phone.py` adds the people."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from smartdesk_pbx.call.phone import Arrival, Message, Prompts, Signalled
from smartdesk_pbx.errors import CallEnded, CallerHungUp, CutByLimit
from smartdesk_pbx.flow.verbs import LEAST_SPOKEN_S
from smartdesk_pbx.rehearsal.people import PROMPT_S, Line, Me

T = TypeVar("T")


class RehearsedVerbs:
    """What the caller hears, presses and says. `faults`: verbs that raise instead."""

    def __init__(self, arrival: Arrival, signalled: Signalled, line: Line | None = None) -> None:
        self.arrival, self.language = arrival, "ja"
        self.when_answered: Callable[[], None] = lambda: None
        self.line = line or Line()
        self.me = Me(self.line)
        self.closed = False
        self.faults: dict[str, Exception] = {}
        self._adopted = line is not None
        self._signalled = signalled

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

    def _fault(self, verb: str) -> None:
        if verb in self.faults:
            raise self.faults.pop(verb)

    async def _run(self, verb: str, work: Coroutine[Any, Any, T]) -> T:
        """A verb: it outlives whoever waits for it, and an adopted leg takes the result of the one that runs."""
        if verb in self.faults:
            work.close()
            raise self.faults.pop(verb)
        adopted, self._adopted = self._adopted, False
        if adopted and self.line.verb and self.line.verb[0] == verb:
            work.close()
        else:
            self.line.verb = (verb, asyncio.ensure_future(work))
        result: T = await asyncio.shield(self.line.verb[1])
        return result

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
            self.line.answered_s = asyncio.get_running_loop().time()
            self.when_answered()
        for prompt in prompts:
            if stop_on_key:
                if await self._key(PROMPT_S):
                    return
            else:
                await self._wait(limit_s=PROMPT_S)
            self.line.tell(prompt, self.language)

    # ---- verbs ---------------------------------------------------------------------------------

    async def refuse(self, cause: int) -> None:
        self.line.refused = cause
        self._we_end()

    async def say(self, prompts: Prompts, *, skippable: bool = False) -> None:
        await self._run("say", self._play(prompts, stop_on_key=skippable))

    async def menu(self, prompts: Prompts, *, wait_s: float) -> str:
        return await self._run("menu", self._menu(prompts, wait_s))

    async def _menu(self, prompts: Prompts, wait_s: float) -> str:
        await self._play(prompts, stop_on_key=True)
        return self.line.keys.popleft() if await self._key(wait_s) else ""

    async def collect(self, prompts: Prompts, *, most: int, wait_s: float, gap_s: float) -> str:
        return await self._run("collect", self._collect(prompts, most, wait_s, gap_s))

    async def _collect(self, prompts: Prompts, most: int, wait_s: float, gap_s: float) -> str:
        await self._play(prompts, stop_on_key=True)
        digits, limit_s = "", wait_s
        while len(digits) < most and await self._key(limit_s):
            key = self.line.keys.popleft()
            if key == "#":
                break
            digits, limit_s = digits + key, gap_s
        return digits

    async def record(self, prompts: Prompts, *, most_s: int, silence_s: int) -> Message | None:
        return await self._run("record", self._record(prompts, most_s, silence_s))

    async def _record(self, prompts: Prompts, most_s: int, silence_s: int) -> Message | None:
        await self._play([*prompts, "beep"], stop_on_key=False)
        self.line.messages += 1
        self.line.recording, self.line.spoken_s = True, 0.0
        started = asyncio.get_running_loop().time()
        try:
            while asyncio.get_running_loop().time() - started < most_s:
                if await self._key(silence_s) or not self.line.speaking:
                    break
        except CallEnded:
            self.line.kept = self._message(partial=True)
            raise
        finally:
            self.line.recording = False
        self.line.keys.clear()
        return self._message(partial=False)

    def _message(self, *, partial: bool) -> Message | None:
        spoken_s = self.line.spoken_s + (1.0 if self.line.speaking else 0.0)
        name = f"{self.arrival.call_id}-{self.line.messages}.wav"
        return Message(name, spoken_s, partial) if spoken_s >= LEAST_SPOKEN_S else None

    async def kept_message(self) -> Message | None:
        self._fault("kept_message")
        return self.line.kept

    async def please_hold(self, prompts: Prompts, *, wait_s: float) -> None:
        await self._run("hold", self._hold(prompts))

    async def _hold(self, prompts: Prompts) -> None:
        self.line.held_since = self.line.held_since or asyncio.get_running_loop().time()
        await self._play(prompts, stop_on_key=False)
        self.line.keys.clear()

    async def please_wait(self, prompts: Prompts, *, wait_s: float) -> None:
        await self._run("wait", self._wait_there(prompts))

    async def _wait_there(self, prompts: Prompts) -> None:
        await self._play(prompts, stop_on_key=False)
        self.line.keys.clear()

    async def bye(self, prompts: Prompts = ()) -> None:
        try:
            await self._run("bye", self._play(prompts, stop_on_key=False))
            self._we_end()
        except CallEnded:
            pass

    def _we_end(self) -> None:
        self.line.ended_by_us = True
        if not self.line.over.done():
            self.line.over.set_result(CallerHungUp)
        self.line.tell("(ended)")

    async def signalled(self) -> Signalled:
        self._fault("signalled")
        return self._signalled
