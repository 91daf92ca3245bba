"""The simulation and a real Asterisk walk the same steps: random flows and callers, all calls at the same time."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import Connection, select

from smartdesk_pbx import trial
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import START
from smartdesk_pbx.flow.walk import step
from smartdesk_pbx.flow.world import World
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import case
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_event
from smartdesk_pbx.trial import NotSoFar
from tests.asterisk.board import Board
from tests.differential import ACT_S, SHARED_FLOW, SPEAKS_S, Example, drawn, noted, read, simulated

EXAMPLES = 40
LOOK_S = 0.1
"""How often the ledger is looked at for new steps, for all calls at once."""
CALLER_HZ, OUTSIDE_HZ = 437.0, 971.0
LIMIT_S = 120


class Ledger:
    """What the daemon wrote down, read beside it: where each call stands."""

    def __init__(self, store: Store) -> None:
        self.positions: dict[UUID, list[str]] = defaultdict(list)
        """Of each call, its steps' positions in order."""
        self.read_once = False
        self._store = store
        self._seen = -1
        self._news = asyncio.Event()

    async def watch(self) -> None:
        """For ever."""
        while True:
            await asyncio.to_thread(self._store.read_now, self._look)
            self.read_once = True
            news, self._news = self._news, asyncio.Event()
            news.set()
            await asyncio.sleep(LOOK_S)

    def _look(self, connection: Connection) -> None:
        """New steps. All calls here belong to one subscriber, thus to one chain."""
        steps = select(case_event.c.chain_seq, case_event.c.call_id, case_event.c.open)
        steps = steps.where(case_event.c.kind == "flow.step", case_event.c.chain_seq > self._seen)
        for row in connection.execute(steps.order_by(case_event.c.chain_seq)):
            self._seen = row.chain_seq
            self.positions[row.call_id].append(json.loads(row.open)["position"])

    async def more(self, call: UUID, than: int) -> None:
        while len(self.positions[call]) <= than:
            await self._news.wait()

    async def fresh(self, known: set[UUID]) -> UUID:
        """The call that is not known yet."""
        while not (new := self.positions.keys() - known):
            await self._news.wait()
        [call] = new
        return call


class Outside:
    """The subscriber's telephones, one for each call: take it or not, each time in turn, and hang up at once."""

    def __init__(self, phone: trial.Softphone) -> None:
        self._phone = phone
        self._takes: dict[str, Any] = {}
        self._calls = set[asyncio.Task[None]]()

    def at(self, number: str, takes: tuple[bool, ...]) -> None:
        self._takes[number] = iter(takes)

    async def attend(self) -> None:
        """For ever."""
        while True:
            with suppress(NotSoFar):
                call = await self._phone.rings()
                self._calls.add(task := asyncio.create_task(self._one(call)))
                task.add_done_callback(self._calls.discard)

    async def _one(self, call: trial.Incoming) -> None:
        if not next(self._takes[call.dialled]):
            await call.refuse(603)
            return
        await call.answer()
        await call.press("1")
        await call.ear.hears_tone(CALLER_HZ, timeout_s=30)
        await call.hang_up()


@pytest.fixture
async def ledger(board: Board) -> AsyncIterator[Ledger]:
    store = Store.open(Settings(home=board.home))
    one = Ledger(store)
    watching = asyncio.create_task(one.watch())
    try:
        yield one
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await store.close()


@pytest.fixture
async def outside(board: Board) -> AsyncIterator[Outside]:
    async with board.outside(mode="wait", tone_hz=OUTSIDE_HZ) as phone:
        one = Outside(phone)
        attending = asyncio.create_task(one.attend())
        try:
            yield one
        finally:
            attending.cancel()
            await asyncio.gather(attending, return_exceptions=True)


@pytest.fixture
async def crm() -> AsyncIterator[int]:
    """The port of the subscriber's system, which answers the last part of the path."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=request.path.rpartition("/")[2])

    app = web.Application()
    app.router.add_get("/{word}", answer)
    async with TestServer(app) as server:
        yield server.port or 0


async def behave(me: trial.Caller, call: UUID, tree: Tree, example: Example, ledger: Ledger, board: Board) -> None:
    """The caller: acts at each step, a little after it was seen. While nothing else is said the caller hums, for that
    is how the telephone outside knows that the two were joined."""
    acted = 0
    while me.ending is None:
        await ledger.more(call, acted)
        acted = len(ledger.positions[call])
        await asyncio.sleep(ACT_S)
        if len(ledger.positions[call]) > acted:
            continue
        verb = step(tree, Position.decode(ledger.positions[call][-1]), START).verb
        act = example.act(acted - 1, verb)
        me.say_tone(CALLER_HZ if type(verb).__name__ == "Reach" else None)
        if act and act.kind == "type":
            await me.press(act.keys)
        elif act and act.kind == "speak":
            me.ear.forget()
            await me.ear.hears(board.prompts["beep"], least_s=0.3, timeout_s=20)
            me.say_tone(CALLER_HZ)
            await asyncio.sleep(SPEAKS_S)
            me.say_tone(None)
            await me.press("#")
        elif act:
            await me.hang_up()
            return


@pytest.fixture
async def lines(board: Board) -> AsyncIterator[Callable[..., Awaitable[trial.Caller]]]:
    """Phones outside, as many as are asked for; nothing of them is left."""
    async with AsyncExitStack() as stack:
        sipp = await stack.enter_async_context(trial.Sipp(board.sip))

        async def line(number: str, from_number: str) -> trial.Caller:
            return await stack.enter_async_context(board.caller(number, sipp=sipp, from_number=from_number))

        yield line


async def test_the_simulation_is_what_happens_on_asterisk(
    board: Board, ledger: Ledger, outside: Outside, crm: int, lines: Callable[..., Awaitable[trial.Caller]]
) -> None:
    await board.meets(SHARED_FLOW, number=None, allowed_destinations="+8190", lookup_hosts=f"127.0.0.1:{crm}")
    await board.until(lambda: ledger.read_once, "the ledger was not read")
    expected: dict[UUID, Any] = {}
    people: list[asyncio.Task[None]] = []
    examples = drawn(EXAMPLES)
    for n, example in enumerate(examples):
        known, number, caller = set(ledger.positions), f"+8190{n:08}", f"03122{n:05}"
        text = example.flow(f"http://127.0.0.1:{crm}", number)
        tree = read(text)
        outside.at(number, example.outside)
        dialled = await board.meets(text)
        me = await lines(dialled, caller)
        await me.dial()
        call = await asyncio.wait_for(ledger.fresh(known), 10)
        people.append(asyncio.create_task(behave(me, call, tree, example, ledger, board)))
        expected[call] = simulated(example, tree, world(board, example, tree, dialled, f"+81{caller[1:]}"))
    await board.until(lambda: not board.channels(), "a call goes on", LIMIT_S)
    for person in people:
        person.cancel()
    wrong = []
    for example, (call, wanted) in zip(examples, expected.items(), strict=True):
        found = await told(board, call)
        if found != wanted:
            wrong.append(f"{example}\nreal:      {found}\nsimulated: {wanted}")
    assert not wrong, "\n".join(wrong)


def world(board: Board, example: Example, tree: Tree, number: str, caller: str) -> World:
    """What the simulation takes for granted: the demo contract, nobody at work, prompts as long as they are."""
    seconds = {name: board.prompts[name].seconds for name in ("silence-1", "beep")}
    return World(
        datetime.now(UTC), CallerFacts(caller), number=number, language="ja", agents=0, outside=example.outside,
        lookups=example.lookups(tree), seconds=lambda _, prompt: seconds.get(prompt, 1.0),
    )  # fmt: skip


async def told(board: Board, call: UUID) -> Any:
    """Steps and facts of a case, once it is closed."""
    await board.closed(str(call))
    keys = load_keys(board.home)
    store = Store.open(Settings(home=board.home))
    try:
        facts = await store.read(lambda c: case.events_of(c, Sealer(keys.master, keys.installation), call))
    finally:
        await store.close()
    return noted([one.fact for one in facts])
