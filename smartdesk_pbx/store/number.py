"""Assigned numbers (R7.1): a number belongs to one contract at a time; its history is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from smartdesk_pbx.contract.settings import effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.turns import in_force
from smartdesk_pbx.store import pool, turn
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.session import database_now
from smartdesk_pbx.store.tables import assigned_number as table
from smartdesk_pbx.store.tables import contract, forward_source, plan, subscriber
from smartdesk_pbx.store.tables import number_assignment as history


@dataclass(frozen=True)
class Assigned:
    """A number, E.164, with whose it is and the flow that its callers meet."""

    number: str
    contract_id: UUID
    subscriber: str
    """The subscriber's slug."""
    position: int
    flow: str | None
    flow_version: int | None


def assign(
    connection: Connection,
    number: str,
    contract_id: UUID,
    *,
    id: UUID,
    at: datetime,
    flow_id: UUID | None = None,
    position: int | None = None,
    by: str = pool.OPERATIONS,
) -> None:
    """Assign an E.164 number from `at` on; `id` is the assignment's, and that of the first turn of its flow. Raises
    RuleBroken with the reason when it cannot be had (Article 7.1): assigned already, in quarantine, ported out."""
    if connection.execute(select(table.c.number).where(table.c.number == number)).first():
        raise RuleBroken(f"{number} is assigned already; release it first")
    pool.take(connection, number, contract_id, at=at, by=by)
    if position is None:
        position = 1 + connection.execute(select(func.coalesce(func.max(table.c.position), 0))).scalar_one()
    connection.execute(insert(table).values(number=number, contract_id=contract_id, position=position))
    connection.execute(insert(history).values(id=id, number=number, contract_id=contract_id, from_at=at))
    if flow_id is not None:
        turn.add(connection, number, flow_id, id=id, kind="assign", made_at=at, by=by)
    bump(connection)


def release(connection: Connection, number: str, *, at: datetime, by: str = pool.OPERATIONS, reason: str = "") -> None:
    """Take a number from its contract, into the quarantine that its contract's settings say. Raises RuleBroken when
    it is not assigned."""
    query = select(contract.c.id, contract.c.settings, plan.c.settings.label("plan_settings"))
    query = query.join_from(table, contract, contract.c.id == table.c.contract_id).join(plan)
    one = connection.execute(query.where(table.c.number == number)).first()
    if one is None:
        raise RuleBroken(f"{number} is not assigned")
    days = effective(one.plan_settings, one.settings).number_quarantine_days
    connection.execute(delete(forward_source).where(forward_source.c.number == number))
    connection.execute(delete(table).where(table.c.number == number))
    connection.execute(update(history).where(history.c.number == number, history.c.to_at.is_(None)).values(to_at=at))
    pool.give_back(connection, number, one.id, at=at, days=days, by=by, reason=reason)
    bump(connection)


def set_sources(connection: Connection, number: str, sources: Iterable[str]) -> None:
    """Replace the registered forward sources (R2.2) of a number, E.164. RuleBroken for an unassigned number."""
    if connection.execute(select(table.c.number).where(table.c.number == number)).first() is None:
        raise RuleBroken(f"{number} is not assigned")
    connection.execute(delete(forward_source).where(forward_source.c.number == number))
    rows = [{"number": number, "source": source} for source in sorted(set(sources))]
    if rows:
        connection.execute(insert(forward_source), rows)
    bump(connection)


def sources(connection: Connection, number: str) -> list[str]:
    """The registered forward sources of a number."""
    query = select(forward_source.c.source).where(forward_source.c.number == number)
    return list(connection.execute(query.order_by(forward_source.c.source)).scalars())


def listing(connection: Connection, *, contract_id: UUID | None = None, at: datetime | None = None) -> list[Assigned]:
    """All assigned numbers, or those of one contract, in the order of their positions; with the flows that answer
    `at` an instant, by default now by the database's clock."""
    query = (
        select(table.c.number, table.c.contract_id, subscriber.c.slug, table.c.position)
        .join_from(table, contract, contract.c.id == table.c.contract_id)
        .join(subscriber, subscriber.c.id == contract.c.subscriber_id)
        .order_by(table.c.position, table.c.number)
    )
    if contract_id is not None:
        query = query.where(table.c.contract_id == contract_id)
    turns, now = turn.of_all(connection), at or database_now(connection)
    found = []
    for row in connection.execute(query):
        live = in_force(turns.get(row.number, ()), now)
        flow, version = (live.what.flow, live.what.version) if live else (None, None)
        found.append(Assigned(row.number, row.contract_id, row.slug, row.position, flow, version))
    return found


def assigned_to(connection: Connection, number: str, at: datetime) -> UUID | None:
    """The contract to which a number was assigned at that time; None when to none."""
    query = select(history.c.contract_id).where(
        history.c.number == number, history.c.from_at <= at, or_(history.c.to_at.is_(None), history.c.to_at > at)
    )
    return connection.execute(query).scalars().first()


def assigned_at(connection: Connection, number: str) -> datetime:
    """Since when an assigned number is its contract's."""
    query = select(history.c.from_at).where(history.c.number == number, history.c.to_at.is_(None))
    found: datetime = connection.execute(query).scalar_one()
    return found
