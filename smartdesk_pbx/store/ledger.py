"""The writing transaction: groups of facts become links of their chains, each key once.

Sequence and head are read inside the transaction, under the heads' locks, never cached: other writers exist.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.store.chain import GENESIS, Head, Link, link_hash
from smartdesk_pbx.store.facts import Group, Row
from smartdesk_pbx.store.projection import project
from smartdesk_pbx.store.rows import insert_rows, rows_of, update_rows
from smartdesk_pbx.store.tables import case_event, case_key, chain_head, installation, ledger_entry

_TABLES = {"event": case_event, "ledger": ledger_entry}
_HEAD = ("chain", "seq", "hash")
_LINK = (
    "chain", "chain_seq", "key", "call_id", "kind", "at", "recorded_at", "open", "sealed", "prev_hash", "hash",
)  # fmt: skip
"""The columns of a link, in its own order."""


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
        new = [(chain, 0, GENESIS) for chain in chains if chain not in heads]
        insert_rows(connection, chain_head, _HEAD, new, ignore=True)
        heads = _select_heads(connection, chains)
    return heads


def _select_heads(connection: Connection, chains: list[UUID]) -> dict[UUID, Head]:
    return {chain: Head(seq, hash) for chain, seq, hash in rows_of(connection, chain_head, _HEAD, chains, lock=True)}


def _stored_keys(connection: Connection, groups: Sequence[Group]) -> set[str]:
    """Those keys of the groups that could be repeats and are: first facts, and kinds that a case has once."""
    found: set[str] = set()
    for entry, table in _TABLES.items():
        keys = [r.key for g in groups for i, r in enumerate(g.rows) if r.entry == entry and (i == 0 or r.once)]
        if keys:
            found.update(key for (key,) in rows_of(connection, table, ("key",), keys))
    return found


def _link(chain: UUID, head: Head, row: Row, now: datetime) -> Link:
    content = (chain, head.seq + 1, row.entry, row.key, row.call_id, row.kind, row.at, now, row.open, row.sealed)
    return Link(*content, head.hash, link_hash(Link(*content, head.hash, "")))


def _insert_links(connection: Connection, links: list[Link]) -> None:
    for entry, table in _TABLES.items():
        insert_rows(connection, table, _LINK, [link[:2] + link[3:] for link in links if link.entry == entry])


def _insert_case_keys(connection: Connection, groups: Sequence[Group]) -> None:
    keys = [(k.id, k.call_id, k.wrapped) for g in groups for k in g.case_keys]
    insert_rows(connection, case_key, ("id", "call_id", "wrapped"), keys, ignore=True)


def _move_heads(connection: Connection, heads: dict[UUID, Head]) -> None:
    update_rows(connection, chain_head, _HEAD, [(chain, *head) for chain, head in heads.items()])
