"""Where the recordings of a case lie."""

from dataclasses import dataclass, fields
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, delete, select

from smartdesk_pbx.store.rows import insert_rows
from smartdesk_pbx.store.tables import recording as table


@dataclass(frozen=True)
class Recording:
    """A finished file; `file` is its object key, relative to the recordings' folder."""

    call_id: UUID
    file: str
    kind: Literal["talk", "message"]
    seconds: float
    bytes: int
    sha256: str


_NAMES = tuple(field.name for field in fields(Recording))


def add(connection: Connection, *recordings: Recording) -> None:
    """Note recordings; a repeat is a no-op."""
    insert_rows(connection, table, _NAMES, [tuple(vars(one).values()) for one in recordings], ignore=True)


def drop(connection: Connection, *files: tuple[UUID, str]) -> None:
    """Forget messages that were recorded anew: (call, file)."""
    for call_id, file in files:
        connection.execute(delete(table).where(table.c.call_id == call_id, table.c.file == file))


def of_call(connection: Connection, call_id: UUID) -> list[Recording]:
    """The recordings of a call by file."""
    rows = connection.execute(select(table).where(table.c.call_id == call_id).order_by(table.c.file))
    return [Recording(**row._mapping) for row in rows]
