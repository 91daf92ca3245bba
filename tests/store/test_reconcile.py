"""The daily three-way reconciliation in the database: call records, cases, judgements, and what becomes of items."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.office import breach, reconcile
from smartdesk_pbx.office.registry import Params, perform
from smartdesk_pbx.store.tables import case_file
from tests.store.keeping import NOW, House
from tests.store.test_chain import tamper

YESTERDAY = date(2026, 11, 21)
MIDNIGHT = datetime(2026, 11, 20, 15, tzinfo=UTC)
"""Where yesterday begins in Tokyo."""
NOON = MIDNIGHT + timedelta(hours=12)


async def kinds(house: House, state: str = "open") -> list[str]:
    listed = await reconcile.listing(house.office, reconcile.Listing.model_validate({"state": state}))
    return sorted(item.kind for item in listed)


async def test_a_day_on_which_all_agree_has_nothing_unexplained(house: House) -> None:
    for minutes in (0, 60, 1439):
        house.call(MIDNIGHT + timedelta(minutes=minutes))
    house.call(MIDNIGHT - timedelta(seconds=1))
    house.call(MIDNIGHT + timedelta(days=1))
    done = await reconcile.run(house.office, reconcile.Run())
    assert (done.day, done.records, done.cases, done.entries) == (YESTERDAY, 3, 3, 3), "by midnight in Tokyo"
    assert (done.differences, done.open, done.records_complete) == (0, 0, True)


async def test_a_call_around_midnight_belongs_to_one_day_alone(house: House) -> None:
    """The switch's clock and ours are on different sides of midnight."""
    call = house.call(MIDNIGHT + timedelta(seconds=1), record=False)
    house.record(call, MIDNIGHT - timedelta(seconds=1), MIDNIGHT + timedelta(seconds=61))
    counts = [
        (await reconcile.run(house.office, reconcile.Run(day=day))).cases
        for day in (YESTERDAY - timedelta(days=1), YESTERDAY)
    ]
    assert counts == [0, 1]
    assert await kinds(house) == []


async def test_each_side_that_is_missing_is_an_item(house: House) -> None:
    house.call(NOON, record=False)
    house.call(NOON, closed=False)
    lost, nobodys = uuid4(), uuid4()
    house.record(lost, NOON, NOON + timedelta(seconds=9))
    house.record(nobodys, NOON, NOON + timedelta(seconds=9), to="+81399999999")
    changed, gone = house.call(NOON), house.call(NOON)
    tamper(house.store, "UPDATE case_file SET units = 9 WHERE call_id = :call", call=as_stored(house, changed))
    tamper(house.store, "DELETE FROM case_file WHERE call_id = :call", call=as_stored(house, gone))
    done = await reconcile.run(house.office, reconcile.Run())
    assert await kinds(house) == [
        "case-open", "case-without-record", "judgement-differs", "judgement-without-case", "record-without-case",
        "record-without-case",
    ]  # fmt: skip
    assert (done.differences, done.open) == (6, 6)
    assert not [i for i in await reconcile.listing(house.office, reconcile.Listing()) if i.call_id == nobodys]


def as_stored(house: House, call: object) -> object:
    return str(call).replace("-", "") if house.store.is_sqlite else call


async def test_a_judgement_alone_is_found_on_its_day(house: House) -> None:
    call = house.call(NOON, record=False)
    tamper(house.store, "DELETE FROM case_file WHERE call_id = :call", call=as_stored(house, call))
    assert (await reconcile.run(house.office, reconcile.Run(day=YESTERDAY - timedelta(days=1)))).differences == 0
    await reconcile.run(house.office, reconcile.Run())
    assert await kinds(house) == ["judgement-without-case"]


async def test_before_the_records_of_the_day_are_read_none_is_missed(house: House) -> None:
    house.call(NOON, record=False)
    done = await reconcile.run(house.office, reconcile.Run())
    assert (done.open, done.records_complete) == (0, False)
    house.call(NOW, recording=False)
    assert (await reconcile.run(house.office, reconcile.Run())).open == 1


async def test_r25_a_call_under_way_at_midnight_is_no_difference_before_its_record_was_read(house: House) -> None:
    """It was still up when the spool was read after midnight, or its case was not closed yet."""
    last = MIDNIGHT + timedelta(hours=23, minutes=50)
    house.now = last + timedelta(minutes=30)
    call = house.call(last, record=False, closed=False)
    house.call(last + timedelta(minutes=-9))  # read at 0:20
    done = await reconcile.run(house.office, reconcile.Run())
    assert (done.open, done.records_complete) == (1, False), "an open case is told, and looked at again"
    house.now = NOW
    house.call(NOW, recording=False)
    done = await reconcile.run(house.office, reconcile.Run())
    assert done.records_complete and await kinds(house) == ["case-open", "case-without-record"], "stuck: it is told"
    assert call in {one.call_id for one in await reconcile.listing(house.office, reconcile.Listing())}


async def test_a_call_that_ended_after_the_records_were_read_is_waited_for(house: House) -> None:
    last = MIDNIGHT + timedelta(hours=23, minutes=50)
    house.now = last + timedelta(minutes=20)
    house.call(NOON)  # read at 0:10
    house.call(last, record=False, ends_after_s=1800)
    done = await reconcile.run(house.office, reconcile.Run())
    assert (done.open, done.records_complete) == (0, False)


async def test_an_item_is_explained_closed_or_vanishes_and_comes_back(house: House) -> None:
    first, second = house.call(NOON, record=False), house.call(NOON + timedelta(hours=1), record=False)
    house.call(NOW, recording=False)
    await reconcile.run(house.office, reconcile.Run())
    one, other = await reconcile.listing(house.office, reconcile.Listing())
    await reconcile.explain(house.office, reconcile.Decide(item=str(one.id), reason="switch restarted"))
    again = await reconcile.run(house.office, reconcile.Run())
    assert (again.differences, again.open) == (2, 1), "an explanation outlives the next run"
    closed = await reconcile.close(house.office, reconcile.Decide(item=str(one.id), reason="seen by two"))
    assert (closed.state, closed.reason) == ("closed", "seen by two")
    with pytest.raises(RuleBroken, match="no open difference"):
        await reconcile.close(house.office, reconcile.Decide(item=str(one.id), reason="again"))
    late = {one.call_id for one in (one, other)} - {one.call_id}
    (call,) = late & {first, second}
    at = NOON if call == first else NOON + timedelta(hours=1)
    house.record(call, at, at + timedelta(seconds=60))
    await reconcile.run(house.office, reconcile.Run())
    assert await kinds(house) == [] and await kinds(house, "vanished") == ["case-without-record"]
    await house.store.run(lambda c: c.execute(text("DELETE FROM cdr WHERE started_at < read_at AND cause = 16")))
    house.call(NOW + timedelta(seconds=1), recording=False)
    await reconcile.run(house.office, reconcile.Run())
    assert await kinds(house) == ["case-without-record"], "found again: open again"
    (day,) = await reconcile.days(house.office, reconcile.Days())
    assert (day.day, day.cases, day.differences, day.open) == (YESTERDAY, 2, 2, 1)


async def test_days_that_were_left_out_are_made_up_for_once_their_records_are_read(house: House) -> None:
    house.call(NOON, record=False)
    for _ in range(2):
        with pytest.raises(EdgeDown, match="not all read yet of 2026-11-21"):
            await perform(house.office, "reconcile.catch-up", {})
    house.call(NOW, recording=False)
    assert [(one.day, one.open) for one in await reconcile.catch_up(house.office, Params())] == [(YESTERDAY, 1)]
    assert await reconcile.catch_up(house.office, Params()) == []
    house.now = NOW + timedelta(days=3)
    with pytest.raises(EdgeDown, match="2026-11-22, 2026-11-23, 2026-11-24"):
        await reconcile.catch_up(house.office, Params())
    house.call(house.now, recording=False)
    made_up = await reconcile.catch_up(house.office, Params())
    assert [one.day for one in made_up] == [YESTERDAY + timedelta(days=n) for n in (1, 2, 3)]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_day_that_is_not_over_is_refused(house: House) -> None:
    with pytest.raises(RuleBroken, match="not over yet"):
        await reconcile.run(house.office, reconcile.Run(day=YESTERDAY + timedelta(days=1)))


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_thousand_calls_in_a_day_are_compared(house: House) -> None:
    """More than one statement can name at once."""
    rows = [
        {
            "call_id": uuid4(), "chain": house.subscriber, "number": "+81312345001", "decision": "accepted",
            "caller_class": "number", "node": "n1", "channel": "x", "invited_at": NOON + timedelta(seconds=n),
        }
        for n in range(1200)
    ]  # fmt: skip
    await house.store.run(lambda c: c.execute(insert(case_file), rows))
    house.call(NOW, recording=False)
    done = await reconcile.run(house.office, reconcile.Run())
    assert (done.cases, done.open) == (1200, 1200)


# ---- the breach record -------------------------------------------------------------------------


async def test_r25_a_breach_is_recorded_with_its_deadlines_and_steps(house: House) -> None:
    new = await breach.add(house.office, breach.Add(what="list mailed to a wrong address", kind="many", persons=1200))
    assert (new.known_on, new.preliminary_due_on, new.final_due_on) == (
        date(2026, 11, 22), date(2026, 11, 26), date(2026, 12, 21),
    )  # fmt: skip
    house.now = NOW + timedelta(days=6)
    (listed,) = await breach.listing(house.office, Params())
    assert next((one.step, one.late) for one in listed.owed) == ("preliminary", True)
    for step in ("preliminary", "persons", "final", "closed"):
        house.now += timedelta(hours=1)
        shown = await breach.note(
            house.office, breach.Note.model_validate({"breach": new.breach, "step": step, "said": "done"})
        )
    assert shown.owed == () and [one.step for one in shown.steps] == ["preliminary", "persons", "final", "closed"]
    with pytest.raises(RuleBroken, match="is closed"):
        await breach.note(house.office, breach.Note(breach=new.breach, step="note", said="more"))
    assert (await breach.show(house.office, breach.Which(breach=new.breach))).steps == shown.steps


async def test_r25_a_report_is_noted_once_and_the_steps_cannot_be_changed(house: House) -> None:
    new = await breach.add(house.office, breach.Add(what="x", kind="sensitive", known_on=YESTERDAY))
    note = breach.Note(breach=new.breach, step="preliminary", said="sent")
    await breach.note(house.office, note)
    with pytest.raises(RuleBroken, match="noted already"):
        await breach.note(house.office, note)
    with pytest.raises(RuleBroken, match="in the future"):
        await breach.add(house.office, breach.Add(what="x", kind="other", known_on=date(2026, 11, 23)))
    with pytest.raises(RuleBroken, match="no breach"):
        await breach.show(house.office, breach.Which(breach=str(uuid4())))
    with pytest.raises(Exception, match="insert-only"):
        await house.store.run(lambda c: c.execute(text("DELETE FROM breach_step")))
