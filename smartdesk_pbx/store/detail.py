"""R14: the registered details of a subscriber, sealed, every version kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select

from smartdesk_pbx.contract.settings import ChangeField
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables.numbers import registered_detail as table

Parts = tuple[str, ...]
"""A value: one text, or several (a list of numbers; a name and its reading). () stands for "taken off"."""


@dataclass(frozen=True)
class Version:
    """One version of a detail. `parts` None: it has been erased. `target`: the number whose forward sources it is."""

    field: ChangeField
    target: str
    version: int
    parts: Parts | None
    at: datetime
    by: str
    request_id: UUID | None


def put(
    connection: Connection, sealer: Sealer, subscriber_id: UUID, field: ChangeField, parts: Sequence[str], *,
    at: datetime, by: str, target: str = "", request_id: UUID | None = None,
) -> int:  # fmt: skip
    """A new version of a detail; which. Validate it first with `contract/change.py`."""
    last = select(func.max(table.c.version)).where(*_of(subscriber_id, field, target))
    version = 1 + (connection.execute(last).scalar() or 0)
    connection.execute(
        insert(table).values(
            id=uuid4(), subscriber_id=subscriber_id, field=field, target=target, version=version, at=at, by=by,
            request_id=request_id,
            sealed=sealer.seal_value("\n".join(parts), _aad(subscriber_id, field, target, version)),
        )
    )  # fmt: skip
    return version


def current(connection: Connection, sealer: Sealer, subscriber_id: UUID, field: ChangeField, target: str = "") -> Parts:
    """The value in force; () when there is none."""
    versions = history(connection, sealer, subscriber_id, field, target)
    return (versions[-1].parts or ()) if versions else ()


def history(
    connection: Connection, sealer: Sealer, subscriber_id: UUID, field: ChangeField | None = None,
    target: str | None = None,
) -> list[Version]:  # fmt: skip
    """Every version of all details of a subscriber, or of one; oldest first."""
    query = select(table).where(table.c.subscriber_id == subscriber_id)
    if field is not None:
        query = query.where(table.c.field == field)
    if target is not None:
        query = query.where(table.c.target == target)
    found = []
    for row in connection.execute(query.order_by(table.c.field, table.c.target, table.c.version)):
        parts = None if row.sealed is None else _opened(sealer, row)
        found.append(Version(row.field, row.target, row.version, parts, row.at, row.by, row.request_id))
    return found


def mail_addresses(connection: Connection, sealer: Sealer, subscriber_id: UUID) -> list[str]:
    """Where letters to a subscriber go: the mail addresses among the notification targets, else the registered one."""
    targets = current(connection, sealer, subscriber_id, "notification_targets")
    found = [one for one in targets if "://" not in one]
    return found or list(current(connection, sealer, subscriber_id, "mail"))


def current_of_all(
    connection: Connection, sealer: Sealer, subscribers: Sequence[UUID], field: ChangeField
) -> dict[UUID, Parts]:
    """The value in force for each of many subscribers; those without one are left out. At most some hundred at once."""
    query = select(table).where(table.c.subscriber_id.in_(subscribers), table.c.field == field, table.c.target == "")
    latest = {row.subscriber_id: row for row in connection.execute(query.order_by(table.c.version))}
    return {id: _opened(sealer, row) for id, row in latest.items() if row.sealed is not None}


def _opened(sealer: Sealer, row: Row[Any]) -> Parts:
    text = sealer.open_value(row.sealed, _aad(row.subscriber_id, row.field, row.target, row.version))
    return tuple(text.split("\n")) if text else ()


def _of(subscriber_id: UUID, field: str, target: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.subscriber_id == subscriber_id, table.c.field == field, table.c.target == target


def _aad(subscriber_id: UUID, field: str, target: str, version: int) -> str:
    return f"detail/{subscriber_id}/{field}/{target}/{version}"
