"""The suite of both telephones, here on a real Asterisk with real SIP phones."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import cast

import pytest
from sqlalchemy import Connection

from smartdesk_pbx import trial
from smartdesk_pbx.contract import events
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office.seed import SLUG
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import case
from smartdesk_pbx.store.case import CaseFile
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.snapshot import from_file
from smartdesk_pbx.trial.prompts import Prompts
from smartdesk_pbx.trial.softphone import Mode
from smartdesk_pbx.trial.sound import RATE, Sound
from tests.asterisk.board import Board
from tests.suite import CONVERSATIONS, Agent, Bench, Caller, Outside

LIMIT_S = 60.0
"""Of every wait. A wait that succeeds takes as long as the conversation does."""
PIECE_S, SHORTEST_S, PIECES = 1.5, 0.6, 3
"""A prompt is recognised by any of its first pieces: an Asterisk that is short of CPU stalls for a tenth of a second
in the middle of one (measured), and a piece with a stall in it is like nothing."""
LATEST = 5
"""Among so many newest cases a caller's own is looked for: one call is made after the other here."""
CALLER_HZ, OUTSIDE_HZ, AGENTS_HZ = 437.0, 971.0, {"agent1": 883.0, "agent2": 1193.0}
OTHER = 1
"""The number that a conversation may let another flow answer; the first one keeps the demo's."""
WITHHELD = "0311110099"
"""What the network asserts about the caller whose number is withheld; it must reach no case."""


def pieces(sound: Sound) -> list[Sound]:
    """The first pieces of a prompt, one after the other; of a short prompt its halves, of a tone the whole."""
    first, last = sound.voiced
    length = min(round(PIECE_S * RATE), (last - first) // 2)
    if length < SHORTEST_S * RATE:
        return [sound]
    cut = [Sound(sound.name, sound.samples[first + n * length : first + (n + 1) * length]) for n in range(PIECES)]
    return [piece for piece in cut if len(piece.head(None)) >= SHORTEST_S * RATE]


async def recognises(ear: trial.Ear, sounds: Sequence[Sound]) -> str:
    """Wait for the first of `sounds`; its name. Raises `NotHeard`."""
    searched = [piece for sound in sounds for piece in pieces(sound)]
    return (await ear.hears(*searched, timeout_s=LIMIT_S, least_s=None)).name


@dataclass(eq=False)
class SipCaller:
    """A phone outside, in one call."""

    phone: trial.Caller
    prompts: Prompts

    async def hears(self, *prompts: str) -> str:
        return await recognises(self.phone.ear, [self.prompts[prompt] for prompt in prompts])

    async def presses(self, keys: str) -> None:
        await self.phone.press(keys)

    async def speaks(self, seconds: float) -> None:
        self.phone.say_tone(CALLER_HZ)
        await asyncio.sleep(seconds)
        self.phone.say_tone(None)

    async def hangs_up(self) -> None:
        await self.phone.hang_up()

    async def ends(self) -> None:
        assert (await self.phone.ended(LIMIT_S)).by == "them"


class SipAgent:
    """A registered softphone and the person who is ready at it."""

    def __init__(self, phone: trial.Softphone, board: Board) -> None:
        self.name = phone.user
        self.facing: SipCaller | None = None
        """Whose call is the latest on the bench."""
        self._phone, self._board = phone, board
        self._call: trial.Incoming | None = None

    @property
    def will(self) -> str:
        return self._phone.mode

    @will.setter
    def will(self, what: str) -> None:
        self._phone.mode = cast(Mode, what)

    async def hears(self, prompt: str) -> None:
        call = await self._called()
        await recognises(call.ear, [self._board.prompts[prompt]])

    async def answers(self) -> None:
        call = await self._called()
        assert self.facing
        caller, hz = self.facing.phone, AGENTS_HZ[self.name]
        caller.say_tone(CALLER_HZ)
        await asyncio.gather(
            caller.ear.hears_tone(hz, timeout_s=LIMIT_S), call.ear.hears_tone(CALLER_HZ, timeout_s=LIMIT_S)
        )
        caller.say_tone(None)

    async def hangs_up(self) -> None:
        await (await self._called()).hang_up()

    async def pauses(self) -> None:
        await self._board.ask("agent.pause", agent=self.name, reason="break")

    async def _called(self) -> trial.Incoming:
        """The call that is there, or the next one."""
        if self._call is None or self._call.ending:
            self._call = await self._phone.rings(LIMIT_S)
        return self._call


class SipOutside:
    """The subscriber's own telephone, on the far side of the trunk."""

    def __init__(self, board: Board) -> None:
        self.facing: SipCaller | None = None
        self.phone: trial.Softphone | None = None
        self._board = board
        self._call: trial.Incoming | None = None

    async def takes_the_call(self) -> None:
        assert self.phone and self.facing
        call = self._call = await self.phone.rings(LIMIT_S)
        await call.answer()
        await recognises(call.ear, [self._board.prompts["outside-screening"]])
        await call.press("1")
        caller = self.facing.phone
        caller.say_tone(CALLER_HZ)
        await asyncio.gather(
            caller.ear.hears_tone(OUTSIDE_HZ, timeout_s=LIMIT_S), call.ear.hears_tone(CALLER_HZ, timeout_s=LIMIT_S)
        )
        caller.say_tone(None)

    async def hangs_up(self) -> None:
        assert self._call
        await self._call.hang_up()


class SipBench:
    """The demo of a running switchboard. What it wrote down is read from its store, beside the running daemon."""

    def __init__(self, board: Board, store: Store, agents: Sequence[SipAgent], stack: AsyncExitStack) -> None:
        self.agents: Sequence[Agent] = agents
        self.outside: Outside = SipOutside(board)
        settings = Settings(home=board.home)
        route = next(r for r in from_file(settings.snapshot_file).routes.values() if r.subscriber == SLUG)
        self.threshold = route.settings.direct_transfer_threshold
        self.name, self.emergency = route.announced_prompt or "", route.emergency_prompt or ""
        keys = load_keys(board.home)
        self._sealer = Sealer(keys.master, keys.installation)
        self._board, self._store, self._people, self._stack = board, store, agents, stack
        self._outside: trial.Sipp | None = None

    async def meets(self, flow: str) -> int:
        assert isinstance(self.outside, SipOutside)
        if self.outside.phone is None:
            phone = self._board.outside(mode="wait", tone_hz=OUTSIDE_HZ)
            self.outside.phone = await self._stack.enter_async_context(phone)
        await self._board.meets(flow, number=OTHER, allowed_destinations="+8190")
        return OTHER

    async def call(self, *, number: int = 0, from_: str | None = "0311110000") -> SipCaller:
        if self._outside is None:
            self._outside = await self._stack.enter_async_context(trial.Sipp(self._board.sip))
        withheld = {"privacy": True, "pai": WITHHELD} if from_ is None else {"from_number": from_}
        dialled = (await self._board.ask("number.list"))[number]["number"]
        phone = await self._stack.enter_async_context(self._board.caller(dialled, sipp=self._outside, **withheld))
        me = SipCaller(phone, self._board.prompts)
        for agent in self._people:
            agent.facing = me
        assert isinstance(self.outside, SipOutside)
        self.outside.facing = me
        await phone.dial()
        return me

    async def case(self, caller: Caller) -> CaseFile:
        assert isinstance(caller, SipCaller)
        sip_call_id = caller.phone.call_id

        def look(connection: Connection) -> CaseFile | None:
            over = [f for f in case.listing(connection, limit=LATEST) if f.closed_at or (f.ended_at and f.human_at)]
            return next((f for f in over if self._sip_call_id(connection, f) == sip_call_id), None)

        found = await self._board.until(lambda: self._store.read_now(look), "the case is not over", LIMIT_S)
        assert isinstance(found, CaseFile)
        return found

    def _sip_call_id(self, connection: Connection, file: CaseFile) -> str | None:
        facts = [stored.fact for stored in case.events_of(connection, self._sealer, file.call_id)]
        return next((f.sip_call_id for f in facts if isinstance(f, events.CallSignalled)), None)

    async def events(self, caller: Caller) -> Sequence[events.CaseEvent | events.Judged | events.Reclassified]:
        call_id = (await self.case(caller)).call_id
        stored = await self._store.read(lambda c: case.events_of(c, self._sealer, call_id))
        return [one.fact for one in stored]

    async def state(self, agent: Agent) -> str:
        return str((await self._board.ask("agent.show", agent=agent.name))["state"])


@asynccontextmanager
async def bench_on(board: Board) -> AsyncIterator[SipBench]:
    """Both agents at work anew, so that no wrap-up, pause or phone of the conversation before is left."""
    store = Store.open(Settings(home=board.home))
    try:
        async with AsyncExitStack() as stack:
            phones = [await stack.enter_async_context(board.agent(n, tone_hz=hz)) for n, hz in AGENTS_HZ.items()]
            yield SipBench(board, store, [SipAgent(phone, board) for phone in phones], stack)
    finally:
        await store.close()


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c.__name__)
async def test_suite(conversation: Callable[[Bench], Awaitable[None]], board: Board) -> None:
    async with bench_on(board) as bench:
        await conversation(bench)
