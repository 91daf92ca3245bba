"""The rows of a chain as the database has them, streamed, ready to be hashed: no object is made that is not hashed.

Times and identifiers are read as the text that the hash covers, which is what SQLite stores; PostgreSQL writes them so.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, text

from smartdesk_pbx.store.tables import case_event, ledger_entry

_ROWS_AT_ONCE = 5_000

_COLUMNS = "chain_seq, key, {call_id}, kind, {at}, {recorded_at}, {open}, sealed, prev_hash, hash"
_AS_STORED = _COLUMNS.format(call_id="call_id", at="at", recorded_at="recorded_at", open="CAST(open AS BLOB)")
_INSTANT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_WRITTEN_OUT = _COLUMNS.format(
    call_id="call_id::text",
    at=_INSTANT.format("at"),
    recorded_at=_INSTANT.format("recorded_at"),
    open="convert_to(open, 'UTF8')",
)
_BETWEEN = "chain = {chain} AND chain_seq >= :first AND chain_seq <= :last"


class Slice(NamedTuple):
    """A part of one chain. `first`: its first sequence number; `last` None: up to the head."""

    chain: UUID
    first: int
    last: int | None


def rows(connection: Connection, part: Slice) -> Iterator[tuple[Any, ...]]:
    """The rows of a slice in order: entry ("event", "ledger"), sequence, key, call id, kind, at, recorded at, open
    part as UTF-8, sealed part, hash before, hash."""
    sqlite = connection.dialect.name == "sqlite"
    columns = _AS_STORED if sqlite else _WRITTEN_OUT
    where = _BETWEEN.format(chain=":chain" if sqlite else "CAST(:chain AS uuid)")
    both = " UNION ALL ".join(
        f"SELECT '{entry}', {columns} FROM {table} WHERE {where}"
        for entry, table in (("event", "case_event"), ("ledger", "ledger_entry"))
    )
    named = {
        "chain": part.chain.hex if sqlite else str(part.chain),
        "first": part.first,
        "last": (1 << 62) if part.last is None else part.last,
    }
    if sqlite:
        yield from connection.connection.cursor().execute(f"{both} ORDER BY 2", named)
        return
    statement = text(f"{both} ORDER BY 2").bindparams(*(bindparam(name) for name in named))
    for row in connection.execute(statement, named, execution_options={"yield_per": _ROWS_AT_ONCE}):
        yield tuple(row)


def first_since(connection: Connection, chain: UUID, last: int, at: datetime) -> int:
    """The first sequence number of a chain that was recorded at that time or later, `last` + 1 when there is none.
    A missing row counts as late, so that it is looked at."""
    first, beyond = 1, last + 1
    while first < beyond:
        middle = (first + beyond) // 2
        recorded_at = _recorded_at(connection, chain, middle)
        if recorded_at is None or recorded_at >= at:
            beyond = middle
        else:
            first = middle + 1
    return first


def _recorded_at(connection: Connection, chain: UUID, seq: int) -> datetime | None:
    for table in (case_event, ledger_entry):
        query = select(table.c.recorded_at).where(table.c.chain == chain, table.c.chain_seq == seq)
        found: datetime | None = connection.execute(query).scalar_one_or_none()
        if found is not None:
            return found
    return None


def chains(connection: Connection) -> list[UUID]:
    """Every chain that has a head or a row, by id, found by hops through the index."""
    hops = " UNION ".join(
        f"SELECT chain FROM (WITH RECURSIVE hop(chain) AS (SELECT (SELECT chain FROM {table} ORDER BY chain LIMIT 1) "
        f"UNION ALL SELECT (SELECT chain FROM {table} WHERE chain > hop.chain ORDER BY chain LIMIT 1) FROM hop "
        f"WHERE hop.chain IS NOT NULL) SELECT chain FROM hop WHERE chain IS NOT NULL) AS of_{table}"
        for table in ("case_event", "ledger_entry")
    )
    found = connection.execute(text(f"SELECT chain FROM chain_head UNION {hops}")).scalars()
    return sorted(one if isinstance(one, UUID) else UUID(str(one)) for one in found)
