"""R4.1, R23: what is on file about subscribers and applicants, erased when its time is over: the sealed fields go, the
rows stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import contract, subscriber
from smartdesk_pbx.store.tables.keeping import erasure
from smartdesk_pbx.store.tables.lifecycle import application, identity_check
from smartdesk_pbx.store.tables.numbers import change_request, outbox, registered_detail
from smartdesk_pbx.store.tables.receivables import debit_mandate

NewId = Callable[[], UUID]


@dataclass(frozen=True)
class Former:
    """A subscriber all of whose contracts have ended. `ended_on`: the last end."""

    subscriber_id: UUID
    contracts: tuple[UUID, ...]
    ended_on: date


def former(connection: Connection) -> list[Former]:
    """The subscribers whose contracts have all ended, by id."""
    found: dict[UUID, list[tuple[UUID, date | None]]] = {}
    query = select(contract.c.subscriber_id, contract.c.id, contract.c.state, contract.c.ended_on)
    for row in connection.execute(query.order_by(contract.c.subscriber_id, contract.c.id)):
        ended_on = row.ended_on if row.state == "ended" else None
        found.setdefault(row.subscriber_id, []).append((row.id, ended_on))
    return [
        Former(subscriber_id, tuple(id_ for id_, _ in contracts), max(on for _, on in contracts if on))
        for subscriber_id, contracts in found.items()
        if all(on for _, on in contracts)
    ]


def erase_subscriber(connection: Connection, who: Former, *, reason: str, now: datetime, new_id: NewId) -> int:
    """Erase the sealed fields on file about a subscriber, the application that led to each contract included; how many
    fields. A repeat finds none."""
    applications = select(application.c.id).where(application.c.contract_id.in_(who.contracts))
    fields = sum(
        _blank(connection, table, condition)
        for table, condition in (
            (identity_check, identity_check.c.application_id.in_(applications)),
            (application, application.c.contract_id.in_(who.contracts)),
            (registered_detail, registered_detail.c.subscriber_id == who.subscriber_id),
            (change_request, change_request.c.subscriber_id == who.subscriber_id),
            (outbox, outbox.c.subscriber_id == who.subscriber_id),
        )
    )
    on_file = subscriber.c.emergency_sealed.is_not(None) & (subscriber.c.id == who.subscriber_id)
    mandates = delete(debit_mandate).where(debit_mandate.c.contract_id.in_(who.contracts))
    fields += connection.execute(mandates).rowcount
    emergency = connection.execute(
        update(subscriber).where(on_file).values(emergency_sealed=None, emergency_prompt=None)
    ).rowcount
    if emergency:
        bump(connection)
    _note(connection, who.subscriber_id, fields + emergency, reason, now, new_id)
    return fields + emergency


def refused_before(connection: Connection, before: datetime) -> list[UUID]:
    """Applications refused before that time whose data is on file still."""
    query = select(application.c.id).where(
        application.c.state == "refused", application.c.decided_at < before, application.c.sealed.is_not(None)
    )
    return list(connection.execute(query.order_by(application.c.id)).scalars())


def erase_applications(
    connection: Connection, ids: Sequence[UUID], *, reason: str, now: datetime, new_id: NewId
) -> int:
    """Erase the sealed data of applications and of the identity checks made for them; how many fields."""
    fields = 0
    for id_ in ids:
        found = _blank(connection, identity_check, identity_check.c.application_id == id_)
        found += _blank(connection, application, application.c.id == id_)
        _note(connection, id_, found, reason, now, new_id)
        fields += found
    return fields


def _blank(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    there = condition & table.c.sealed.is_not(None)
    return connection.execute(update(table).where(there).values(sealed=None)).rowcount


def _note(connection: Connection, subject: UUID, fields: int, reason: str, now: datetime, new_id: NewId) -> None:
    if fields:
        connection.execute(
            insert(erasure).values(
                id=new_id(), what="identity", subject=subject, reason=reason, at=now, keys=fields, files=0
            )
        )
