"""R8.2 in conversations: what counts, and who is told."""

import asyncio
from pathlib import Path
from uuid import UUID

from smartdesk_pbx.contract import events
from smartdesk_pbx.store import subscriber
from tests.skipped import in_skipped_time
from tests.world import World, world

DAY_S = 86_400


async def asks(w: World, *, from_: str = "0312349876", times: int = 1) -> tuple[list[str], UUID]:
    """One call with `times` requests; what the caller heard, and the case."""
    me, case = await w.call(from_=from_)
    await me.hears("main-menu")
    for n in range(times):
        if n:
            await me.presses("9")
            await me.hears("main-menu")
        await me.presses("3")
        await me.hears("transfer-refused", "emer-num")
        await asyncio.sleep(0.1)
    await me.hangs_up()
    await w.settle(case)
    return me.heard, case


async def is_told(w: World, *, from_: str = "0312349876") -> UUID:
    """A call in which the number is told."""
    me, case = await w.call(from_=from_)
    await me.hears("main-menu")
    await me.presses("3")
    await me.hears("emer-num")
    await me.ends()
    await w.settle(case)
    return case


async def keys_of(w: World, case: UUID) -> list[str]:
    return [s.key for s in await w.stored(case) if isinstance(s.fact, events.TransferRequested)]


@in_skipped_time
async def test_r8_2_two_are_turned_down_and_the_third_call_is_told(tmp_path: Path) -> None:
    """The threshold counts over calls; the release names the requests that led to it."""
    async with world(tmp_path) as w:
        heard, one = await asks(w)
        assert "emer-num" not in heard
        heard, two = await asks(w)
        assert "emer-num" not in heard
        three = await is_told(w)
        released = (await w.all(three, events.EmergencyReleased))[0]
        assert released.requests == [*await keys_of(w, one), *await keys_of(w, two), *await keys_of(w, three)]
        assert (released.threshold, released.number_version) == (3, 1)
        assert [e.times for e in await w.all(three, events.EmergencyTold)] == [1]
        file = await w.file(three)
        assert (file.outcome, file.rule, file.units, file.ended_by) == ("emergency", "emergency-told", 1, "us")
        assert (await w.file(one)).rule == "hung-up-in-ivr"


@in_skipped_time
async def test_r8_2_after_a_release_each_further_request_is_told_again_each_an_event(tmp_path: Path) -> None:
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 2}) as w:
        await asks(w)
        counts = [len((await w.all(await is_told(w), events.EmergencyReleased))[0].requests) for _ in range(3)]
        assert counts == [2, 3, 4]


@in_skipped_time
async def test_r8_2_requests_fall_out_of_the_window(tmp_path: Path) -> None:
    """Threshold 2 in 30 days: a request of 30 days and a minute ago counts no more, one of 29 days ago does."""
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 2}) as w:
        await asks(w)
        await asyncio.sleep(30 * DAY_S + 60)
        heard, _ = await asks(w)
        assert "emer-num" not in heard
        await asyncio.sleep(29 * DAY_S)
        released = (await w.all(await is_told(w), events.EmergencyReleased))[0]
        assert len(released.requests) == 2


@in_skipped_time
async def test_r8_2_another_caller_is_counted_apart(tmp_path: Path) -> None:
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 2}) as w:
        await asks(w, from_="0311110000")
        heard, _ = await asks(w, from_="0322220000")
        assert "emer-num" not in heard
        await is_told(w, from_="+81311110000")  # the same number, written differently


@in_skipped_time
async def test_r8_2_pressing_the_key_often_in_one_call_counts_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        heard, case = await asks(w, times=4)
        assert "emer-num" not in heard
        assert [e.counted for e in await w.all(case, events.TransferRequested)] == [True, False, False, False]
        assert [e.requests for e in await w.all(case, events.TransferAnswered)] == [1, 2, 3, 4]


@in_skipped_time
async def test_r8_2_where_more_may_count_each_counts_after_its_answer(tmp_path: Path) -> None:
    settings = {"direct_transfer_threshold": 3, "ivr_transfer_requests_per_call": 3}
    async with world(tmp_path, contract_settings=settings) as w:
        heard, case = await asks(w, times=3)
        assert heard.count("transfer-refused") == 2 and heard[-2] == "emer-num"
        assert [e.counted for e in await w.all(case, events.TransferRequested)] == [True, True, True]


@in_skipped_time
async def test_r8_2_a_request_that_got_no_answer_is_not_counted_twice(tmp_path: Path) -> None:
    """The daemon dies between request and answer; the later one asks the ledger again, and that does not count."""
    settings = {"direct_transfer_threshold": 2, "ivr_transfer_requests_per_call": 3}
    async with world(tmp_path, contract_settings=settings) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        w.away = True
        await me.presses("3")
        await asyncio.sleep(1)
        await w.dies()
        await w.comes_back()
        await me.hears("transfer-refused")
        await me.hears("refused-menu")
        await me.hangs_up()
        await w.settle()
        assert [e.counted for e in await w.all(case, events.TransferRequested)] == [True, False]


@in_skipped_time
async def test_r8_2_anonymous_callers_are_counted_within_the_call_only(tmp_path: Path) -> None:
    settings = {"direct_transfer_threshold": 2, "ivr_transfer_requests_per_call": 3}
    async with world(tmp_path, contract_settings=settings) as w:
        for _ in range(3):
            heard, case = await asks(w, from_="anonymous")
            assert "emer-num" not in heard
            assert (await w.file(case)).caller_key is None
        heard, case = await asks(w, from_="anonymous", times=2)
        assert "emergency-intro" in heard
        assert (await w.all(case, events.EmergencyReleased))[0].requests == await keys_of(w, case)


@in_skipped_time
async def test_r8_2_no_number_on_file_is_an_alarm_and_never_a_release(tmp_path: Path) -> None:
    async with world(tmp_path, emergency=False, contract_settings={"direct_transfer_threshold": 1}) as w:
        for _ in range(2):
            heard, case = await asks(w)
            assert "transfer-refused" in heard and "emergency-intro" not in heard
            assert len(await w.all(case, events.EmergencyMissing)) == 1
            assert not await w.all(case, events.EmergencyReleased)
            assert w.alarmed("no_emergency_number")


@in_skipped_time
async def test_r8_2_a_number_that_comes_on_file_is_told_at_the_next_call(tmp_path: Path) -> None:
    """In force at once: requests counted before still count."""
    async with world(tmp_path, emergency=False, contract_settings={"direct_transfer_threshold": 1}) as w:
        await asks(w)
        assert w.alarmed("no_emergency_number")
        who = (await w.read(subscriber.listing))[0]
        await w.change(
            lambda c: subscriber.set_emergency(c, w.house.sealer, who.id, number="+819012345678", prompt="emer-num")
        )
        released = (await w.all(await is_told(w), events.EmergencyReleased))[0]
        assert len(released.requests) == 2


@in_skipped_time
async def test_r8_2_with_the_ledger_away_nothing_is_released(tmp_path: Path) -> None:
    """The caller is answered as below the threshold; the request is not lost and counts later."""
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 2}) as w:
        await asks(w)
        me, case = await w.call()
        await me.hears("main-menu")
        w.away = True
        await me.presses("3")
        await me.hears("transfer-refused")
        assert "emergency-intro" not in me.heard
        assert w.alarmed("ledger_away_at_release")
        w.away = False
        await asyncio.sleep(60)
        await me.hangs_up()
        await w.settle()
        assert [e.counted for e in await w.all(case, events.TransferRequested)] == [True]
        assert not await w.all(case, events.EmergencyReleased)
        assert len((await w.all(await is_told(w), events.EmergencyReleased))[0].requests) == 3
