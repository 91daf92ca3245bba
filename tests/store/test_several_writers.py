"""Several programs write at once, and one is killed at any point: the chain stays whole, nothing is lost."""

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from smartdesk_pbx.bench.cluster import Cluster
from smartdesk_pbx.clock import Clock
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store import case, lane, ledger
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.facts import Fact
from smartdesk_pbx.store.journal import Journal
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_event
from smartdesk_pbx.store.writer import Writer
from tests.store.child import SEALER
from tests.store.facts import arrived, closed, ended, judged, step

ROOT = Path(__file__).resolve().parents[2]


async def child(url: str, journal: Path | str, groups: int, writers: int, *chains: object) -> Process:
    arguments = [url, str(journal), str(groups), str(writers), *(str(c) for c in chains)]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.child", *arguments, stdout=PIPE, cwd=ROOT
    )


async def stored_keys(store: Store) -> list[str]:
    return list(await store.read(lambda c: c.execute(select(case_event.c.key)).scalars().all()))


async def test_programs_writing_to_the_same_chains_leave_them_unbroken(store: Store, url: str) -> None:
    chains = [uuid4(), uuid4()]
    children = [await child(url, "-", 10, 4, *order) for order in (chains, chains[::-1], chains)]
    said = await asyncio.gather(*(p.communicate() for p in children))
    assert [p.returncode for p in children] == [0, 0, 0]
    acknowledged = [key for out, _ in said for key in out.decode().split()]
    assert len(acknowledged) == 240
    assert sorted(await stored_keys(store)) == sorted(acknowledged)
    assert await store.read(verify_all) == []


async def test_a_chain_can_be_verified_while_others_write_to_it(store: Store, url: str) -> None:
    """Rows, judgements and heads are read as of one moment."""
    running = await child(url, "-", 10**6, 8, uuid4())
    assert running.stdout is not None
    await running.stdout.readline()
    reading = asyncio.create_task(running.communicate())
    found = [await store.read(verify_all) for _ in range(15)]
    running.kill()
    await reading
    assert found == [[]] * 15


@pytest.mark.parametrize("after", [1, 25, 140])
async def test_kill_9_loses_nothing_that_was_acknowledged(
    store: Store, url: str, backend: str, tmp_path: Path, after: int
) -> None:
    journal = "-" if backend == "sqlite" else tmp_path / "journal.db"
    running = await child(url, journal, 10**6, 8, uuid4(), uuid4())
    assert running.stdout is not None
    lines = [await running.stdout.readline() for _ in range(after)]
    running.kill()
    lines += (await running.communicate())[0].splitlines(keepends=True)
    acknowledged = [line.decode().split() for line in lines if line.endswith(b"\n")]
    if backend != "sqlite":
        assert isinstance(journal, Path)
        writer = Writer(store, SEALER, Clock(), Ids(), journal=Journal.open(journal))
        await writer.drained()
        await writer.close()
        left = Journal.open(journal)
        assert left.left() == []
        await left.close()
    keys = await stored_keys(store)
    assert len(keys) == len(set(keys))
    assert {key for group in acknowledged for key in group} <= set(keys)
    assert await store.read(verify_all) == []


@pytest.fixture
def journal_file(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
async def away(cluster: Cluster) -> str:
    """The URL of a database of its own on PostgreSQL."""
    name = f"t{uuid4().hex[:12]}"
    cluster.sql(f"CREATE DATABASE {name} TEMPLATE ready")
    return cluster.url(name)


async def test_with_the_ledger_away_facts_are_durable_and_reach_it_later_in_order(
    own_cluster: Cluster, journal_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "RETRY_MOST_S", 0.2)
    store = Store.open(own_cluster.url("ready"))
    writer = Writer(store, SEALER, Clock(), Ids(), journal=Journal.open(journal_file))
    call = uuid4()
    await writer.append(arrived(call), chain=None).ledgered(10)
    own_cluster.stop()
    try:
        receipts = [writer.append(step(call, i, digits="5"), chain=None) for i in range(20)]
        await asyncio.gather(*(r.durable() for r in receipts))
        with pytest.raises(EdgeDown, match="within"):
            await receipts[0].ledgered(0.3)
        assert writer.depth == 20 and writer.edge_down is not None
        with pytest.raises(EdgeDown):
            await store.read(verify_all)
    finally:
        own_cluster.start()
    await writer.append(ended(call), chain=None).ledgered(20)
    await receipts[-1].ledgered(1)
    stored = await store.read(lambda c: case.events_of(c, SEALER, call))
    assert [s.key for s in stored[1:-1]] == [r.keys[0] for r in receipts]
    assert not any(s.erased for s in stored)
    assert writer.edge_down is None
    await writer.close()
    await store.close()


async def test_a_later_daemon_ships_what_an_earlier_one_left_once(away: str, journal_file: Path) -> None:
    """The earlier one died after the ledger had the first group and before it could forget it."""
    store = Store.open(away)
    call = uuid4()
    facts: list[tuple[Fact, ...]] = [
        (arrived(call),),
        (step(call, 1, digits="5"),),
        (ended(call), closed(call)),
        (judged(call),),
    ]
    nowhere = Store.open("postgresql://nobody@127.0.0.1:1/none", check=False)
    earlier = Writer(nowhere, SEALER, Clock(), Ids(), journal=Journal.open(journal_file))
    receipts = [earlier.append(*group, chain=None) for group in facts]
    await receipts[-1].durable()
    with pytest.raises(RuleBroken, match="in use"):
        Journal.open(journal_file)
    await earlier.close(patience_s=0)
    journal = Journal.open(journal_file)
    (_, first), *_ = journal.left()
    await store.run(lambda c: ledger.commit(c, [first], store.now(c)))
    writer = Writer(store, SEALER, Clock(), Ids(), journal=journal)
    await writer.drained()
    stored = await store.read(lambda c: case.events_of(c, SEALER, call))
    assert [s.key for s in stored] == [key for r in receipts for key in r.keys]
    assert not any(s.erased for s in stored)
    assert await store.read(verify_all) == []
    await writer.close()
    await store.close()


async def test_what_the_ledger_can_never_take_is_set_aside(away: str, journal_file: Path) -> None:
    store = Store.open(away)

    def broken(connection: object, groups: object, now: object) -> None:
        raise ArithmeticError("never")

    writer = Writer(store, SEALER, Clock(), Ids(), journal=Journal.open(journal_file), commit=broken)
    receipt = writer.append(arrived(uuid4()), chain=None)
    await receipt.durable()
    with pytest.raises(ArithmeticError):
        await receipt.ledgered(5)
    await writer.close()
    journal = Journal.open(journal_file)
    assert journal.left() == []
    with closing(sqlite3.connect(journal_file)) as file:
        assert [error for (error,) in file.execute("SELECT error FROM refused")] == ["ArithmeticError"]
    assert journal_file.stat().st_mode & 0o777 == 0o600
    await journal.close()
    await store.close()
