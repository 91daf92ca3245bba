"""Checking every chain of a database: does each hash hold, is nothing missing, is the head the last row?"""

from uuid import UUID

from sqlalchemy import Connection, func, select

from smartdesk_pbx.store.chain import Broken
from smartdesk_pbx.store.links import Slice, chains
from smartdesk_pbx.store.tables import chain_head
from smartdesk_pbx.store.verify import check


def verify_all(connection: Connection, chain: UUID | None = None) -> list[Broken]:
    """The breaks of all chains, or of one (the first thousand). Streams, so that memory does not grow; run it through
    `store.read`. `verify.verify_store` does the same in several processes."""
    found = [chain] if chain is not None else chains(connection)
    return check(connection, [Slice(one, 1, None) for one in found]).broken


def extent(connection: Connection, chain: UUID | None = None) -> tuple[int, int]:
    """How many chains there are and how many entries their heads count; of one chain when named."""
    query = select(func.count(), func.coalesce(func.sum(chain_head.c.seq), 0))
    if chain is not None:
        query = query.where(chain_head.c.chain == chain)
    chains_, entries = connection.execute(query).one()
    return int(chains_), int(entries)
