"""R8.3, R8.4: complaints about subscribers and the dossiers that they open; forbidden use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, exists, func, insert, select, update

from smartdesk_pbx.contract.complaint import Complaint, Use
from smartdesk_pbx.contract.marks import FORBIDDEN_USE
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables import case_file, cases

State = Literal["open", "kept", "suspended"]
table, evidence, mark = cases.complaint_dossier, cases.dossier_case, cases.case_mark


@dataclass(frozen=True)
class Dossier:
    """A deemed breach of Article 8.1, with what was decided about it."""

    id: UUID
    subscriber_id: UUID
    contract_id: UUID
    opened_at: datetime
    threshold: int
    window_days: int
    state: State
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


def counted(connection: Connection, subscriber_id: UUID) -> list[Complaint]:
    """The complaints about a subscriber that still count, by arrival: those of a decided dossier count no more."""
    decided = exists().where(
        evidence.c.call_id == mark.c.call_id, evidence.c.dossier_id == table.c.id, table.c.state != "open"
    )
    return [c for c in _complaints(connection, subscriber_id, ~decided)]


def all_of(connection: Connection, subscriber_id: UUID) -> list[Complaint]:
    """All complaints about a subscriber that are in force, decided upon or not, by arrival."""
    return _complaints(connection, subscriber_id)


def _complaints(connection: Connection, subscriber_id: UUID, *more: Any) -> list[Complaint]:
    query = (
        select(case_file.c.call_id, case_file.c.invited_at)
        .join(mark, mark.c.call_id == case_file.c.call_id)
        .where(mark.c.kind == "mark", mark.c.name == "complaint", case_file.c.subscriber_id == subscriber_id, *more)
        .order_by(case_file.c.invited_at, case_file.c.call_id)
    )
    return [Complaint(row.call_id, row.invited_at) for row in connection.execute(query)]


def open_of(connection: Connection, subscriber_id: UUID) -> Dossier | None:
    """The dossier of a subscriber that waits for a decision."""
    query = select(table).where(table.c.subscriber_id == subscriber_id, table.c.state == "open")
    found = connection.execute(query.order_by(table.c.opened_at)).first()
    return _dossier(found) if found else None


def add(connection: Connection, dossier: Dossier, calls: Sequence[UUID]) -> None:
    """Open a dossier with its first evidence."""
    connection.execute(insert(table).values(vars(dossier)))
    add_cases(connection, dossier.id, calls, dossier.opened_at)


def add_cases(connection: Connection, dossier_id: UUID, calls: Sequence[UUID], at: datetime) -> None:
    """Further evidence; what is in it already stays."""
    known = set(connection.execute(select(evidence.c.call_id).where(evidence.c.dossier_id == dossier_id)).scalars())
    rows = [{"dossier_id": dossier_id, "call_id": call, "added_at": at} for call in calls if call not in known]
    if rows:
        connection.execute(insert(evidence), rows)


def decide(
    connection: Connection, id: UUID, state: Literal["kept", "suspended"], *, at: datetime, by: str, reason: str
) -> Dossier:
    """Write the decision down. RuleBroken when there is no such dossier, or it has been decided."""
    changed = (
        update(table)
        .where(table.c.id == id, table.c.state == "open")
        .values(state=state, decided_at=at, decided_by=by, reason=reason)
    )
    if connection.execute(changed).rowcount == 0:
        before = get(connection, id)
        assert before.decided_at is not None
        raise RuleBroken(f"dossier {id} was decided on {tokyo_date(before.decided_at)}: {before.state}")
    return get(connection, id)


def get(connection: Connection, id: UUID) -> Dossier:
    """A dossier. Raises RuleBroken when there is none of that id."""
    found = connection.execute(select(table).where(table.c.id == id)).first()
    if found is None:
        raise RuleBroken(f"no dossier {id} (smartdesk complaint list shows them)")
    return _dossier(found)


def listing(connection: Connection, *, state: State | None = None) -> list[Dossier]:
    """All dossiers, or those of one state, newest first."""
    query = select(table).order_by(table.c.opened_at.desc(), table.c.id)
    if state is not None:
        query = query.where(table.c.state == state)
    return [_dossier(row) for row in connection.execute(query)]


def cases_of(connection: Connection, id: UUID) -> list[UUID]:
    """The evidence of a dossier by arrival."""
    query = (
        select(evidence.c.call_id)
        .join(case_file, case_file.c.call_id == evidence.c.call_id)
        .where(evidence.c.dossier_id == id)
        .order_by(case_file.c.invited_at, evidence.c.call_id)
    )
    return list(connection.execute(query).scalars())


def complained_of(connection: Connection) -> list[UUID]:
    """Subscribers about whom complaints are in force."""
    query = (
        select(case_file.c.subscriber_id)
        .join(mark, mark.c.call_id == case_file.c.call_id)
        .where(mark.c.kind == "mark", mark.c.name == "complaint", case_file.c.subscriber_id.is_not(None))
        .distinct()
    )
    return [one for one in connection.execute(query).scalars() if one is not None]


def use_of_all(connection: Connection, since: datetime, until: datetime) -> Mapping[UUID, Use]:
    """R8.3: by subscriber: calls with a human that arrived in a time, and how many were a forbidden use."""
    forbidden = exists().where(
        mark.c.call_id == case_file.c.call_id, mark.c.kind == "mark", mark.c.name.in_(sorted(FORBIDDEN_USE))
    )
    calls, bad = func.count().label("calls"), func.count().filter(forbidden).label("forbidden")
    query = (
        select(case_file.c.subscriber_id, calls, bad)
        .where(
            case_file.c.invited_at >= since,
            case_file.c.invited_at < until,
            case_file.c.human_at.is_not(None),
            case_file.c.subscriber_id.is_not(None),
        )
        .group_by(case_file.c.subscriber_id)
    )
    return {row.subscriber_id: Use(row.calls, row.forbidden) for row in connection.execute(query)}


def _dossier(row: Row[Any]) -> Dossier:
    return Dossier(**row._mapping)
