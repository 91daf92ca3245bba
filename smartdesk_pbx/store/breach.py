"""The record of breaches of personal data: what happened, what is due, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select

from smartdesk_pbx.contract.breach import Cause, Deadlines, Kind, Step
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables.keeping import breach as table
from smartdesk_pbx.store.tables.keeping import breach_step


@dataclass(frozen=True)
class Done:
    """One step that was taken."""

    step: Step
    done_on: date
    said: str
    recorded_at: datetime


@dataclass(frozen=True)
class Breach:
    """One breach. `known_on`: Tokyo's day on which we came to know; `persons` None: not known yet."""

    id: UUID
    known_on: date
    kind: Kind
    cause: Cause
    persons: int | None
    what: str
    due: Deadlines
    recorded_at: datetime
    steps: tuple[Done, ...]


def add(
    connection: Connection, *, id: UUID, known_on: date, kind: Kind, cause: Cause, persons: int | None, what: str,
    due: Deadlines, at: datetime,
) -> Breach:  # fmt: skip
    """A new record."""
    connection.execute(
        insert(table).values(
            id=id, known_on=known_on, kind=kind, cause=cause, persons=persons, what=what, recorded_at=at,
            must_report=due.must_report, preliminary_due_on=due.preliminary_on, final_due_on=due.final_on,
        )
    )  # fmt: skip
    return get(connection, id)


def step(connection: Connection, breach_id: UUID, *, id: UUID, done: Done) -> Breach:
    """Note a step. Raises `RuleBroken` for an unknown or closed record, and for a report made twice."""
    steps = {one.step for one in get(connection, breach_id).steps}
    if "closed" in steps:
        raise RuleBroken(f"breach {breach_id} is closed")
    if done.step in steps and done.step != "note":
        raise RuleBroken(f"{done.step} was noted already; add a note instead")
    connection.execute(insert(breach_step).values(id=id, breach_id=breach_id, **vars(done)))
    return get(connection, breach_id)


def get(connection: Connection, id: UUID) -> Breach:
    """One record. Raises `RuleBroken` when there is none."""
    row = connection.execute(select(table).where(table.c.id == id)).first()
    if row is None:
        raise RuleBroken(f"no breach {id} (smartdesk breach list shows them)")
    return _breach(row, _steps(connection, id))


def listing(connection: Connection) -> list[Breach]:
    """All records, oldest first."""
    rows = connection.execute(select(table).order_by(table.c.known_on, table.c.id))
    return [_breach(row, _steps(connection, row.id)) for row in rows.all()]


def _steps(connection: Connection, id: UUID) -> list[Done]:
    query = select(breach_step).where(breach_step.c.breach_id == id)
    rows = connection.execute(query.order_by(breach_step.c.recorded_at, breach_step.c.id))
    return [Done(row.step, row.done_on, row.said, row.recorded_at) for row in rows]


def _breach(row: Row[tuple[object, ...]], steps: Sequence[Done]) -> Breach:
    due = Deadlines(row.must_report, row.preliminary_due_on, row.final_due_on)
    return Breach(row.id, row.known_on, row.kind, row.cause, row.persons, row.what, due, row.recorded_at, tuple(steps))
