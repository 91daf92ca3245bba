"""Legal holds: what must not be erased while a dispute or an inquiry lasts, and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from smartdesk_pbx.contract.retention import Hold, Holds, HoldScope
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables.cases import complaint_dossier, dossier_case
from smartdesk_pbx.store.tables.keeping import legal_hold as table


@dataclass(frozen=True)
class StoredHold:
    """A hold; `released_at` None: in force."""

    id: UUID
    scope: HoldScope
    subject: str
    reason: str
    placed_at: datetime
    released_at: datetime | None = None
    release_reason: str | None = None


def add(connection: Connection, *, id: UUID, scope: HoldScope, subject: str, reason: str, at: datetime) -> StoredHold:
    """A new hold, in force at once."""
    row = StoredHold(id, scope, subject, reason, at)
    connection.execute(insert(table).values(**vars(row)))
    return row


def release(connection: Connection, id: UUID, *, reason: str, at: datetime) -> None:
    """End a hold. Raises `RuleBroken` when there is none of that id in force."""
    change = update(table).where(table.c.id == id, table.c.released_at.is_(None))
    if connection.execute(change.values(released_at=at, release_reason=reason)).rowcount == 0:
        raise RuleBroken(f"no hold {id} is in force (smartdesk hold list shows them)")


def listing(connection: Connection, *, released: bool = False) -> list[StoredHold]:
    """The holds in force, oldest first; with `released` those that ended too."""
    query = select(table).order_by(table.c.placed_at, table.c.id)
    if not released:
        query = query.where(table.c.released_at.is_(None))
    return [StoredHold(**row._mapping) for row in connection.execute(query)]


def in_force(connection: Connection) -> Holds:
    """What must be kept now: the holds, and the cases of dossiers that wait for a decision (R8.4)."""
    evidence = (
        select(dossier_case.c.call_id)
        .join(complaint_dossier, complaint_dossier.c.id == dossier_case.c.dossier_id)
        .where(complaint_dossier.c.state == "open")
    )
    cases = [Hold("case", str(call_id)) for call_id in connection.execute(evidence).scalars()]
    return Holds([*(Hold(one.scope, one.subject) for one in listing(connection)), *cases])
