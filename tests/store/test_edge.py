"""The writer when a group is poisoned or the database goes away."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store import case, lane, ledger
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.facts import Group
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.writer import Writer
from tests.store.facts import arrived, step
from tests.store.reading import kinds


class Poison:
    """A commit that some groups break, after it wrote them: all or nothing must hold."""

    def __init__(self, bad: UUID) -> None:
        self.bad = bad

    def __call__(self, connection: Connection, groups: Sequence[Group], now: datetime) -> None:
        ledger.commit(connection, groups, now)
        if any(g.rows[0].call_id == self.bad for g in groups):
            raise ArithmeticError("poisoned")


async def test_a_poisoned_group_does_not_stop_the_others(store: Store, sealer: Sealer) -> None:
    calls = [uuid4() for _ in range(5)]
    writer = Writer(store, sealer, Clock(), Ids(), commit=Poison(calls[2]))
    receipts = [writer.append(arrived(call), step(call, 1), chain=None) for call in calls]
    with pytest.raises(ArithmeticError):
        await receipts[2].ledgered(5)
    for receipt in receipts[:2] + receipts[3:]:
        await receipt.ledgered(5)
    assert await kinds(store, sealer, calls[2]) == []
    assert [len(await kinds(store, sealer, call)) for call in calls] == [2, 2, 0, 2, 2]
    assert await store.read(verify_all) == []
    await writer.close()


class Flaky:
    """A database that is away for a while; every second failure comes after the commit, so nobody knows."""

    def __init__(self, store: Store, failures: int) -> None:
        self.store, self.failures = store, failures

    async def run(self, fn: Callable[[Connection], object]) -> object:
        self.failures -= 1
        if self.failures >= 0 and self.failures % 2:
            raise EdgeDown("away")
        done = await self.store.run(fn)
        if self.failures >= 0:
            raise EdgeDown("lost after the commit")
        return done

    def now(self, connection: Connection) -> datetime:
        return self.store.now(connection)


async def test_an_edge_that_is_down_is_waited_for_and_nothing_is_lost_or_doubled(
    store: Store, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "RETRY_FIRST_S", 0.01)
    call = uuid4()
    writer = Writer(Flaky(store, 4), sealer, Clock(), Ids())  # type: ignore[arg-type]
    receipts = [writer.append(arrived(call), chain=None)]
    receipts += [writer.append(step(call, i), chain=None) for i in range(1, 10)]
    with pytest.raises(EdgeDown, match="within"):
        await receipts[0].ledgered(0.001)
    assert writer.depth == 10
    await writer.drained()
    stored = await store.read(lambda c: case.events_of(c, sealer, call))
    assert [s.key for s in stored] == [r.keys[0] for r in receipts]
    assert writer.edge_down is None
    await writer.close()


async def test_closing_says_when_facts_could_be_written_nowhere(store: Store, sealer: Sealer) -> None:
    writer = Writer(Flaky(store, 10**9), sealer, Clock(), Ids())  # type: ignore[arg-type]
    receipt = writer.append(arrived(uuid4()), chain=None)
    with pytest.raises(EdgeDown, match="1 groups"):
        await writer.close(patience_s=0.05)
    with pytest.raises(EdgeDown):
        await receipt.durable()
    with pytest.raises(RuntimeError, match="closed"):
        writer.append(arrived(uuid4()), chain=None)
