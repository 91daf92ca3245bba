"""A message that the caller hears again, keeps or records anew."""

import asyncio
from pathlib import Path

import pytest

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.noting import note_discarded
from smartdesk_pbx.contract import events
from smartdesk_pbx.store import recording
from tests.skipped import in_skipped_time
from tests.world import World, world

FLOW = """
flow: review
languages: [ja]
start: message
nodes:
  message: {kind: record, review: true, tries: 4, next: kept, on_silence: nothing}
  kept: {kind: hangup, prompts: [message-thanks]}
  nothing: {kind: hangup, prompts: [bye]}
"""


@in_skipped_time
async def test_what_an_earlier_daemon_recorded_in_this_very_step_is_not_thrown_away(tmp_path: Path) -> None:
    """It died between the message and the next step; the step is carried out again."""
    async with world(tmp_path, flow_file=FLOW) as w:
        me, call = await w.call()
        await me.hears("beep")
        await me.speaks(4)
        await me.hears("message-review")
        happened = [e for e in await w.events(call) if isinstance(e, events.CaseEvent)]
        recorded = await w.all(call, events.MessageRecorded)
        until = happened.index(recorded[0]) + 1
        for told, thrown_away in ((happened[:until], False), (happened, True)):
            case = Case(w.house.writer, w.house.clock.now, call, None, told)
            note_discarded(case)
            assert bool(case.all(events.MessageDiscarded)) is thrown_away


async def left(w: World, case: object) -> list[tuple[str, float, bool]]:
    """The messages that count: number, seconds, partial."""
    thrown = {e.file for e in await w.all(case, events.MessageDiscarded)}  # type: ignore[arg-type]
    kept = [e for e in await w.all(case, events.MessageRecorded) if e.file not in thrown]  # type: ignore[arg-type]
    return [(e.file.removesuffix(".wav")[-1], e.seconds, e.partial) for e in kept]


@in_skipped_time
async def test_heard_again_and_kept(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=FLOW) as w:
        me, case = await w.call()
        await me.hears("beep")
        await me.speaks(4)
        await me.hears("message-review")
        await me.presses("2")
        await me.hears("message:1")
        await me.hears("message-review")
        await me.presses("1")
        await me.hears("message-thanks")
        await w.settle()
        assert await left(w, case) == [("1", 4, False)]
        assert (await w.file(case)).outcome == "message"


@in_skipped_time
async def test_recorded_anew_only_the_last_one_counts_and_is_there(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=FLOW) as w:
        me, case = await w.call()
        for seconds in (4, 6, 3):
            await me.hears("beep")
            await me.speaks(seconds)
            await me.hears("message-review")
            await me.presses("3" if seconds != 3 else "2")
        await me.hears("message:3")
        await me.presses("1")
        await me.hears("message-thanks")
        await w.settle()
        assert await left(w, case) == [("3", 3, False)]
        assert [name[-5] for name in w.legs[case].line.discarded] == ["1", "2"], "their files are not deleted"
        found = await w.read(lambda c: recording.of_call(c, case))
        assert [(one.kind, one.seconds) for one in found] == [("message", 3.0)]


@in_skipped_time
async def test_whoever_hangs_up_while_choosing_has_left_the_message(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=FLOW) as w:
        me, case = await w.call()
        await me.hears("beep")
        await me.speaks(4)
        await me.hears("message-review")
        await me.hangs_up()
        await w.settle()
        assert await left(w, case) == [("1", 4, False)]
        assert (await w.file(case)).rule == "message"


@in_skipped_time
async def test_whoever_records_anew_and_hangs_up_while_speaking_leaves_the_second_part(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=FLOW) as w:
        me, case = await w.call()
        await me.hears("beep")
        await me.speaks(4)
        await me.hears("message-review")
        await me.presses("3")
        await me.hears("beep")
        speaking = asyncio.create_task(me.speaks(9))
        await asyncio.sleep(3)
        await me.hangs_up()
        await w.settle()
        await speaking
        assert [(n, partial) for n, _, partial in await left(w, case)] == [("2", True)]


@pytest.mark.parametrize("silent", [True, False])
@in_skipped_time
async def test_whoever_wants_to_record_anew_and_says_nothing_has_left_none(silent: bool, tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=FLOW) as w:
        me, case = await w.call()
        await me.hears("beep")
        await me.speaks(4)
        await me.hears("message-review")
        await me.presses("3")
        await me.hears("beep")
        if not silent:
            await me.hangs_up()
        await w.settle()
        assert await left(w, case) == []
        file = await w.file(case)
        assert (file.outcome, file.billable) == ("self_service", False)
        assert not await w.read(lambda c: recording.of_call(c, case))


@in_skipped_time
async def test_a_later_daemon_plays_back_and_throws_away_the_right_one(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=FLOW) as w:
        me, case = await w.call()
        await me.hears("beep")
        await me.speaks(4)
        await me.hears("message-review")
        await me.presses("3")
        await me.hears("beep")
        speaking = asyncio.create_task(me.speaks(8))
        await asyncio.sleep(2)
        await w.dies()
        await asyncio.sleep(2)
        await w.comes_back()
        await speaking
        await me.hears("message-review")
        await me.presses("2")
        await me.hears("message:2")
        await me.presses("1")
        await me.hears("message-thanks")
        await w.settle()
        assert await left(w, case) == [("2", 8, False)]
