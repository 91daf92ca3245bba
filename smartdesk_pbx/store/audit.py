"""Checking every chain of a database: does each hash hold, is nothing missing, is the head the last row?"""

import heapq
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, func, select

from smartdesk_pbx.store.chain import Broken, Entry, Head, Link, verify
from smartdesk_pbx.store.tables import case_event, chain_head, ledger_entry

_ROWS_AT_ONCE = 2000


def verify_all(connection: Connection, chain: UUID | None = None) -> list[Broken]:
    """Every break of all chains, or of one. Streams, so that memory does not grow; run it through `store.read`."""
    heads = {row.chain: Head(row.seq, row.hash) for row in connection.execute(select(chain_head))}
    if chain is not None:
        heads = {c: head for c, head in heads.items() if c == chain}
    broken: list[Broken] = []
    links = heapq.merge(
        _links(connection, case_event, "event", chain),
        _links(connection, ledger_entry, "ledger", chain),
        key=lambda link: (link.chain, link.chain_seq),
    )
    for of, rows in groupby(links, key=lambda link: link.chain):
        broken += verify(of, rows, heads.pop(of, None))
    for of, head in sorted(heads.items()):
        broken += verify(of, (), head)
    return broken


def _links(connection: Connection, table: Table, entry: Entry, chain: UUID | None) -> Iterator[Link]:
    query = select(table).order_by(table.c.chain, table.c.chain_seq)
    if chain is not None:
        query = query.where(table.c.chain == chain)
    for row in connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}):
        yield _link(row, entry)


def _link(row: Row[Any], entry: Entry) -> Link:
    return Link(
        row.chain, row.chain_seq, entry, row.key, row.call_id, row.kind, row.at, row.recorded_at, row.open,
        row.sealed, row.prev_hash, row.hash,
    )  # fmt: skip


def extent(connection: Connection, chain: UUID | None = None) -> tuple[int, int]:
    """How many chains there are and how many entries their heads count; of one chain when named."""
    query = select(func.count(), func.coalesce(func.sum(chain_head.c.seq), 0))
    if chain is not None:
        query = query.where(chain_head.c.chain == chain)
    chains, entries = connection.execute(query).one()
    return int(chains), int(entries)
