"""Requests to change registered details (R14): asked, and approved, refused or withdrawn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from smartdesk_pbx.contract.settings import ChangeField
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.detail import Parts
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables.numbers import change_request as table

State = Literal["asked", "approved", "refused", "withdrawn"]


@dataclass(frozen=True)
class Request:
    """One request. `target`: the number whose forward sources it is about, "" for other details."""

    id: UUID
    subscriber_id: UUID
    field: ChangeField
    target: str
    asked_at: datetime
    asked_by: str
    state: State
    decided_at: datetime | None
    decided_by: str | None
    reason: str


def ask(
    connection: Connection, sealer: Sealer, *, id: UUID, subscriber_id: UUID, field: ChangeField, target: str,
    parts: Parts, at: datetime, by: str,
) -> Request:  # fmt: skip
    """A new request; one about the same detail that still waits is withdrawn: the later wish counts."""
    same = (table.c.subscriber_id == subscriber_id, table.c.field == field, table.c.target == target)
    replaced = {"state": "withdrawn", "decided_at": at, "decided_by": by, "reason": "replaced by a later request"}
    connection.execute(update(table).where(*same, table.c.state == "asked").values(replaced))
    row = {
        "id": id, "subscriber_id": subscriber_id, "field": field, "target": target, "asked_at": at, "asked_by": by,
        "state": "asked", "reason": "", "sealed": sealer.seal_value("\n".join(parts), _aad(id)),
    }  # fmt: skip
    connection.execute(insert(table).values(row))
    return get(connection, id)


def decide(connection: Connection, id: UUID, state: State, *, at: datetime, by: str, reason: str = "") -> Request:
    """A request that still waits, decided. Raises `RuleBroken` when there is none of that id, or it does not wait."""
    change = update(table).where(table.c.id == id, table.c.state == "asked")
    if connection.execute(change.values(state=state, decided_at=at, decided_by=by, reason=reason)).rowcount == 0:
        raise RuleBroken(f"request {id} is {get(connection, id).state} already")
    return get(connection, id)


def get(connection: Connection, id: UUID) -> Request:
    """A request. Raises `RuleBroken` when there is none of that id."""
    row = connection.execute(select(table).where(table.c.id == id)).first()
    if row is None:
        raise RuleBroken(f"there is no request {id} (smartdesk change list shows them)")
    return _request(row)


def wanted(connection: Connection, sealer: Sealer, id: UUID) -> Parts:
    """The value that was asked for. Raises `RuleBroken` when it has been erased."""
    sealed = connection.execute(select(table.c.sealed).where(table.c.id == id)).scalar_one()
    if sealed is None:
        raise RuleBroken(f"request {id}: what was asked for has been erased")
    text = sealer.open_value(sealed, _aad(id))
    return tuple(text.split("\n")) if text else ()


def listing(connection: Connection, *, state: State | None = None, subscriber_id: UUID | None = None) -> list[Request]:
    """Requests, oldest first: all, or those in one state or of one subscriber."""
    query = select(table).order_by(table.c.asked_at, table.c.id)
    if state is not None:
        query = query.where(table.c.state == state)
    if subscriber_id is not None:
        query = query.where(table.c.subscriber_id == subscriber_id)
    return [_request(row) for row in connection.execute(query)]


def _request(row: Row[Any]) -> Request:
    columns = dict(row._mapping)
    del columns["sealed"]
    return Request(**columns)


def _aad(id: UUID) -> str:
    return f"change/{id}"
