"""The audit trail (R23, R25): who changed what and who looked at whose personal data, when, why. Insert-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, insert, select

from smartdesk_pbx.store.tables.accounts import audit as table

Did = Literal["change", "look", "sign_in", "sign_in_no", "refused"]


@dataclass(frozen=True)
class Trace:
    """One line of the trail. `about`: names of things, never personal data; `fields`: what else was given."""

    id: UUID
    at: datetime
    who: str
    role: str
    account_id: UUID | None
    did: Did
    operation: str
    about: dict[str, str]
    fields: Sequence[str]
    why: str


def leave(connection: Connection, trace: Trace) -> None:
    """Write one line, in the transaction of what it tells about: no change without its trace."""
    connection.execute(insert(table).values(**{**vars(trace), "fields": list(trace.fields)}))


def listing(
    connection: Connection,
    *,
    since: datetime | None = None,
    who: str | None = None,
    did: Did | None = None,
    limit: int = 200,
) -> list[Trace]:
    """The latest lines, newest first."""
    query = select(table).order_by(table.c.at.desc(), table.c.id).limit(limit)
    if since is not None:
        query = query.where(table.c.at >= since)
    if who is not None:
        query = query.where(table.c.who == who)
    if did is not None:
        query = query.where(table.c.did == did)
    return [Trace(**row._mapping) for row in connection.execute(query)]
