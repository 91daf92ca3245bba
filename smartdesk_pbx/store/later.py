"""Facts that the office adds to a case after the call: straight into the ledger, in the transaction at hand."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.store import ledger
from smartdesk_pbx.store.facts import Fact, Group, StoredKey, encode, keys_for
from smartdesk_pbx.store.seal import CaseKey, Sealer
from smartdesk_pbx.store.tables import chain_head


def append(
    connection: Connection, sealer: Sealer, new_id: Callable[[], UUID], chain: UUID, now: datetime, *facts: Fact
) -> tuple[str, ...]:
    """Add facts of one call to its chain, whole or not at all; their keys. What they seal gets its own case key."""
    made: list[CaseKey] = []

    def case_key(call_id: UUID) -> CaseKey:
        if not made:
            made.append(sealer.new_case_key(call_id, new_id()))
        return made[0]

    keys = keys_for(facts, new_id)
    rows = tuple(encode(fact, key, sealer, case_key) for fact, key in zip(facts, keys, strict=True))
    stored = tuple(StoredKey(key.id, key.call_id, key.wrapped) for key in made)
    ledger.commit(connection, [Group(rows, chain, stored)], now)
    return keys


def lock(connection: Connection, chain: UUID) -> None:
    """Hold the chain until the transaction ends: what is read of its cases now is still so when it is written."""
    connection.execute(select(chain_head.c.seq).where(chain_head.c.chain == chain).with_for_update())
