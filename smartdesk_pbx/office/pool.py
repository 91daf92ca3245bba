"""The number pool (R7.1): what the operator holds, what became of each number, and who could not get one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.pool import Pooled
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.number import Released, Which
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import number as numbers
from smartdesk_pbx.store import pool as table
from smartdesk_pbx.store import subscriber
from smartdesk_pbx.store.contract import get as contract_of

Reason = Annotated[str, Field(min_length=1, max_length=500)]


class Stock(Params):
    """`numbers` as typed; `carrier`: whose exchange they are on."""

    numbers: Annotated[tuple[str, ...], Field(min_length=1)]
    carrier: str = ""
    by: str = table.OPERATIONS


class PortIn(Which):
    """`carrier`: from whom."""

    carrier: str
    by: str = table.OPERATIONS


class PortOut(Which):
    """`carrier`: to whom."""

    carrier: str
    reason: Reason
    by: str = table.OPERATIONS


class Free(Which):
    reason: Reason
    by: str = table.OPERATIONS


class Refuse(Params):
    """`number`: the one that was asked for, if any."""

    contract: str
    reason: Reason
    number: str | None = None
    by: str = table.OPERATIONS


@dataclass(frozen=True)
class Shown:
    """A number of the pool as it stands today. `until`: the end of its quarantine."""

    number: str
    state: str
    since: datetime
    until: date | None
    carrier: str
    subscriber: str | None


@dataclass(frozen=True)
class Entry:
    """One line of a number's history."""

    at: datetime
    number: str
    event: str
    subscriber: str | None
    contract: str | None
    reason: str
    by: str


async def stock(office: Office, params: Stock) -> list[Shown]:
    """Put numbers into the pool, all or none."""
    given = [checked(number, office.settings.country) for number in params.numbers]
    if len(set(given)) < len(given):
        raise RuleBroken("a number is named twice")

    def store(connection: Connection) -> list[Shown]:
        at = office.store.now(connection)
        table.stock(connection, given, carrier=params.carrier, at=at, by=params.by)
        return [_one(connection, number, tokyo_date(at)) for number in given]

    return await office.store.run(store)


async def port_in(office: Office, params: PortIn) -> Shown:
    """A number that came from another carrier; free to be assigned."""
    number = checked(params.number, office.settings.country)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        table.stock(connection, [number], carrier=params.carrier, at=at, by=params.by, kind="ported_in")
        return _one(connection, number, tokyo_date(at))

    return await office.store.run(store)


async def port_out(office: Office, params: PortOut) -> Released:
    """The number goes to another carrier: taken from its contract, and never assigned again unless it comes back."""
    number = checked(params.number, office.settings.country)

    def store(connection: Connection) -> Released:
        at = office.store.now(connection)
        if table.held(connection, number).state == "assigned":
            numbers.release(connection, number, at=at, by=params.by, reason=params.reason)
        table.port_out(connection, number, to=params.carrier, at=at, by=params.by, reason=params.reason)
        return Released(number)

    return await office.store.run(store)


async def free(office: Office, params: Free) -> Shown:
    """End a quarantine before its time."""
    number = checked(params.number, office.settings.country)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        table.free(connection, number, at=at, by=params.by, reason=params.reason)
        return _one(connection, number, tokyo_date(at))

    return await office.store.run(store)


async def refuse(office: Office, params: Refuse) -> Entry:
    """Article 7.1: a number was asked for and cannot be given; the reason stays on record."""
    number = checked(params.number, office.settings.country) if params.number else ""

    def store(connection: Connection) -> Entry:
        one = contract.find(connection, params.contract)
        at = office.store.now(connection)
        return _entry(
            connection, table.refuse(connection, one.id, number=number, at=at, by=params.by, reason=params.reason)
        )

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Shown]:
    """Every number that is or was in the pool, as it stands today."""

    def look(connection: Connection) -> list[Shown]:
        today = tokyo_date(office.store.now(connection))
        return [_shown(connection, one, today) for one in table.listing(connection)]

    return await office.store.read(look)


async def history(office: Office, params: Which) -> list[Entry]:
    """All that became of one number, oldest first. Raises `RuleBroken` for one that was never here."""
    number = checked(params.number, office.settings.country)

    def look(connection: Connection) -> list[Entry]:
        found = table.events(connection, number=number)
        if not found and table.find(connection, number) is None:
            raise RuleBroken(f"{number} was never in the pool (smartdesk number pool shows what is)")
        return [_entry(connection, one) for one in found]

    return await office.store.read(look)


def _one(connection: Connection, number: str, today: date) -> Shown:
    return _shown(connection, table.held(connection, number), today)


def _shown(connection: Connection, one: Pooled, today: date) -> Shown:
    state = one.state_on(today)
    whose = None
    if state == "assigned":
        whose = next(n.subscriber for n in numbers.listing(connection) if n.number == one.number)
    until = one.quarantined_until if state == "quarantined" else None
    return Shown(one.number, state, one.since, until, one.carrier, whose)


def _entry(connection: Connection, one: table.Happened) -> Entry:
    of = contract_of(connection, one.contract_id) if one.contract_id else None
    who = subscriber.by_id(connection, of.subscriber_id) if of else None
    return Entry(
        one.at, one.number, one.kind, who.slug if who else None, str(of.id) if of else None, one.reason, one.by
    )
