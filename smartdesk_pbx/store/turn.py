"""Which version of a flow answers a number, since when, and from when on: the table `flow_turn`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, update

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.turns import Kind, Turn, Version
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import assigned_number, flow
from smartdesk_pbx.store.tables import number_assignment as assignment
from smartdesk_pbx.store.tables.flows import flow_turn as table


def add(
    connection: Connection,
    number: str,
    flow_id: UUID,
    *,
    id: UUID,
    kind: Kind,
    made_at: datetime,
    from_at: datetime | None = None,
    by: str,
    reason: str = "",
    broken: Sequence[str] = (),
) -> None:
    """From `from_at` (None: `made_at`) on callers of an assigned number meet that version of a flow. Raises
    RuleBroken for a number that is not assigned."""
    of = lock(connection, number)
    last = connection.execute(select(func.max(table.c.seq)).where(table.c.assignment_id == of)).scalar()
    connection.execute(
        insert(table).values(
            id=id, assignment_id=of, seq=(last or 0) + 1, flow_version_id=flow_id, kind=kind,
            from_at=from_at or made_at, made_at=made_at, by=by, reason=reason, broken=list(broken) or None,
        )
    )  # fmt: skip
    bump(connection)


def withdraw(connection: Connection, id: UUID, *, at: datetime, by: str) -> None:
    """A turn that lay ahead does not come. Raises RuleBroken when it has come, or was withdrawn."""
    ahead = update(table).where(table.c.id == id, table.c.withdrawn_at.is_(None), table.c.from_at > at)
    if connection.execute(ahead.values(withdrawn_at=at, withdrawn_by=by)).rowcount == 0:
        raise RuleBroken("it is live already, or was withdrawn (smartdesk flow schedule --list)")
    bump(connection)


def lock(connection: Connection, number: str) -> UUID:
    """The assignment under which a number is somebody's now; nobody else changes its turns or closures until the
    transaction ends. Raises RuleBroken for a number that is not assigned."""
    held = select(assigned_number.c.number).where(assigned_number.c.number == number).with_for_update()
    if connection.execute(held).first() is None:
        raise RuleBroken(f"{number} is not assigned")
    query = select(assignment.c.id).where(assignment.c.number == number, assignment.c.to_at.is_(None))
    found: UUID = connection.execute(query).scalar_one()
    return found


def of_number(connection: Connection, number: str) -> list[Turn]:
    """The turns under a number's present assignment, withdrawn ones too, in the order in which they were made."""
    return _turns(connection, assignment.c.to_at.is_(None), assignment.c.number == number)


def history(connection: Connection, number: str) -> list[Turn]:
    """As `of_number`, with those of earlier assignments."""
    return _turns(connection, assignment.c.number == number)


def of_all(connection: Connection) -> dict[str, list[Turn]]:
    """The turns of every assigned number; numbers without any are left out."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for one in _turns(connection, assignment.c.to_at.is_(None)):
        found[one.number].append(one)
    return dict(found)


def _turns(connection: Connection, *conditions: ColumnElement[bool]) -> list[Turn]:
    query = _query().where(*conditions).order_by(assignment.c.from_at, assignment.c.id, table.c.seq)
    return [_turn(row) for row in connection.execute(query)]


def _query() -> Select[Any]:
    return (
        select(table, assignment.c.number, flow.c.name.label("flow_name"), flow.c.version.label("flow_version"))
        .join_from(table, assignment, assignment.c.id == table.c.assignment_id)
        .join(flow, flow.c.id == table.c.flow_version_id)
    )


def _turn(row: Row[Any]) -> Turn:
    return Turn(
        row.id, row.number, row.seq, row.flow_version_id, Version(row.flow_name, row.flow_version), row.kind,
        row.from_at, row.made_at, row.by, row.reason, tuple(row.broken or ()), row.withdrawn_at, row.withdrawn_by,
    )  # fmt: skip
