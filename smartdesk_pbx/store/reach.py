"""How far each node was read: the journal into the ledger, Asterisk's call records into their table.

A month is not closed while facts of it may still lie on some node's disk.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.store.tables import case_file
from smartdesk_pbx.store.tables.money import node_reach as table


@dataclass(frozen=True)
class Behind:
    """A node that was not read to the end of a month. Times None: never."""

    node: str
    journal_at: datetime | None
    cdr_at: datetime | None


def note(
    connection: Connection, node: str, *, journal_at: datetime | None = None, cdr_at: datetime | None = None
) -> None:
    """Everything that the node wrote before these times has been read; a time that is not given stays."""
    columns = {name: at for name, at in (("journal_at", journal_at), ("cdr_at", cdr_at)) if at is not None}
    assert columns, "at least one of the two"
    if connection.execute(update(table).where(table.c.node == node).values(columns)).rowcount == 0:
        connection.execute(insert(table).values(node=node, **columns))


def behind(connection: Connection, month: Month) -> list[Behind]:
    """The nodes that took calls of the month, or were read at any time of it, and were not read past its end."""
    took = select(case_file.c.node).where(
        case_file.c.invited_at >= month.starts_at, case_file.c.invited_at < month.ends_at
    )
    known = {row.node: Behind(row.node, row.journal_at, row.cdr_at) for row in connection.execute(select(table))}
    busy = set(connection.execute(took.distinct()).scalars())
    busy |= {node for node, at in known.items() if _latest(at) >= month.starts_at}
    found = [known.get(node, Behind(node, None, None)) for node in sorted(busy)]
    return [one for one in found if not _past(one, month.ends_at)]


def _latest(one: Behind) -> datetime:
    times = [at for at in (one.journal_at, one.cdr_at) if at is not None]
    return max(times)


def _past(one: Behind, end: datetime) -> bool:
    return all(at is not None and at >= end for at in (one.journal_at, one.cdr_at))
