"""A fault of ours, a limit, a database that is away: the caller is never left in silence, the case is always closed."""

import asyncio
from pathlib import Path

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import world

DEFECT = RuntimeError("a defect")


@pytest.mark.parametrize(
    ("verb", "keys"), [("say", ""), ("menu", ""), ("hold", "2"), ("record", "2"), ("collect", "2")]
)
@in_skipped_time
async def test_a_fault_in_a_verb_is_an_apology_an_event_and_an_alarm(tmp_path: Path, verb: str, keys: str) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call(faults={verb: DEFECT})
        await me.presses(keys)
        await me.hears("sorry", limit_s=120)
        await me.ends()
        await w.settle()
        assert [e.error for e in await w.all(case, events.CallFailed)] == ["RuntimeError"]
        file = await w.file(case)
        assert (file.outcome, file.ended_by, file.rule, file.billable) == ("failed", "us", "failed", False)
        assert w.alarmed("call_failed")


@pytest.mark.parametrize("verb", ["ring", "join"])
@in_skipped_time
async def test_a_fault_on_the_way_to_an_agent_frees_the_agent(tmp_path: Path, verb: str) -> None:
    """Ready again, not reserved for ever, and not left alone on the line. A `KeyError` is a defect, not an agent
    who left."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call(faults={verb: DEFECT if verb == "join" else KeyError("state")})
        await me.presses("2")
        await me.hears("sorry")
        await w.settle()
        assert await w.state("aoi") == "ready"
        assert (await w.file(case)).outcome == "failed" and w.alarmed("call_failed")
        other, _ = await w.call(from_="0311110000")
        await other.presses("2")
        await agent.answers()
        await other.hangs_up()


@in_skipped_time
async def test_a_fault_in_the_talk_ends_it_for_both_and_the_agent_has_a_wrap_up(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call(faults={"talk": DEFECT})
        await me.presses("2")
        await me.hears("sorry")
        await w.settle()
        assert agent.leg and not agent.leg.live and await w.state("aoi") == "wrap_up"
        file = await w.file(case)
        assert (file.outcome, file.closed_at) == ("failed", None)
        assert w.alarmed("call_failed")


@in_skipped_time
async def test_a_fault_in_the_last_word_still_closes_the_case(tmp_path: Path) -> None:
    """Asterisk is away altogether: nothing can be said, everything is written down."""
    async with world(tmp_path) as w:
        me, case = await w.call(faults={"menu": DEFECT, "bye": DEFECT})
        await me.hears("welcome-generic")
        await w.settle()
        assert (await w.file(case)).rule == "failed"
        assert w.alarmed("call_failed", "fault_after_call")
        await me.hangs_up()


@pytest.mark.parametrize("step", ["recording", "kept_message", "signalled"])
@in_skipped_time
async def test_a_fault_after_the_call_is_an_alarm_and_closes_the_case_all_the_same(tmp_path: Path, step: str) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call(faults={step: DEFECT})
        await me.hears("main-menu")
        await me.hangs_up()
        await w.settle()
        assert (await w.file(case)).rule == "hung-up-in-ivr"
        assert w.alarmed("fault_after_call")


@in_skipped_time
async def test_cut_by_the_limit_in_the_voice_guidance(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await me.is_cut()
        await me.hears("limit")
        await me.ends()
        await w.settle()
        assert len(await w.all(case, events.CallCut)) == 1
        file = await w.file(case)
        assert (file.outcome, file.ended_by, file.rule) == ("cut", "us", "failed")
        assert w.alarmed("cut_by_limit")


@in_skipped_time
async def test_cut_by_the_limit_while_the_phone_rings(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi", after_s=30)
    async with world(tmp_path, agents=(agent,)) as w:
        me, _ = await w.call()
        await me.presses("2")
        await agent.is_rung()
        await me.is_cut()
        await me.hears("limit")
        await w.settle()
        assert await w.state("aoi") == "ready" and w.alarmed("cut_by_limit")


@in_skipped_time
async def test_cut_by_the_limit_in_a_talk_is_no_hang_up_of_the_callers(tmp_path: Path) -> None:
    """Two hours of talk: the caller hears why, the agent has a wrap-up, the talk is billed."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.answers()
        await asyncio.sleep(7200)
        await me.is_cut()
        await me.hears("limit")
        await me.ends()
        await w.settle()
        assert [(e.by, e.talk_s) for e in await w.all(case, events.TalkEnded)] == [("us", 7200)]
        assert len(await w.all(case, events.CallCut)) == 1 and await w.state("aoi") == "wrap_up"
        assert (await w.file(case)).ended_by == "us"
        assert w.alarmed("cut_by_limit")
        await asyncio.sleep(601)
        await w.sweep()
        assert (await w.file(case)).rule == "human"


@in_skipped_time
async def test_the_database_is_away_callers_go_on_and_leave_a_message(tmp_path: Path) -> None:
    """No agent can be reserved; nothing is lost, and the case is closed when the database is back."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        w.away = True
        me, case = await w.call()
        await me.hears("main-menu")
        await me.presses("2")
        await me.hears("beep")
        await me.speaks(5)
        await me.hears("message-thanks")
        await me.hangs_up()
        await asyncio.sleep(300)
        assert not w.tasks[case].done(), "closed without a ledger"
        w.away = False
        await w.settle()
        assert (await w.file(case)).rule == "message"
        assert w.alarmed("agents_cannot_be_reserved")


@in_skipped_time
async def test_the_database_goes_away_during_a_talk(tmp_path: Path) -> None:
    """The talk goes on, and the agent's states are made up for afterwards."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.hears("whisper-call")
        w.away = True
        await agent.answers()
        await asyncio.sleep(60)
        assert agent.leg and agent.leg.live
        await me.hangs_up()
        await asyncio.sleep(5)
        w.away = False
        await w.sweep()
        await w.settle()
        assert await w.state("aoi") == "wrap_up"
        assert [e.talk_s for e in await w.all(case, events.TalkEnded)] == [60]
        assert (await w.file(case)).outcome == "human"
        w.alarms.clear()


@in_skipped_time
async def test_a_caller_hangs_up_while_the_database_is_away_and_an_agent_rings(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi", after_s=30)
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.is_rung()
        w.away = True
        await me.hangs_up()
        await asyncio.sleep(10)
        w.away = False
        await w.settle()
        await w.sweep()
        assert await w.state("aoi") == "ready"
        assert (await w.file(case)).ended_by == "caller"
