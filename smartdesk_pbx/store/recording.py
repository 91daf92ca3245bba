"""Where the recordings of a case lie."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, insert, select

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


def add(connection: Connection, recording: Recording) -> None:
    """Note a recording; a repeat is a no-op."""
    same = (table.c.call_id == recording.call_id) & (table.c.file == recording.file)
    if connection.execute(select(table.c.file).where(same)).first() is None:
        connection.execute(insert(table).values(**vars(recording)))


def of_call(connection: Connection, call_id: UUID) -> list[Recording]:
    """The recordings of a call by file."""
    rows = connection.execute(select(table).where(table.c.call_id == call_id).order_by(table.c.file))
    return [Recording(**row._mapping) for row in rows]
