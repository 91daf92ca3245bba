"""R2.1: agents one after the other, and what becomes of one who does not take the call."""

import asyncio
from pathlib import Path

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import World, world


async def asks_for_a_human(w: World) -> Me:
    me, _ = await w.call()
    await me.hears("main-menu")
    await me.presses("2")
    return me


@pytest.mark.parametrize(
    ("will", "reason"),
    [("busy", "busy"), ("decline", "declined"), ("no_answer", "no_answer"), ("vanish", "agent_left")],
)
@in_skipped_time
async def test_the_next_agent_gets_the_call_and_the_first_is_paused(tmp_path: Path, will: str, reason: str) -> None:
    """R2.1, P7: an agent who misses a call gets no further one until they say so."""

    first, second = RehearsedAgent("aoi", will), RehearsedAgent("ren")
    async with world(tmp_path, agents=(first, second)) as w:
        me = await asks_for_a_human(w)
        (case,) = w.legs
        await second.answers()
        assert (await w.state("aoi"), await w.reason("aoi")) == ("paused", f"missed: {reason}")
        await asyncio.sleep(10)
        await me.hangs_up()
        await w.settle()
        missed = await w.all(case, events.AgentMissed)
        assert [(e.agent, e.reason) for e in missed] == [("aoi", reason)]
        assert [e.agent for e in await w.all(case, events.AgentOffered)] == ["aoi", "ren"]
        assert [e.agent for e in await w.all(case, events.TalkStarted)] == ["ren"]
        assert (await w.file(case)).agent == "ren"


@in_skipped_time
async def test_an_unreachable_agent_is_not_even_tried(tmp_path: Path) -> None:
    first, second = RehearsedAgent("aoi", "absent"), RehearsedAgent("ren")
    async with world(tmp_path, agents=(first, second)) as w:
        me = await asks_for_a_human(w)
        await second.answers()
        await me.hangs_up()
        assert first.rung == 0 and await w.state("aoi") == "ready"


@in_skipped_time
async def test_a_phone_that_was_lost_a_moment_ago_is_a_missed_call(tmp_path: Path) -> None:
    """Asterisk still believed that the phone was there."""
    first, second = RehearsedAgent("aoi"), RehearsedAgent("ren")
    async with world(tmp_path, agents=(first, second)) as w:
        first.will = "absent"
        me = await asks_for_a_human(w)
        await second.answers()
        await me.hangs_up()
        assert await w.reason("aoi") == "missed: unreachable"


@in_skipped_time
async def test_an_agent_who_leaves_during_the_whisper(tmp_path: Path) -> None:
    """R2.3: no talk, no announced name in the case; the next agent gets the call."""
    first, second = RehearsedAgent("aoi"), RehearsedAgent("ren")
    async with world(tmp_path, agents=(first, second)) as w:
        me = await asks_for_a_human(w)
        (case,) = w.legs
        await first.hears("whisper-call")
        await first.hangs_up()
        await second.answers()
        await me.hangs_up()
        assert await w.reason("aoi") == "missed: agent_left"
        assert [e.agent for e in await w.all(case, events.NameAnnounced)] == ["ren"]


@in_skipped_time
async def test_the_join_fails_and_nobody_is_left_on_a_dead_line(tmp_path: Path) -> None:
    """The bridge was not made although the agent's phone is there: it is hung up, the next agent is tried."""
    first, second = RehearsedAgent("aoi"), RehearsedAgent("ren")
    async with world(tmp_path, agents=(first, second)) as w:
        me, _ = await w.call(faults={"join": LookupError("no bridge")})
        await me.hears("main-menu")
        await me.presses("2")
        await second.answers()
        assert first.leg and not first.leg.live
        await me.hangs_up()


@in_skipped_time
async def test_the_agent_hangs_up_first(tmp_path: Path) -> None:
    """The caller is still there, hears goodbye, and the case says that the agent ended the call."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me = await asks_for_a_human(w)
        (case,) = w.legs
        await agent.answers()
        await asyncio.sleep(20)
        await agent.hangs_up()
        await me.hears("bye")
        await me.ends()
        await w.settle(case)
        assert (await w.file(case)).ended_by == "agent"
        assert [(e.by, e.talk_s) for e in await w.all(case, events.TalkEnded)] == [("agent", 20)]


@in_skipped_time
async def test_all_agents_miss_then_a_message_is_taken(tmp_path: Path) -> None:
    agents = (RehearsedAgent("aoi", "decline"), RehearsedAgent("ren", "busy"))
    async with world(tmp_path, agents=agents) as w:
        me = await asks_for_a_human(w)
        await me.hears("beep")
        await me.speaks(3)
        await me.hears("message-thanks")
        await me.hangs_up()
        await w.settle()
        (case,) = w.legs
        assert [(e.tried, e.waited_s) for e in await w.all(case, events.NobodyFree)] == [(2, 2.0)]
        assert (await w.file(case)).rule == "message"
