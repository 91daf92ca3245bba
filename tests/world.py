"""A world in skipped time: the real call room, desk and store, and the tests' telephone in place of Asterisk.

When a world is left everybody hangs up, the wrap-up passes, and what must hold after every story is checked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.closing import close_overdue
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Arrival, Leg, Signalled
from smartdesk_pbx.call.primary_response import Answers, respond
from smartdesk_pbx.call.question import AskSystem, nobody_asks
from smartdesk_pbx.call.reception import receive
from smartdesk_pbx.call.recover import take_up
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.numbers import read_caller
from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.flow.load import load as load_flow
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.rehearsal.outside import RehearsedOutside
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from smartdesk_pbx.rehearsal.phone import RehearsedLeg
from smartdesk_pbx.rehearsal.skipped import skipped_clock
from smartdesk_pbx.settings import Settings, share
from smartdesk_pbx.store import case
from smartdesk_pbx.store.case import CaseFile
from smartdesk_pbx.store.facts import StoredFact
from smartdesk_pbx.store.keeper import RoutingKeeper
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.writer import Writer
from tests.closing_check import check_story
from tests.furniture import EMERGENCY, NUMBER, SOURCE, Door, empty_database, furniture
from tests.skipped import EPOCH

__all__ = ["EMERGENCY", "NUMBER", "SOURCE", "World", "world"]

T = TypeVar("T")
E = TypeVar("E", bound=events.CaseEvent)


class World:
    """`call` lets somebody dial; `settle` waits until every conversation has ended. `away`: no database just now."""

    def __init__(
        self, house: House, keeper: RoutingKeeper, agents: tuple[RehearsedAgent, ...],
        outside: tuple[RehearsedOutside, ...] = (),
    ) -> None:  # fmt: skip
        self.house, self.keeper = house, keeper
        self.agents = {a.name: a for a in agents}
        self.outside = {phone.name: phone for phone in outside}
        self.alarms: list[str] = []
        self.away = False
        self.tasks: dict[UUID, asyncio.Task[None]] = {}
        self.legs: dict[UUID, RehearsedLeg] = {}

    # ---- callers ---------------------------------------------------------------------------------

    async def call(
        self, number: str = NUMBER, *, from_: str = "0312349876", sources: tuple[str, ...] = (),
        faults: dict[str, Exception] | None = None,
    ) -> tuple[Me, UUID]:  # fmt: skip
        """Somebody calls; what they hear and do, and the case's id."""
        caller = read_caller(from_, country="JP")
        arrival = Arrival(
            uuid4(), "n1", number, caller.number, caller.caller_class, f"test-{len(self.legs)}", self.house.clock.now()
        )
        leg = RehearsedLeg(arrival, self.agents, Signalled(sources, (), "sip-call-id"), outside=self.outside)
        leg.faults.update(faults or {})
        self.legs[arrival.call_id] = leg
        self.tasks[arrival.call_id] = asyncio.create_task(receive(leg, self.house))
        return leg.me, arrival.call_id

    async def settle(self, call_id: UUID | None = None) -> None:
        """Wait for one conversation, or for all; a conversation's task never raises."""
        for each in [self.tasks[call_id]] if call_id else list(self.tasks.values()):
            await asyncio.wait_for(each, 10_000)
        await self.house.writer.drained()

    # ---- what was written down -------------------------------------------------------------------

    async def read(self, look: Callable[[Any], T]) -> T:
        await self.house.writer.drained()
        return await self.house.store.read(look)

    async def file(self, call_id: UUID) -> CaseFile:
        found = await self.read(lambda c: case.file_of(c, call_id))
        assert found is not None, "no case"
        return found

    async def stored(self, call_id: UUID) -> list[StoredFact]:
        return await self.read(lambda c: case.events_of(c, self.house.sealer, call_id))

    async def events(self, call_id: UUID) -> list[events.CaseEvent | events.Judged | events.Reclassified]:
        return [s.fact for s in await self.stored(call_id)]

    async def all(self, call_id: UUID, kind: type[E]) -> list[E]:
        """The case's events of one kind."""
        return [e for e in await self.events(call_id) if isinstance(e, kind)]

    async def kinds(self, call_id: UUID) -> list[str]:
        return [e.__struct_config__.tag for e in await self.events(call_id)]  # type: ignore[misc]

    def alarmed(self, *names: str) -> bool:
        """True when just these alarms were given since the last look. An alarm nobody looks at fails the test."""
        given, self.alarms = self.alarms, []
        return sorted(given) == sorted(names)

    # ---- agents and operations -------------------------------------------------------------------

    async def state(self, name: str) -> str:
        for _ in range(50):  # all that is ready happens first; no time passes
            await asyncio.sleep(0)
        return next(a.state for a in await self.house.desk.agents() if a.name == name)

    async def reason(self, name: str) -> str | None:
        return next(a.reason for a in await self.house.desk.agents() if a.name == name)

    async def respond(self, call_id: UUID, *refused: str, not_heard: tuple[str, ...] = (), **given: str | bool) -> Any:
        """An agent enters items of the primary response."""
        await self.house.writer.drained()
        return await respond(self.house, call_id, Answers(given, refused, not_heard), "aoi")

    async def change(self, change: Callable[[Any], object]) -> None:
        """Operations change the store, and the change is in force."""
        await self.house.store.run(change)
        await self.keeper.refresh()

    async def sweep(self) -> int:
        """What the daemon does now and then; how many cases were closed."""
        await self.house.desk.sweep(self.house.settings.wrap_up_s)
        return await close_overdue(self.house)

    # ---- the daemon dies and comes back ----------------------------------------------------------

    async def dies(self) -> None:
        """All conversations end at once, without a last word; channels and verbs go on."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        self.tasks.clear()
        for leg in self.legs.values():
            leg.closed = True  # it went with its daemon
        self.away = False
        await self.house.writer.close()

    async def comes_back(self) -> int:
        """A later daemon takes up what is there; how many calls."""
        old = self.house
        desk = Desk(old.store, old.clock)
        for one in self.agents.values():
            desk.contact(one.name, one.will != "absent")
        self.house = replace(old, writer=Writer(old.store, old.sealer, old.clock, old.ids), desk=desk)

        def adopt(arrival: Arrival, _: Case) -> tuple[Leg, bool]:
            before = self.legs[arrival.call_id]
            leg = RehearsedLeg(arrival, self.agents, Signalled((), (), "sip-call-id"), before.line, self.outside)
            self.legs[arrival.call_id] = leg
            return leg, not before.line.over.done()

        def start(call_id: UUID, conversation: Awaitable[None]) -> None:
            self.tasks[call_id] = asyncio.ensure_future(conversation)

        return await take_up(self.house, adopt, start)

    # ---- the end -----------------------------------------------------------------------------------

    async def leave(self) -> None:
        """Everybody hangs up, the wrap-up passes; then what must always hold is checked."""
        self.away = False
        for leg in self.legs.values():
            await leg.me.hangs_up()
        await self.settle()
        await asyncio.sleep(self.house.settings.wrap_up_s + 1)
        await self.sweep()
        await self.house.writer.drained()
        await check_story(self.house, self.legs, self.agents | self.outside)
        assert not self.alarms, f"alarms that nobody looked at: {self.alarms}"


@asynccontextmanager
async def world(
    home: Path, *, flow_file: Path | str | None = None, emergency: bool = True,
    agents: tuple[RehearsedAgent, ...] = (), outside: tuple[RehearsedOutside, ...] = (),
    contract_settings: Mapping[str, object] | None = None, state: str = "active",
    ask_system: AskSystem = nobody_asks, **settings: Any,
) -> AsyncIterator[World]:  # fmt: skip
    """One subscriber with one number, agents of team `front` ready and reachable, the longest idle one first.

    `flow_file`: a flow's file or its text. `outside`: telephones outside. `ask_system`: the subscriber's own system.
    """
    here: World
    clock, ids = skipped_clock(EPOCH), Ids()
    made = Settings(home=home, **settings)
    made.database_file.write_bytes(empty_database())
    store = Store.open(made, inline=True, now=clock.now)
    store._door = Door(made.database_file, lambda: here.away)
    sealer = Sealer(b"m" * 32, b"i" * 32)
    writer, keeper, desk = Writer(store, sealer, clock, ids), RoutingKeeper(made, store, clock), Desk(store, clock)

    def alarm(name: str, **_: object) -> None:
        here.alarms.append(name)

    house = House(made, store, writer, sealer, desk, clock, ids, keeper.current, alarm, ask_system)
    here = World(house, keeper, agents, outside)
    tree = load_flow(flow_file or share("dialplans") / "flows" / "demo-reception.yaml")
    await here.change(furniture(here.house, tree, emergency, contract_settings or {}, state, agents))
    for one in agents:
        desk.contact(one.name, one.will != "absent")
        await desk.asked(one.name, "ready")
        await asyncio.sleep(1)
    try:
        yield here
        await here.leave()
    finally:
        here.away = False
        await here.house.writer.close()
        await store.close()
