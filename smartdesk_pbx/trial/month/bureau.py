"""The bureau of the month: a home of its own with the real store, desk, reception and office, in skipped time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event

from smartdesk_pbx.call.closing import close_overdue
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Arrival, Signalled
from smartdesk_pbx.call.reception import receive
from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.contract.numbers import e164, read_caller
from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.live import live_operations
from smartdesk_pbx.office.daily import Daily
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import as_json, find, perform
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from smartdesk_pbx.rehearsal.phone import RehearsedLeg
from smartdesk_pbx.rehearsal.silence import silent_prompts
from smartdesk_pbx.rehearsal.skipped import skipped_clock
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import cdr, reach
from smartdesk_pbx.store.keeper import RoutingKeeper
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.sqlite import SqliteDoor
from smartdesk_pbx.store.writer import Writer

NORMAL_CLEARING = 16
"""Q.850."""


@dataclass
class Bureau:
    """`ask` performs an operation as a person does on the command line. `alarms`: whatever a person must look at."""

    office: Office
    house: House
    keeper: RoutingKeeper
    daily: Daily
    agents: dict[str, RehearsedAgent] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    calls: int = 0
    asked: int = 0
    _records: list[cdr.CallDetail] = field(default_factory=list)

    async def ask(self, operation: str, **params: object) -> Any:
        """The answer of an operation, as JSON; what it changed is in force for the next call."""
        answer = as_json(await perform(self.office, operation, params, live_operations(self.house)))
        self.asked += 1
        if find(operation).kind == "write":
            await self.keeper.refresh()
        return answer

    async def until(self, at: datetime) -> None:
        """Let time pass."""
        await asyncio.sleep((at - self.house.clock.now()).total_seconds())

    # ---- the telephone ---------------------------------------------------------------------------

    def dial(self, number: str, caller: str | None, source: str) -> tuple[Me, "asyncio.Task[UUID]"]:
        """Somebody dials a subscriber's own number, which forwards to ours: the caller, and the conversation."""
        who = read_caller(caller or "", country="JP")
        called = e164(number, "JP")
        assert called is not None
        arrival = Arrival(
            self.house.ids.new(), self.house.settings.node, called, who.number, who.caller_class, f"month-{self.calls}",
            self.house.clock.now(),
        )  # fmt: skip
        self.calls += 1
        leg = RehearsedLeg(arrival, self.agents, Signalled((e164(source, "JP") or "",), (), f"{arrival.call_id}"))
        return leg.me, asyncio.create_task(self._receive(leg))

    async def _receive(self, leg: RehearsedLeg) -> UUID:
        began_s = self.house.clock.running_s() - (self.house.clock.now() - leg.arrival.at).total_seconds()
        await receive(leg, self.house)
        now, answered_s = self.house.clock.now(), leg.line.answered_s
        answered_at = None if answered_s is None else leg.arrival.at + timedelta(seconds=answered_s - began_s)
        self._records.append(
            cdr.CallDetail(leg.arrival.call_id, leg.arrival.at, answered_at, now, NORMAL_CLEARING, leg.arrival.number)
        )
        return leg.arrival.call_id

    # ---- what the daemon does now and then ----------------------------------------------------------

    async def sweep(self) -> None:
        """Wrap-ups end, and cases nobody wrote down in time are closed (R2.3)."""
        await self.house.desk.sweep(self.house.settings.wrap_up_s)
        await close_overdue(self.house)

    async def read_call_records(self) -> None:
        """The switch's own records into their table, and how far they were read."""
        now = self.house.clock.now()
        await self.house.writer.drained()
        taken, self._records = self._records, []

        def keep(connection: Any) -> None:
            for record in taken:
                cdr.store(connection, record, read_at=now)
            reach.note(connection, self.house.settings.node, journal_at=now, cdr_at=now)

        await self.house.store.run(keep)

    async def night(self) -> None:
        """After midnight: records are read, the daily work is done, contracts' days come."""
        await self.read_call_records()
        await self.daily.turn()
        await self.keeper.refresh()


@asynccontextmanager
async def open_bureau(settings: Settings, begins: datetime) -> AsyncIterator[Bureau]:
    """A new home at a time that is skipped from there on. Raises `RuleBroken` where there is one already."""
    if settings.database_file.exists():
        raise RuleBroken(f"{settings.database_file} is there already")
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade(settings)
    silent_prompts(settings)
    clock, ids, keys = skipped_clock(begins), Ids(), load_keys(settings.home)
    store = Store(_hasty(settings), clock.now)
    sealer = Sealer(keys.master, keys.installation)
    writer, keeper, desk = Writer(store, sealer, clock, ids), RoutingKeeper(settings, store, clock), Desk(store, clock)
    office = Office(settings, keys, store, sealer, clock, ids, silent=True)
    bureau: Bureau

    def alarm(name: str, **fields: object) -> None:
        bureau.alarms.append(f"{clock.now().astimezone(TOKYO):%m-%d %H:%M} {name} {fields}")

    house = House(settings, store, writer, sealer, desk, clock, ids, keeper.current, alarm)
    bureau = Bureau(office, house, keeper, Daily(office))
    try:
        await keeper.refresh()
        yield bureau
        await writer.drained()
    finally:
        await writer.close()
        await store.close()


def _hasty(settings: Settings) -> SqliteDoor:
    """The database in this thread, since its time is skipped, and not synced to the disk: it can be made again."""
    door = SqliteDoor(settings.database_file, inline=True)
    for engine in door.engines:
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return door
