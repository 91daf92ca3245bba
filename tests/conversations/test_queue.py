"""Callers and agents: who gets whom, who waits, and that nobody gets two."""

import asyncio
from pathlib import Path

from smartdesk_pbx.contract import events
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import world


@in_skipped_time
async def test_two_callers_and_one_agent_the_second_waits_for_the_end_of_the_wrap_up(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,), queue_s=60, wrap_up_s=30) as w:
        first, _ = await w.call(from_="0311110000")
        await first.presses("2")
        await agent.answers()
        second, case = await w.call(from_="0322220000")
        await second.presses("2")
        await second.hears("please-hold")
        await first.hangs_up()
        await asyncio.sleep(20)
        assert agent.rung == 1, "an agent in the wrap-up was given a call"
        await asyncio.sleep(11)
        await w.sweep()
        await agent.answers()
        await second.hangs_up()
        await w.settle()
        assert (await w.file(case)).agent == "aoi"


@in_skipped_time
async def test_two_callers_and_one_agent_the_second_leaves_a_message_when_it_takes_too_long(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        first, one = await w.call(from_="0311110000")
        second, two = await w.call(from_="0322220000")
        await first.presses("2")
        await second.presses("2")
        await agent.answers()
        await second.hears("beep", limit_s=120)
        await second.speaks(4)
        await second.ends()
        await first.hangs_up()
        await w.settle()
        assert [(e.tried, e.waited_s) for e in await w.all(two, events.NobodyFree)] == [(0, 20.0)]
        assert ((await w.file(one)).rule, (await w.file(two)).rule) == (None, "message")


@in_skipped_time
async def test_a_caller_waits_while_the_agent_becomes_ready(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        first, one = await w.call(from_="0311110000")
        await first.presses("2")
        await agent.answers()
        await first.hangs_up()
        second, _ = await w.call(from_="0322220000")
        await second.presses("2")
        await second.hears("please-hold")
        await asyncio.sleep(3)
        await w.house.desk.asked("aoi", "ready")
        await agent.answers()
        assert await w.state("aoi") == "talking"
        await second.hangs_up()
        await w.settle()
        assert (await w.file(one)).closed_at is None


@in_skipped_time
async def test_the_primary_response_frees_the_agent_for_who_waits(tmp_path: Path) -> None:
    """R2.3: complete, so the agent is ready and the next caller is through."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        first, one = await w.call(from_="0311110000")
        await first.presses("2")
        await agent.answers()
        await first.hangs_up()
        second, _ = await w.call(from_="0322220000")
        await second.presses("2")
        await second.hears("please-hold")
        await w.respond(one, "name", "phone", "purpose", callback=False)
        await agent.answers()
        await second.hangs_up()


@in_skipped_time
async def test_the_longest_idle_agent_comes_first(tmp_path: Path) -> None:
    agents = tuple(RehearsedAgent(name) for name in ("aoi", "ren", "yui"))
    async with world(tmp_path, agents=agents) as w:
        order = []
        for n in range(3):
            me, case = await w.call(from_=f"031111000{n}")
            await me.presses("2")
            await agents[n].answers()
            await me.hangs_up()
            await w.settle(case)
            await w.respond(case, "name", "phone", "purpose", "callback")
            order.append((await w.file(case)).agent)
        assert order == ["aoi", "ren", "yui"]
        me, case = await w.call()
        await me.presses("2")
        await agents[0].answers()
        await me.hangs_up()


@in_skipped_time
async def test_many_callers_few_agents_everybody_is_served_once(tmp_path: Path) -> None:
    """Twelve callers within three seconds, two agents: each is talked to or leaves a message, no agent has two."""
    agents = (RehearsedAgent("aoi"), RehearsedAgent("ren"))
    async with world(tmp_path, agents=agents, queue_s=100, wrap_up_s=1) as w:

        async def calls(n: int) -> None:
            await asyncio.sleep(n / 4)
            me, case = await w.call(from_=f"03111100{n:02}")
            await me.presses("2")
            for _ in range(400):
                await asyncio.sleep(1)
                await w.sweep()
                if await w.all(case, events.TalkStarted) or "nobody-free" in me.heard:
                    break
            await asyncio.sleep(20)
            await me.hangs_up()

        await asyncio.gather(*(calls(n) for n in range(12)))
        await w.settle()
        talks = [len(await w.all(case, events.TalkStarted)) for case in w.legs]
        nobody = [len(await w.all(case, events.NobodyFree)) for case in w.legs]
        assert all(t + n == 1 for t, n in zip(talks, nobody, strict=True))
        assert sum(talks) >= 6


@in_skipped_time
async def test_an_agent_who_pauses_while_a_caller_waits(tmp_path: Path) -> None:
    """The last agent at work goes on a break after the talk: whoever waits is asked for a message at once."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,), queue_s=300) as w:
        first, _ = await w.call(from_="0311110000")
        await first.presses("2")
        await agent.answers()
        second, case = await w.call()
        await second.presses("2")
        await second.hears("please-hold")
        await first.hangs_up()
        await asyncio.sleep(5)
        await w.house.desk.asked("aoi", "paused", "lunch")
        await second.hears("nobody-free", limit_s=3)
        await second.hangs_up()
        assert (await w.all(case, events.NobodyFree))[0].tried == 0


@in_skipped_time
async def test_a_phone_that_rang_in_vain_takes_nothing_from_the_wait(tmp_path: Path) -> None:
    """One agent does not answer for 20 s; the other comes free 15 s later, which is still in time."""
    agents = (RehearsedAgent("aoi"), RehearsedAgent("ren", "no_answer"))
    async with world(tmp_path, agents=agents) as w:
        first, _ = await w.call(from_="0311110000")
        await first.presses("2")
        await agents[0].answers()
        second, case = await w.call(from_="0322220000")
        await second.presses("2")
        await agents[1].is_rung()
        await first.hangs_up()
        await asyncio.sleep(35)
        await w.house.desk.asked("aoi", "ready")
        await agents[0].answers()
        await second.hangs_up()
        assert [(e.agent, e.reason) for e in await w.all(case, events.AgentMissed)] == [("ren", "no_answer")]
