"""Assigned numbers (R7.1): a number belongs to one contract at a time; its history is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from smartdesk_pbx.contract.settings import effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import pool
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import assigned_number as table
from smartdesk_pbx.store.tables import contract, flow, forward_source, plan, subscriber
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
    """Assign an E.164 number from `at` on; `id` is the history row's. Raises RuleBroken with the reason when it
    cannot be had (Article 7.1): assigned already, in quarantine, ported out."""
    if connection.execute(select(table.c.number).where(table.c.number == number)).first():
        raise RuleBroken(f"{number} is assigned already; release it first")
    pool.take(connection, number, contract_id, at=at, by=by)
    if position is None:
        position = 1 + connection.execute(select(func.coalesce(func.max(table.c.position), 0))).scalar_one()
    connection.execute(
        insert(table).values(number=number, contract_id=contract_id, flow_version_id=flow_id, position=position)
    )
    connection.execute(insert(history).values(id=id, number=number, contract_id=contract_id, from_at=at))
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


def set_flow(connection: Connection, number: str, flow_id: UUID) -> None:
    """From now on callers of this number meet that version of a flow. Raises RuleBroken for an unassigned number."""
    if connection.execute(update(table).where(table.c.number == number).values(flow_version_id=flow_id)).rowcount == 0:
        raise RuleBroken(f"{number} is not assigned")
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


def listing(connection: Connection, *, contract_id: UUID | None = None) -> list[Assigned]:
    """All assigned numbers, or those of one contract, in the order of their positions."""
    query = (
        select(
            table.c.number,
            table.c.contract_id,
            subscriber.c.slug.label("subscriber"),
            table.c.position,
            flow.c.name.label("flow"),
            flow.c.version.label("flow_version"),
        )
        .join_from(table, contract, contract.c.id == table.c.contract_id)
        .join(subscriber, subscriber.c.id == contract.c.subscriber_id)
        .join(flow, flow.c.id == table.c.flow_version_id, isouter=True)
        .order_by(table.c.position, table.c.number)
    )
    if contract_id is not None:
        query = query.where(table.c.contract_id == contract_id)
    return [Assigned(**row._mapping) for row in connection.execute(query)]


def assigned_to(connection: Connection, number: str, at: datetime) -> UUID | None:
    """The contract to which a number was assigned at that time; None when to none."""
    query = select(history.c.contract_id).where(
        history.c.number == number, history.c.from_at <= at, or_(history.c.to_at.is_(None), history.c.to_at > at)
    )
    return connection.execute(query).scalars().first()
