"""The writing transaction: groups of facts become links of their chains, each key once.

Sequence and head are read inside the transaction, under the heads' locks, never cached: other writers exist.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Table, any_, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from smartdesk_pbx.store.chain import GENESIS, Head, Link, link_hash
from smartdesk_pbx.store.facts import Group, Row
from smartdesk_pbx.store.projection import project
from smartdesk_pbx.store.tables import case_event, case_key, chain_head, installation, ledger_entry

_TABLES = {"event": case_event, "ledger": ledger_entry}

_CHAIN = update(chain_head).where(chain_head.c.chain == bindparam("of_chain"))


def commit(connection: Connection, groups: Sequence[Group], now: datetime) -> None:
    """Store the groups in order. A group whose first fact is stored already is left out whole (a repeat), and so
    is any single fact of a kind that its case has once and already has. `now`: the database's clock.
    """
    placed = list(_placed(connection, groups))
    heads = _locked_heads(connection, sorted({chain for chain, _ in placed}))
    stored = _stored_keys(connection, groups)
    written: list[Link] = []
    for chain, group in placed:
        if group.rows[0].key in stored:
            continue
        for row in group.rows:
            if row.key in stored:
                continue
            link = _link(chain, heads[chain], row, now)
            heads[chain] = Head(link.chain_seq, link.hash)
            stored.add(row.key)
            written.append(link)
    _insert_case_keys(connection, groups)
    _insert_links(connection, written)
    _move_heads(connection, {link.chain: heads[link.chain] for link in written})
    project(connection, written)


def operator_chain(connection: Connection) -> UUID:
    """The chain of calls that belong to no subscriber."""
    chain: UUID = connection.execute(select(installation.c.operator_chain)).scalar_one()
    return chain


def _placed(connection: Connection, groups: Sequence[Group]) -> Iterator[tuple[UUID, Group]]:
    own = operator_chain(connection) if any(g.chain is None for g in groups) else None
    for group in groups:
        chain = group.chain or own
        assert chain is not None
        yield chain, group


def _locked_heads(connection: Connection, chains: list[UUID]) -> dict[UUID, Head]:
    """The heads, locked in the order of their ids so that two writers never wait for each other."""
    heads = _select_heads(connection, chains)
    if len(heads) < len(chains):
        new = [{"chain": c, "seq": 0, "hash": GENESIS} for c in chains if c not in heads]
        _insert_or_ignore(connection, chain_head, new)
        heads = _select_heads(connection, chains)
    return heads


def _select_heads(connection: Connection, chains: list[UUID]) -> dict[UUID, Head]:
    query = select(chain_head).where(_among(connection, chain_head.c.chain, chains))
    query = query.order_by(chain_head.c.chain).with_for_update()
    return {row.chain: Head(row.seq, row.hash) for row in connection.execute(query)}


def _stored_keys(connection: Connection, groups: Sequence[Group]) -> set[str]:
    """Those keys of the groups that could be repeats and are: first facts, and kinds that a case has once."""
    found: set[str] = set()
    for entry, table in _TABLES.items():
        keys = [r.key for g in groups for i, r in enumerate(g.rows) if r.entry == entry and (i == 0 or r.once)]
        if keys:
            found.update(connection.execute(select(table.c.key).where(_among(connection, table.c.key, keys))).scalars())
    return found


def _among(connection: Connection, column: Column[Any], values: list[Any]) -> ColumnElement[bool]:
    """`column IN values`. PostgreSQL gets one array: a list would be another statement, planned anew, each time."""
    if connection.dialect.name == "sqlite":
        return column.in_(values)
    return column == any_(bindparam("among", values, type_=postgresql.ARRAY(column.type)))


def _link(chain: UUID, head: Head, row: Row, now: datetime) -> Link:
    link = Link(
        chain, head.seq + 1, row.entry, row.key, row.call_id, row.kind, row.at, now, row.open, row.sealed, head.hash, ""
    )
    return link._replace(hash=link_hash(link))


def _insert_links(connection: Connection, links: list[Link]) -> None:
    for entry, table in _TABLES.items():
        rows = [_columns(link) for link in links if link.entry == entry]
        if rows:
            connection.execute(insert(table), rows)


def _columns(link: Link) -> dict[str, Any]:
    columns = link._asdict()
    del columns["entry"]
    columns["prev_hash"] = columns.pop("prev")
    return columns


def _insert_case_keys(connection: Connection, groups: Sequence[Group]) -> None:
    keys = [{"id": k.id, "call_id": k.call_id, "wrapped": k.wrapped} for g in groups for k in g.case_keys]
    if keys:
        _insert_or_ignore(connection, case_key, keys)


def _move_heads(connection: Connection, heads: dict[UUID, Head]) -> None:
    if heads:
        moved = [{"of_chain": chain, "seq": h.seq, "hash": h.hash} for chain, h in heads.items()]
        connection.execute(_CHAIN, moved)


def _insert_or_ignore(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)
    else:
        connection.execute(postgresql.insert(table).on_conflict_do_nothing(), rows)
