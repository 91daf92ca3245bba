"""The writer: order, atomic groups, each key once."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, select

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store import case, ledger
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.facts import Fact, Group
from smartdesk_pbx.store.journal import Journal
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_event, case_key
from smartdesk_pbx.store.writer import Writer
from tests.store.facts import AT, CALLER, arrived, closed, ended, judged, later, requested, step
from tests.store.reading import kinds


@pytest.fixture
async def writer(store: Store, sealer: Sealer) -> AsyncIterator[Writer]:
    writer = Writer(store, sealer, Clock(), Ids())
    yield writer
    await writer.close()


async def test_facts_come_back_as_they_were_in_order(store: Store, sealer: Sealer, writer: Writer) -> None:
    call, subscriber = uuid4(), uuid4()
    facts: list[Fact] = [
        arrived(call, subscriber=subscriber, caller_key="k"),
        events.CallSignalled(
            call_id=call, at=AT, source_known=True, sources=["+81311112222"], raw=["<x>"], sip_call_id="a"
        ),
        events.CallSignalled(call_id=call, at=AT, source_known=None, sources=[], raw=[], sip_call_id=""),
        step(call, 1),
        step(call, 2, digits="0312345678"),
        events.TalkEnded(call_id=call, at=AT, agent="a1", by="caller", talk_s=12.0),
        events.ResponseTaken(call_id=call, at=AT, by="a1", name_is="given", name="山田 太郎"),
        ended(call),
        closed(call),
        judged(call),
    ]
    receipts = [writer.append(fact, chain=subscriber) for fact in facts]
    await receipts[-1].ledgered(5)
    stored = await store.read(lambda c: case.events_of(c, sealer, call))
    assert [s.fact for s in stored] == facts
    assert [s.key for s in stored] == [key for r in receipts for key in r.keys]
    assert [s.chain_seq for s in stored] == list(range(1, 11))
    assert not any(s.erased for s in stored)


async def test_sealed_parts_stand_nowhere_in_clear_and_go_with_the_key(
    store: Store, sealer: Sealer, writer: Writer
) -> None:
    """R23: names and numbers are unreadable without the case's key, and erasing it leaves the chain verifiable."""
    call = uuid4()
    await writer.append(arrived(call), step(call, 1, digits="0312345678"), chain=None).ledgered(5)
    rows = await store.read(lambda c: repr(c.execute(select(case_event)).all()))
    assert CALLER not in rows and CALLER[3:] not in rows and "0312345678" not in rows
    assert await store.run(lambda c: case.erase(c, call)) == 1
    first, second = await store.read(lambda c: case.events_of(c, sealer, call))
    assert first.erased and isinstance(first.fact, events.CallArrived) and first.fact.caller is None
    assert second.erased and isinstance(second.fact, events.FlowStep) and second.fact.digits is None
    assert await store.read(verify_all) == []


async def test_a_sealed_part_cannot_be_moved_or_opened_with_another_master(
    store: Store, sealer: Sealer, writer: Writer
) -> None:
    call = uuid4()
    await writer.append(arrived(call), chain=None).ledgered(5)
    with pytest.raises(RuleBroken, match="another secrets/master"):
        await store.read(lambda c: case.events_of(c, Sealer(os.urandom(32), os.urandom(32)), call))
    key = sealer.new_case_key(call, uuid4())
    sealed = sealer.seal(key, "here", {"name": "x"})
    assert sealer.open(key, "here", sealed) == {"name": "x"}
    with pytest.raises(RuleBroken, match="tampered"):
        sealer.open(key, "there", sealed)


async def test_a_group_whose_first_fact_is_stored_is_a_repeat_and_does_nothing(
    store: Store, sealer: Sealer, writer: Writer
) -> None:
    call = uuid4()
    first = writer.append(arrived(call), chain=None)
    await writer.append(closed(call), judged(call), chain=None).ledgered(5)
    again = writer.append(closed(call), judged(call, "another-rule"), step(call, 9), chain=None)
    await again.ledgered(5)
    assert first.keys == (f"{call}/call.arrived",)
    assert await kinds(store, sealer, call) == ["call.arrived", "case.closed", "judgement"]
    file = await store.read(lambda c: case.file_of(c, call))
    assert file is not None and file.rule == "ivr-only"


async def test_of_two_that_a_case_has_once_the_first_wins(store: Store, sealer: Sealer, writer: Writer) -> None:
    call = uuid4()
    writer.append(arrived(call), chain=None)
    for outcome in ("human", "message", "failed"):
        writer.append(step(call, 1), ended(call, outcome), chain=None)
    await writer.drained()
    assert await kinds(store, sealer, call) == ["call.arrived", "flow.step", "call.ended", "flow.step", "flow.step"]
    file = await store.read(lambda c: case.file_of(c, call))
    assert file is not None and file.outcome == "human"


async def test_the_case_file_follows_its_facts(store: Store, sealer: Sealer, writer: Writer) -> None:
    call, subscriber, contract = uuid4(), uuid4(), uuid4()
    writer.append(arrived(call, subscriber=subscriber, contract=contract, caller_key="k"), chain=subscriber)
    writer.append(events.CallAnswered(call_id=call, at=later(2)), chain=subscriber)
    for agent, at in (("a1", later(10)), ("a2", later(20))):
        writer.append(events.TalkStarted(call_id=call, at=at, agent=agent, channel="c"), chain=subscriber)
    await writer.append(ended(call, "human", at=later(30)), chain=subscriber).ledgered(5)
    assert [f.call_id for f in await store.read(case.unclosed)] == [call]
    await writer.append(closed(call), judged(call), chain=subscriber).ledgered(5)
    file = await store.read(lambda c: case.file_of(c, call))
    assert file is not None and (file.subscriber_id, file.contract_id, file.chain) == (subscriber, contract, subscriber)
    assert (file.invited_at, file.answered_at, file.human_at, file.ended_at) == (AT, later(2), later(10), later(30))
    assert (file.agent, file.outcome, file.response, file.rule) == ("a2", "human", "none", "ivr-only")
    assert (file.billable, file.closed_at) == (False, later(60))
    assert await store.read(case.unclosed) == []


async def test_open_calls_are_those_of_the_node_that_have_not_ended(store: Store, writer: Writer) -> None:
    here, there, over = uuid4(), uuid4(), uuid4()
    writer.append(arrived(here), chain=None)
    writer.append(arrived(there, node="n2"), chain=None)
    writer.append(arrived(over), ended(over), chain=None)
    await writer.drained()
    assert [f.call_id for f in await store.read(lambda c: case.open_calls(c, "n1"))] == [here]
    newest = await store.read(lambda c: case.listing(c, limit=2))
    assert len(newest) == 2


async def test_r8_2_counted_requests_across_calls_and_within_one(store: Store, writer: Writer) -> None:
    """R8.2: per contract and caller, in the window, counted ones only, oldest first."""
    contract, keys = uuid4(), {}
    for name, caller_key, of, at, counted in (
        ("old", "k", contract, later(-99), True),
        ("first", "k", contract, later(1), True),
        ("second", "k", contract, later(2), True),
        ("not counted", "k", contract, later(3), False),
        ("another caller", "other", contract, later(4), True),
        ("another contract", "k", uuid4(), later(5), True),
        ("anonymous", None, contract, later(6), True),
    ):
        call = uuid4()
        writer.append(arrived(call, contract=of, caller_key=caller_key), chain=None)
        keys[name] = (call, writer.append(requested(call, at, counted=counted), chain=None).keys[0])
    await writer.drained()
    found = await store.read(lambda c: case.counted_requests(c, contract, "k", AT))
    assert found == [keys["first"][1], keys["second"][1]]
    call, key = keys["anonymous"]
    assert await store.read(lambda c: case.counted_in_call(c, call)) == [key]
    call, key = keys["not counted"]
    assert await store.read(lambda c: case.counted_in_call(c, call)) == []


async def test_a_fact_that_cannot_be_stored_is_refused_alone(store: Store, sealer: Sealer, writer: Writer) -> None:
    call = uuid4()
    writer.append(arrived(call), chain=None)
    naive = writer.append(replace_at(ended(call), datetime(2026, 4, 1)), chain=None)
    after = writer.append(step(call, 1), chain=None)
    with pytest.raises(ValueError, match="no zone"):
        await naive.durable()
    await after.ledgered(5)
    assert await kinds(store, sealer, call) == ["call.arrived", "flow.step"]


def replace_at(fact: events.CallEnded, at: datetime) -> events.CallEnded:
    return events.CallEnded(call_id=fact.call_id, at=at, by=fact.by, outcome=fact.outcome)


async def test_one_case_key_for_an_open_call_and_it_is_let_go_when_closed(
    store: Store, sealer: Sealer, writer: Writer
) -> None:
    def count(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(case_key)).scalar_one()

    call = uuid4()
    for i in range(5):
        await writer.append(step(call, i, digits="1"), chain=None).ledgered(5)
    assert await store.read(count) == 1
    await writer.append(closed(call), chain=None).ledgered(5)
    await writer.append(step(call, 6, digits="1"), chain=None).ledgered(5)
    assert await store.read(count) == 2  # a late fact is sealed with another key


async def test_facts_linger_for_others_until_somebody_is_in_a_hurry(store: Store, sealer: Sealer) -> None:
    commits: list[int] = []

    def counted(connection: Connection, groups: Sequence[Group], now: datetime) -> None:
        ledger.commit(connection, groups, now)
        commits.append(len(groups))

    call, writer = uuid4(), Writer(store, sealer, Clock(), Ids(), commit=counted, linger_s=60)
    patient = asyncio.create_task(writer.append(arrived(call), chain=None).ledgered(patient=True))
    writer.append(step(call, 1), chain=None)
    done, _ = await asyncio.wait({patient}, timeout=0.3)
    assert not done and not commits
    writer.append(step(call, 2), chain=None).hurry()
    await patient
    await writer.append(step(call, 3), chain=None).ledgered(5)
    await writer.append(step(call, 4), chain=None).durable()
    writer.append(step(call, 5), chain=None)
    await writer.drained()
    assert commits == [3, 1, 1, 1]
    await writer.close()


async def test_lingering_ends_by_itself(store: Store, sealer: Sealer) -> None:
    call, writer = uuid4(), Writer(store, sealer, Clock(), Ids(), linger_s=0.1)
    receipts = [writer.append(fact, chain=None) for fact in (arrived(call), step(call, 1))]
    for receipt in receipts:
        await receipt.ledgered(5, patient=True)
    await writer.close()


async def test_with_a_journal_facts_linger_in_neither_place_when_somebody_waits(
    store: Store, sealer: Sealer, tmp_path: Path
) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    call, writer = uuid4(), Writer(store, sealer, Clock(), Ids(), journal=journal, linger_s=60)
    await writer.append(arrived(call), chain=None).durable()
    for number in range(1, 20):
        await writer.append(step(call, number), chain=None).ledgered(5)
    writer.append(step(call, 20), chain=None)
    await writer.close()
    assert len(await kinds(store, sealer, call)) == 21


async def test_concurrent_appends_of_many_calls_leave_whole_chains(
    store: Store, sealer: Sealer, writer: Writer
) -> None:
    chains = [uuid4() for _ in range(4)]

    async def one(i: int) -> None:
        call = uuid4()
        for k in range(10):
            await writer.append(step(call, k), step(call, k, digits="5"), chain=chains[i % 4]).durable()

    await asyncio.gather(*(one(i) for i in range(16)))
    assert await store.read(verify_all) == []
    assert await store.read(lambda c: c.execute(select(func.count()).select_from(case_event)).scalar_one()) == 320


async def test_recorded_at_is_the_databases_clock(store: Store, sealer: Sealer, writer: Writer) -> None:
    call = uuid4()
    before = datetime.now(UTC)
    await writer.append(arrived(call), chain=None).ledgered(5)
    (stored,) = await store.read(lambda c: case.events_of(c, sealer, call))
    assert before <= stored.recorded_at <= datetime.now(UTC)
