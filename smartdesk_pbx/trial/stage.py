"""What a story is played on: a running switchboard, its API and CLI, and what is expected of it step by step."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from rich.text import Text

from smartdesk_pbx.audio.catalogue import read_manifest
from smartdesk_pbx.contract.numbers import mask, national
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.office.seed import SLUG
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.snapshot import Route, from_file
from smartdesk_pbx.trial.caller import Caller
from smartdesk_pbx.trial.ear import Ear, NotHeard
from smartdesk_pbx.trial.line import NotSoFar
from smartdesk_pbx.trial.prompts import Prompts
from smartdesk_pbx.trial.softphone import NotRegistered
from smartdesk_pbx.trial.sound import Sound
from smartdesk_pbx.trial.teller import Teller, short

LEAST_KNOWN_S = 1.2
"""Shorter sounds (digits, tones) are not named when something unexpected was heard: they resemble too much."""
STEP_S = 8.0
"""How long a step that takes no time may take."""
NAME, EMERGENCY = "announced-name", "emergency-number"
"""The subscriber's own sounds, as the story calls them."""


class StoryBroke(Exception):
    """A step did not happen in time: one line with what was expected and what came instead."""


class Ask(Protocol):
    """One operation of the daemon's API, answered as JSON values. Raises `RuleBroken`, `EdgeDown`."""

    def __call__(self, operation: str, /, **params: object) -> Awaitable[Any]: ...


Run = Callable[..., Awaitable[str]]
"""One command of the CLI, word by word, in a process of its own; what it printed. Raises `EdgeDown`."""


@dataclass(frozen=True)
class Stage:
    """`sip` is the switchboard's HOST:PORT; `program`: how one types the CLI here, `--home` included where needed."""

    settings: Settings
    sip: str
    teller: Teller
    ask: Ask
    run: Run
    program: str

    @cached_property
    def route(self) -> Route:
        """What the demo's main number leads to. Raises `StoryBroke` in a home without the demo's subscriber."""
        for route in self.routes.values():
            if route.subscriber == SLUG:
                return route
        raise StoryBroke(f"{self.settings.home}: no number of the subscriber {SLUG!r} here; choose another --home DIR")

    @cached_property
    def routes(self) -> Mapping[str, Route]:
        """All numbers of this home, E.164, and what they lead to."""
        return from_file(self.settings.snapshot_file).routes

    @property
    def number(self) -> str:
        """The main number as one dials it."""
        return national(self.route.number, self.settings.country)

    @cached_property
    def prompts(self) -> Prompts:
        return Prompts(self.settings, self.route.language)

    def sound(self, prompt: str) -> Sound:
        """A prompt's sound, or `NAME` or `EMERGENCY`, under that name. Raises `StoryBroke`, `RuleBroken`."""
        file = self._own.get(prompt, prompt)
        if file is None:
            raise StoryBroke(f"expected: a spoken {prompt} of the subscriber {SLUG!r}; instead: there is none")
        return Sound(prompt, self.prompts[file].samples)

    def said(self, prompt: str) -> str:
        """What a prompt says, short."""
        if prompt == NAME:
            return short(self.route.announced_name)
        built = read_manifest(self.settings).get(self.route.language, {}).get(prompt)
        return short(built.text) if built and built.text else ""

    async def hears(
        self, who: str, ear: Ear, prompt: str, *, timeout_s: float = STEP_S, least_s: float = 1.2, whole: bool = False
    ) -> float:
        """Wait until an ear has recognised a prompt, and tell it; the running time at which it was heard so far."""
        sound = self.sound(prompt)
        try:
            heard = await ear.hears(sound, timeout_s=timeout_s, least_s=least_s, whole=whole)
        except NotHeard:
            words = f"{who} hears {prompt} {self.said(prompt)}".rstrip()
            raise StoryBroke(f"expected: {words} within {timeout_s:g} s; instead: {self._instead(ear)}") from None
        likeness = Text(f" {min(heard.score, 1.0):.0%}", "dim")
        said = self.said(prompt)
        self.teller.line(who, "hears ", (prompt, "bold"), f" {said}" if said else "", likeness, at_s=heard.at)
        return heard.until

    def _instead(self, ear: Ear) -> str:
        known = [s for s in self.prompts.all() if s.seconds >= LEAST_KNOWN_S and s.head(None).size]
        own = [self.sound(name) for name, file in self._own.items() if file]
        named = ", ".join(h.name for h in ear.transcript([*known, *own], head_s=LEAST_KNOWN_S))
        return f"{ear.seconds:.1f} s of sound, in it {named or 'nothing that is known'}" + (
            f", {ear.over}" if ear.over else ""
        )

    @property
    def _own(self) -> dict[str, str | None]:
        return {NAME: self.route.announced_prompt, EMERGENCY: self.route.emergency_prompt}

    async def dials(self, caller: Caller, from_number: str) -> None:
        """The caller dials the main number; until it is answered."""
        self.teller.line("caller", f"{mask(from_number)} dials {self.number}")
        with expected(f"the call to {self.number} rings and is answered"):
            await caller.dial()
            self.teller.line("caller", "hears it ring", at_s=await caller.ringing())
            await caller.answered()

    async def presses(self, caller: Caller, keys: str, why: str) -> None:
        """The caller presses keys."""
        with expected(f"the caller can press {keys}"):
            began_s = asyncio.get_running_loop().time()
            await caller.press(keys)
        self.teller.line("caller", "presses ", (keys, "bold"), f" ({why})", at_s=began_s)


@contextmanager
def expected(what: str) -> Iterator[None]:
    """What a phone did not do becomes one line."""
    try:
        yield
    except (NotSoFar, NotRegistered, EdgeDown) as error:
        raise StoryBroke(f"expected: {what}; instead: {' '.join(str(error).split())[:400]}") from None


@asynccontextmanager
async def within(what: str, instead: str, limit_s: float = STEP_S) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError:
        raise StoryBroke(f"expected: {what} within {limit_s:g} s; instead: {instead}") from None
