"""The one writer of facts: `append` never waits, one commit carries whatever has gathered.

Without a journal (SQLite) durable and ledgered are the same moment. With one (PostgreSQL) a group is durable
when the local journal has it, ledgered when it was carried over.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract.events import CaseClosed
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store import ledger
from smartdesk_pbx.store.facts import Fact, Group, StoredKey, encode, keys_for, kind_of
from smartdesk_pbx.store.journal import Journal
from smartdesk_pbx.store.lane import Lane
from smartdesk_pbx.store.receipt import Receipt
from smartdesk_pbx.store.seal import CaseKey, Sealer
from smartdesk_pbx.store.session import Store

Commit = Callable[[Connection, Sequence[Group], datetime], None]

CLOSE_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    group: Group
    receipt: Receipt
    journal_seq: int = 0


class Writer:
    """Made inside a running loop. With a journal, what an earlier daemon left in it is carried over first.

    `linger_s`: how long a fact that nobody waits for may wait for others to share its commit.
    """

    def __init__(
        self,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
        *,
        journal: Journal | None = None,
        commit: Commit = ledger.commit,
        linger_s: float = 0.0,
    ) -> None:
        self._store, self._sealer, self._clock, self._ids = store, sealer, clock, ids
        self._journal, self._commit = journal, commit
        self._case_keys: dict[UUID, CaseKey] = {}
        self._not_stored: dict[UUID, StoredKey] = {}
        """Those of the keys that the ledger may not have yet: they go with every group of their case."""
        self._closed = False
        self._to_ledger: Lane[_Pending] = Lane("ledger", self._carry, self._refused, linger_s)
        self._to_journal: Lane[_Pending] | None = None
        if journal is not None:
            self._to_journal = Lane("journal", self._write_journal, self._refused, linger_s)
            for seq, group in journal.left():
                receipt = Receipt(tuple(row.key for row in group.rows), self.hurry)
                receipt.set_durable()
                self._to_ledger.put(_Pending(group, receipt, seq))

    def append(self, *facts: Fact, chain: UUID | None) -> Receipt:
        """Queue facts as one atomic group on a subscriber's chain (None: the operator's); no waiting.

        A group whose first fact is stored already is a repeat and does nothing, successfully. A fact that cannot
        be stored makes the receipt raise; the call goes on.
        """
        if self._closed or not facts:
            raise RuntimeError("the writer is closed" if self._closed else "nothing to append")
        receipt = Receipt(keys_for(facts, self._ids.new), self.hurry)
        try:
            group = self._encoded(facts, receipt.keys, chain)
        except (ValueError, TypeError, OverflowError) as error:
            receipt.refuse(error, kind_of(facts[0]))
            return receipt
        (self._to_journal or self._to_ledger).put(_Pending(group, receipt))
        return receipt

    @property
    def depth(self) -> int:
        """Groups that are not in the ledger yet."""
        return self._to_ledger.depth + (self._to_journal.depth if self._to_journal else 0)

    @property
    def edge_down(self) -> EdgeDown | None:
        """Why nothing reaches the ledger just now; None while all is well."""
        return self._to_ledger.edge_down or (self._to_journal.edge_down if self._to_journal else None)

    def hurry(self) -> None:
        """Somebody waits for what was appended last."""
        if self._to_journal:
            self._to_journal.hurry()
        self._to_ledger.hurry()

    async def drained(self) -> None:
        """Returns when everything appended so far is in the ledger (or was refused)."""
        while self.depth:
            if self._to_journal:
                self._to_journal.hurry()
                await self._to_journal.drained()
            self._to_ledger.hurry()
            await self._to_ledger.drained()

    async def close(self, patience_s: float = CLOSE_PATIENCE_S) -> None:
        """Take nothing more, wait until all is written or the patience is over; let go of the journal.

        Raises EdgeDown when facts could be written nowhere; those in the journal are left to the next daemon.
        """
        self._closed = True
        try:
            async with asyncio.timeout(patience_s):
                await self.drained()
        except TimeoutError:
            pass
        lost = await self._to_journal.stop() if self._to_journal else []
        left = await self._to_ledger.stop()
        for pending in [*lost, *left]:
            pending.receipt.give_up()
        if self._journal is None:
            lost = left
        else:
            await self._journal.close()
        if lost:
            raise EdgeDown(f"{len(lost)} groups of facts could not be written")

    def _encoded(self, facts: Sequence[Fact], keys: Sequence[str], chain: UUID | None) -> Group:
        rows = tuple([encode(f, key, self._sealer, self._case_key) for f, key in zip(facts, keys, strict=True)])
        carried: tuple[StoredKey, ...] = ()
        if self._not_stored:
            calls = dict.fromkeys([fact.call_id for fact in facts])
            carried = tuple([self._not_stored[call] for call in calls if call in self._not_stored])
        for fact in facts:
            if isinstance(fact, CaseClosed):
                self._case_keys.pop(fact.call_id, None)
                self._not_stored.pop(fact.call_id, None)
        return Group(rows, chain, carried)

    def _case_key(self, call_id: UUID) -> CaseKey:
        key = self._case_keys.get(call_id)
        if key is None:
            key = self._sealer.new_case_key(call_id, self._ids.new())
            self._case_keys[call_id] = key
            self._not_stored[call_id] = StoredKey(key.id, call_id, key.wrapped)
        return key

    async def _write_journal(self, batch: Sequence[_Pending]) -> None:
        assert self._journal is not None
        seqs = await self._journal.append([p.group for p in batch])
        for pending, seq in zip(batch, seqs, strict=True):
            pending.receipt.set_durable()
            self._to_ledger.put(_Pending(pending.group, pending.receipt, seq))
            if pending.receipt.hurried:
                self._to_ledger.hurry()

    async def _carry(self, batch: Sequence[_Pending]) -> None:
        groups = [p.group for p in batch]
        await self._store.run(lambda connection: self._commit(connection, groups, self._store.now(connection)))
        for pending in batch:
            self._mark_stored(pending.group)
            pending.receipt.set_ledgered()
        if self._journal is not None:
            await self._journal.forget(batch[-1].journal_seq, at_once=self.depth == len(batch))

    def _mark_stored(self, group: Group) -> None:
        for key in group.case_keys:
            if self._not_stored.get(key.call_id) == key:
                del self._not_stored[key.call_id]

    async def _refused(self, pending: _Pending, error: Exception) -> None:
        if self._journal is not None and pending.journal_seq:
            await self._journal.refuse(pending.journal_seq, pending.group, error)
        pending.receipt.refuse(error, pending.group.rows[0].kind)
