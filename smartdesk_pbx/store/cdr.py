"""Call detail rows read from Asterisk's spool: call id, times and cause, no caller."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from smartdesk_pbx.store.tables import cdr as table


@dataclass(frozen=True)
class CallDetail:
    """What the switch saw of a call; several rows of its spool become one."""

    call_id: UUID
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    cause: int | None
    number: str | None = None
    """The number that was dialled, E.164 where it is one."""


def store(connection: Connection, detail: CallDetail, *, read_at: datetime) -> None:
    """Add a spool row: the earliest start and answer, the latest end. Reading a row twice changes nothing."""
    query = select(table).where(table.c.call_id == detail.call_id).with_for_update()
    known = connection.execute(query).first()
    if known is None:
        connection.execute(insert(table).values(**vars(detail), read_at=read_at))
        return
    tells = known.cause is None or (detail.cause is not None and detail.ended_at >= known.ended_at)
    answers = [at for at in (known.answered_at, detail.answered_at) if at]
    merged = {
        "started_at": min(known.started_at, detail.started_at),
        "answered_at": min(answers, default=None),
        "ended_at": max(known.ended_at, detail.ended_at),
        "cause": detail.cause if tells else known.cause,
        "number": known.number or detail.number,
    }
    connection.execute(update(table).where(table.c.call_id == detail.call_id).values(merged))


def get(connection: Connection, call_id: UUID) -> CallDetail | None:
    """The row of a call."""
    found = connection.execute(select(*_COLUMNS).where(table.c.call_id == call_id)).first()
    return CallDetail(**found._mapping) if found else None


_COLUMNS = (table.c.call_id, table.c.started_at, table.c.answered_at, table.c.ended_at, table.c.cause, table.c.number)
