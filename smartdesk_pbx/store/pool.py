"""The number pool (R7.1): where each number stands, and all that became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, insert, select, update

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.pool import Pooled, PoolEvent, PoolState, quarantined_until, refusal
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables import contract
from smartdesk_pbx.store.tables import number_assignment as assignments
from smartdesk_pbx.store.tables.numbers import pool_event as history
from smartdesk_pbx.store.tables.numbers import pool_number as table

OPERATIONS = "operations"


@dataclass(frozen=True)
class Happened:
    """One thing that became of a number. `number` "": no number in particular was asked for."""

    number: str
    kind: PoolEvent
    at: datetime
    by: str
    contract_id: UUID | None
    reason: str


def stock(
    connection: Connection, numbers: Sequence[str], *, carrier: str, at: datetime, by: str, kind: PoolEvent = "stocked"
) -> None:
    """Numbers, E.164, that can be assigned from now on. A number that left can come back. Raises `RuleBroken`, and
    nothing is stored, when one of them is here already."""
    for number in numbers:
        known = find(connection, number)
        if known and known.state != "ported_out":
            raise RuleBroken(f"{number} is in the pool already ({known.state})")
        _put(connection, number, "free", at, carrier=carrier, known=known is not None)
        _note(connection, number, kind, at, by)


def take(connection: Connection, number: str, contract_id: UUID, *, at: datetime, by: str = OPERATIONS) -> None:
    """Article 7.1: mark a number as assigned to a contract. A number that the pool does not know yet is put into it.
    Raises `RuleBroken` with the reason when it cannot be had."""
    known = find(connection, number)
    if known is None:
        _put(connection, number, "assigned", at, carrier="", known=False)
    else:
        asks = connection.execute(select(contract.c.subscriber_id).where(contract.c.id == contract_id)).scalar()
        had = _last_subscriber(connection, number)
        if asks and (why := refusal(known, tokyo_date(at), asks=asks, had=had)):
            raise RuleBroken(why)
        _put(connection, number, "assigned", at)
    _note(connection, number, "assigned", at, by, contract_id=contract_id)


def give_back(
    connection: Connection, number: str, contract_id: UUID, *, at: datetime, days: int, by: str, reason: str
) -> None:
    """A number that its contract does not have any more: for `days` nobody else gets it."""
    until = quarantined_until(tokyo_date(at), days)
    _put(connection, number, "quarantined" if until else "free", at, until=until)
    _note(connection, number, "released", at, by, contract_id=contract_id, reason=reason)


def port_out(connection: Connection, number: str, *, to: str, at: datetime, by: str, reason: str) -> None:
    """The number goes to another carrier. Raises `RuleBroken` when it is assigned or not here."""
    known = held(connection, number)
    if known.state == "assigned":
        raise RuleBroken(f"{number} is assigned; release it first")
    _put(connection, number, "ported_out", at, carrier=to)
    _note(connection, number, "ported_out", at, by, contract_id=_last_contract(connection, number), reason=reason)


def free(connection: Connection, number: str, *, at: datetime, by: str, reason: str) -> None:
    """End a quarantine before its time. Raises `RuleBroken` when there is none."""
    if held(connection, number).state_on(tokyo_date(at)) != "quarantined":
        raise RuleBroken(f"{number} is in no quarantine (smartdesk number pool shows where each stands)")
    _put(connection, number, "free", at)
    _note(connection, number, "freed", at, by, reason=reason)


def refuse(connection: Connection, contract_id: UUID, *, number: str, at: datetime, by: str, reason: str) -> Happened:
    """Article 7.1: keep on record that a contract could not get a number (or that one), and why."""
    return _note(connection, number, "refused", at, by, contract_id=contract_id, reason=reason)


def find(connection: Connection, number: str) -> Pooled | None:
    """Where a number stands; None when it never was in the pool."""
    row = connection.execute(select(table).where(table.c.number == number)).first()
    return _pooled(row) if row else None


def held(connection: Connection, number: str) -> Pooled:
    """As `find`. Raises `RuleBroken` for a number that is not in the pool or left it."""
    known = find(connection, number)
    if known is None or known.state == "ported_out":
        raise RuleBroken(f"{number} is not in the pool (smartdesk number pool shows what is)")
    return known


def listing(connection: Connection) -> list[Pooled]:
    """All numbers that are or were in the pool, by number."""
    return [_pooled(row) for row in connection.execute(select(table).order_by(table.c.number))]


def next_free(connection: Connection, today: date) -> str:
    """The number that has been free the longest. Raises `RuleBroken` when there is none."""
    there = [one for one in listing(connection) if one.state_on(today) == "free"]
    if not there:
        raise RuleBroken("no number of the pool is free (smartdesk number stock NUMBER… puts some in)")
    return min(there, key=lambda one: (one.since, one.number)).number


def events(connection: Connection, *, number: str | None = None, contract_id: UUID | None = None) -> list[Happened]:
    """What became of a number, or of a contract's wishes for one; oldest first."""
    query = select(history).order_by(history.c.at, history.c.id)
    if number is not None:
        query = query.where(history.c.number == number)
    if contract_id is not None:
        query = query.where(history.c.contract_id == contract_id)
    rows = connection.execute(query)
    return [Happened(row.number, row.kind, row.at, row.by, row.contract_id, row.reason) for row in rows]


def _put(
    connection: Connection, number: str, state: PoolState, at: datetime, *, carrier: str | None = None,
    known: bool = True, until: date | None = None,
) -> None:  # fmt: skip
    columns: dict[str, Any] = {"state": state, "since": at, "quarantined_until": until}
    if carrier is not None:
        columns["carrier"] = carrier
    if known:
        connection.execute(update(table).where(table.c.number == number).values(columns))
    else:
        connection.execute(insert(table).values(number=number, **columns))


def _note(
    connection: Connection, number: str, kind: PoolEvent, at: datetime, by: str, *, contract_id: UUID | None = None,
    reason: str = "",
) -> Happened:  # fmt: skip
    happened = Happened(number, kind, at, by, contract_id, reason)
    connection.execute(insert(history).values(id=uuid4(), **vars(happened)))
    return happened


def _last_contract(connection: Connection, number: str) -> UUID | None:
    query = select(assignments.c.contract_id).where(assignments.c.number == number)
    return connection.execute(query.order_by(assignments.c.from_at.desc())).scalars().first()


def _last_subscriber(connection: Connection, number: str) -> UUID | None:
    last = _last_contract(connection, number)
    return connection.execute(select(contract.c.subscriber_id).where(contract.c.id == last)).scalar()


def _pooled(row: Row[Any]) -> Pooled:
    return Pooled(row.number, row.state, row.since, row.quarantined_until, row.carrier)
