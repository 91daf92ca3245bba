"""A world in skipped time: the real call room, desk and store, and the tests' telephone in place of Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from smartdesk_pbx.call.closing import close_overdue
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Arrival, Signalled
from smartdesk_pbx.call.reception import receive
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.numbers import read_caller
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.flow.load import load as load_flow
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.settings import Settings, share
from smartdesk_pbx.store import agent, case, contract, flow, number, subscriber
from smartdesk_pbx.store.case import CaseFile
from smartdesk_pbx.store.keeper import RoutingKeeper
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.writer import Writer
from tests.phone import Me, TestAgent, TestLeg
from tests.skipped import skipped_clock

NUMBER = "+81312340001"
EMERGENCY = "+819012345678"


class World:
    """`call` lets somebody dial; `settle` waits until every conversation has ended."""

    def __init__(self, house: House, agents: dict[str, TestAgent]) -> None:
        self.house, self.agents = house, agents
        self.alarms: list[str] = []
        self.tasks: dict[UUID, asyncio.Task[None]] = {}
        self.legs: dict[UUID, TestLeg] = {}

    async def call(
        self, number: str = NUMBER, *, from_: str = "0312349876", sources: tuple[str, ...] = ()
    ) -> tuple[Me, UUID]:
        """Somebody calls; what they hear and do, and the case's id."""
        caller = read_caller(from_, country="JP")
        arrival = Arrival(
            uuid4(), "n1", number, caller.number, caller.caller_class, f"test-{len(self.legs)}", self.house.clock.now()
        )
        leg = TestLeg(arrival, self.agents, Signalled(sources, (), "sip-call-id"))
        self.legs[arrival.call_id] = leg
        self.tasks[arrival.call_id] = asyncio.create_task(receive(leg, self.house))
        return leg.me, arrival.call_id

    async def settle(self, call_id: UUID | None = None) -> None:
        """Wait for one conversation, or for all; a conversation's task never raises."""
        for each in [self.tasks[call_id]] if call_id else list(self.tasks.values()):
            await asyncio.wait_for(each, 10_000)
        await self.house.writer.drained()

    async def file(self, call_id: UUID) -> CaseFile:
        await self.house.writer.drained()
        found = await self.house.store.read(lambda c: case.file_of(c, call_id))
        assert found is not None, "no case"
        return found

    async def events(self, call_id: UUID) -> list[events.CaseEvent | events.Judged]:
        await self.house.writer.drained()
        stored = await self.house.store.read(lambda c: case.events_of(c, self.house.sealer, call_id))
        return [s.fact for s in stored]

    async def kinds(self, call_id: UUID) -> list[str]:
        return [e.__struct_config__.tag for e in await self.events(call_id)]  # type: ignore[misc]

    async def close_overdue(self) -> int:
        return await close_overdue(self.house)


@asynccontextmanager
async def world(
    home: Path, *, flow_file: Path | None = None, emergency: bool = True, agents: tuple[TestAgent, ...] = (),
    contract_settings: dict[str, object] | None = None, state: str = "active",
) -> AsyncIterator[World]:  # fmt: skip
    """One subscriber with one number, agents of team `front` ready and reachable."""
    settings, clock, ids = Settings(home=home), skipped_clock(), Ids()
    upgrade(settings)
    store = Store.open(settings, inline=True, now=clock.now)
    sealer = Sealer(b"m" * 32, b"i" * 32)
    tree = load_flow(flow_file or share("dialplans") / "flows" / "demo-reception.yaml")
    now, subscriber_id, contract_id, flow_id = clock.now(), uuid4(), uuid4(), uuid4()
    plan = standard_plan()

    def furnish(c: object) -> None:
        contract.put_plan(c, id="standard", name="Standard", settings={}, rules=plan.rules)  # type: ignore[arg-type]
        subscriber.add(
            c, id=subscriber_id, slug="sakura", name="Sakura", announced_name="さくら商事", announced_reading="さくらしょうじ",
            announced_prompt="name-ann", at=now,
        )  # type: ignore[arg-type] # fmt: skip
        contract.add(
            c, id=contract_id, subscriber_id=subscriber_id, plan="standard", started_on=date(2026, 4, 1),
            settings=contract_settings or {}, state=state,
        )  # type: ignore[arg-type] # fmt: skip
        flow.publish(c, id=flow_id, text="", tree=tree, at=now)  # type: ignore[arg-type]
        number.assign(c, NUMBER, contract_id, id=uuid4(), at=now, flow_id=flow_id)  # type: ignore[arg-type]
        number.set_sources(c, NUMBER, ["+81355550000"])  # type: ignore[arg-type]
        if emergency:
            subscriber.set_emergency(c, sealer, subscriber_id, number=EMERGENCY, prompt="emer-num")  # type: ignore[arg-type]
        for one in agents:
            agent.add(c, id=one.name, name=one.name, team="front", digest_md5="", digest_sha256="", at=now)  # type: ignore[arg-type]

    await store.run(furnish)
    writer = Writer(store, sealer, clock, ids)
    keeper, desk = RoutingKeeper(settings, store, clock), Desk(store, clock)
    await keeper.refresh()
    for one in agents:
        desk.contact(one.name, one.will != "absent")
        await desk.asked(one.name, "ready")
        await asyncio.sleep(1)
    here: World

    def alarm(name: str, **_: object) -> None:
        here.alarms.append(name)

    house = House(settings, store, writer, sealer, desk, clock, ids, keeper.current, alarm)
    here = World(house, {a.name: a for a in agents})
    try:
        yield here
    finally:
        await writer.close()
        await store.close()
