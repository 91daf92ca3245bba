"""Hang-up at every step: one case, closed once, nobody rings for a caller who has left."""

import asyncio
from pathlib import Path

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import world


@in_skipped_time
async def test_r7_2_before_the_answer_is_abandoned_and_not_billed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hangs_up()
        await w.settle()
        file = await w.file(case)
        assert (file.outcome, file.ended_by, file.answered_at) == ("abandoned", "caller", None)
        assert (file.rule, file.billable) == ("abandoned", False)


@pytest.mark.parametrize(
    ("keys", "at", "later_s"),
    [
        ("", "welcome-generic", 0.5),  # in a prompt
        ("", "main-menu", 3.0),  # while we wait for a key
        ("1", "", 1.0),  # in the information
        ("3", "", 1.0),  # in the refusal
        ("3", "transfer-refused", 3.0),  # in the menu after it
    ],
)
@in_skipped_time
async def test_r7_2_in_the_voice_guidance(tmp_path: Path, keys: str, at: str, later_s: float) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call()
        if keys:
            await me.hears("main-menu")
            await me.presses(keys)
        if at:
            await me.hears(at)
        await asyncio.sleep(later_s)
        heard = me.heard
        await me.hangs_up()
        await w.settle()
        assert me.heard == [*heard, "(hung up)"], "something was played to a caller who had left"
        file = await w.file(case)
        assert (file.outcome, file.ended_by, file.rule) == ("self_service", "caller", "hung-up-in-ivr")
        assert file.billable is False and file.closed_at == file.ended_at


async def leaves_a_message(tmp_path: Path, spoken_s: float) -> tuple[list[tuple[float, bool]], str | None]:
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await me.presses("2")
        await me.hears("beep")
        if spoken_s:
            await me.speaks(spoken_s)
        await me.hangs_up()
        await w.settle()
        taken = await w.all(case, events.MessageRecorded)
        return [(m.seconds, m.partial) for m in taken], (await w.file(case)).rule


@in_skipped_time
async def test_r2_3_a_message_is_kept_when_the_caller_hangs_up_while_speaking(tmp_path: Path) -> None:
    assert await leaves_a_message(tmp_path, 7) == ([(7, True)], "message")


@in_skipped_time
async def test_a_hang_up_before_a_word_is_no_message(tmp_path: Path) -> None:
    assert await leaves_a_message(tmp_path, 0) == ([], "hung-up-in-ivr")


@in_skipped_time
async def test_in_the_collect(tmp_path: Path) -> None:
    """The digits typed so far were no number yet: none is in the case."""
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await me.presses("2")
        await me.hears("callback-ask")
        await me.presses("0312")
        await asyncio.sleep(1)
        await me.hangs_up()
        await w.settle()
        assert not [e.digits for e in await w.all(case, events.FlowStep) if e.digits]
        assert (await w.file(case)).rule == "hung-up-in-ivr"


@in_skipped_time
async def test_in_please_hold(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await me.presses("2")
        await asyncio.sleep(1)
        await me.hangs_up()
        await w.settle()
        assert agent.rung == 1 and agent.leg is None and await w.state("aoi") == "ready"
        assert [e.reason for e in await w.all(case, events.AgentMissed)] == ["caller_left"]


@in_skipped_time
async def test_while_waiting_for_an_agent(tmp_path: Path) -> None:
    """The agent who comes free after the caller left is not called."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        first, _ = await w.call(from_="0311110000")
        await first.presses("2")
        await agent.answers()
        me, case = await w.call()
        await me.presses("2")
        await me.hears("please-hold")
        await asyncio.sleep(5)
        await me.hangs_up()
        await w.settle(case)
        await first.hangs_up()
        await w.settle()
        await w.house.desk.asked("aoi", "ready")
        await asyncio.sleep(60)
        assert agent.rung == 1 and await w.state("aoi") == "ready"
        assert (await w.file(case)).outcome == "self_service"


@in_skipped_time
async def test_while_the_agents_phone_rings(tmp_path: Path) -> None:
    """The agent is ready again, as long idle as before, and is the next one to be called."""
    agents = (RehearsedAgent("aoi", after_s=15), RehearsedAgent("ren"))
    async with world(tmp_path, agents=agents) as w:
        me, case = await w.call()
        await me.presses("2")
        await agents[0].is_rung()
        assert await w.state("aoi") == "offered"
        await me.hangs_up()
        await w.settle()
        assert await w.state("aoi") == "ready"
        assert [(e.agent, e.reason) for e in await w.all(case, events.AgentMissed)] == [("aoi", "caller_left")]
        other, _ = await w.call(from_="0311110000")
        await other.presses("2")
        await agents[0].answers()


@in_skipped_time
async def test_r2_3_during_the_whisper(tmp_path: Path) -> None:
    """The agent does not sit on a dead line, was not told the whole name, and is ready again."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.hears("whisper-call")
        await me.hangs_up()
        await w.settle()
        assert agent.leg and not agent.leg.live
        assert await w.state("aoi") == "ready"
        assert not await w.all(case, events.NameAnnounced)
        file = await w.file(case)
        assert (file.human_at, file.rule) == (None, "hung-up-in-ivr")


@in_skipped_time
async def test_in_the_goodbye(tmp_path: Path) -> None:
    """We had said the last word: the call was ended by us."""
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.presses("3")
        await me.hears("refused-menu")
        await asyncio.sleep(6)
        await me.hangs_up()
        await w.settle()
        file = await w.file(case)
        assert (file.ended_by, file.outcome, file.rule) == ("us", "self_service", "ivr-only")


@in_skipped_time
async def test_in_the_goodbye_after_a_talk(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.answers()
        await agent.hangs_up()
        await asyncio.sleep(0.5)
        await me.hangs_up()
        await w.settle()
        assert (await w.file(case)).ended_by == "agent"
