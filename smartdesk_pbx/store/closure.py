"""Closures of numbers: closed from now on, whatever the calendars of the flow say."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, insert, or_, select, update

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import number_assignment as assignment
from smartdesk_pbx.store.tables.flows import closure as table
from smartdesk_pbx.store.turn import lock

KEPT = timedelta(days=1)
"""A call asks what held when it arrived: closures that ended lately are still known to routing."""


@dataclass(frozen=True)
class StoredClosure:
    """`until` None: until further notice. `ended_at`: opened again before that, or closed anew."""

    id: UUID
    number: str
    since: datetime
    until: datetime | None
    reason: str
    by: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def told(self) -> Closure:
        """As calendars ask for it: from when to when it really held, or will hold."""
        ends = [at for at in (self.until, self.ended_at) if at is not None]
        return Closure(self.since, min(ends, default=None), self.reason)


def close(
    connection: Connection, number: str, *, id: UUID, at: datetime, until: datetime | None, reason: str, by: str
) -> None:
    """Close a number from `at` on; a closure that holds is ended, as this one takes its place. Raises RuleBroken for
    a number that is not assigned."""
    of = lock(connection, number)
    _end(connection, number, at, by)
    connection.execute(insert(table).values(id=id, assignment_id=of, since=at, until=until, reason=reason, by=by))
    bump(connection)


def reopen(connection: Connection, number: str, *, at: datetime, by: str) -> None:
    """End the closure that holds. Raises RuleBroken when none does, or the number is not assigned."""
    lock(connection, number)
    if not _end(connection, number, at, by):
        raise RuleBroken(f"{number} is not closed (smartdesk flow closures lists what is)")
    bump(connection)


def listing(connection: Connection, *, number: str | None = None, past: bool = False) -> list[StoredClosure]:
    """Closures of assigned numbers in the order of their beginning; with `past` also those of earlier assignments."""
    query = _query()
    if number is not None:
        query = query.where(assignment.c.number == number)
    if not past:
        query = query.where(assignment.c.to_at.is_(None))
    return [_closure(row) for row in connection.execute(query)]


def for_routing(connection: Connection, at: datetime) -> dict[str, tuple[Closure, ...]]:
    """By number: what holds at an instant, will hold, or held a little before."""
    query = _query().where(assignment.c.to_at.is_(None), or_(table.c.until.is_(None), table.c.until > at - KEPT))
    found: dict[str, list[Closure]] = defaultdict(list)
    for row in connection.execute(query):
        one = _closure(row).told
        if one.until is None or (one.until > at - KEPT and one.until > one.since):
            found[row.number].append(one)
    return {number: tuple(closures) for number, closures in found.items()}


def _end(connection: Connection, number: str, at: datetime, by: str) -> bool:
    holding = [one.id for one in listing(connection, number=number) if one.told.holds(at)]
    connection.execute(update(table).where(table.c.id.in_(holding)).values(ended_at=at, ended_by=by))
    return bool(holding)


def _query() -> Select[Any]:
    joined = select(table, assignment.c.number).join_from(table, assignment, assignment.c.id == table.c.assignment_id)
    return joined.order_by(table.c.since, table.c.id)


def _closure(row: Row[Any]) -> StoredClosure:
    return StoredClosure(row.id, row.number, row.since, row.until, row.reason, row.by, row.ended_at, row.ended_by)
