"""A daemon dies and a later one takes its calls up: verbs and talks have gone on meanwhile."""

import asyncio
from pathlib import Path
from uuid import uuid4

from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.load import load as load_flow
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.store import flow, number, turn
from tests.skipped import in_skipped_time
from tests.world import NUMBER, world

OTHER_FLOW = """
flow: other
languages: [ja]
start: good-day
nodes:
  good-day: {kind: hangup}
"""


@in_skipped_time
async def test_a_key_pressed_while_no_daemon_was_there_counts(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await w.dies()
        await me.presses("2")
        await asyncio.sleep(3)
        assert me.heard == ["welcome-generic", "name-ann", "main-menu"]
        assert await w.comes_back() == 1
        await agent.answers()
        await me.hangs_up()
        await w.settle()
        assert me.heard.count("main-menu") == 1, "the menu was played again"
        assert [e.where for e in await w.all(case, events.CallResumed)] == ["verb"]
        assert [e.reason for e in await w.all(case, events.Escalated)] == ["caller_asked"]
        assert [e.step for e in await w.all(case, events.FlowStep)] == [1, 2, 3]


@in_skipped_time
async def test_the_digits_typed_before_are_read_back_after(tmp_path: Path) -> None:
    """They stand sealed in the case; the later daemon opens them."""
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.presses("2")
        await me.hears("callback-ask")
        await me.presses("0312345678#")
        await me.hears("callback-readback")
        await w.dies()
        w.legs[case].line.lose_verb()
        await w.comes_back()
        await me.hears("callback-readback")
        await me.hears("spelt:0312345678")
        await me.presses("1")
        await me.hears("callback-thanks")
        await me.ends()


@in_skipped_time
async def test_a_message_that_was_being_recorded_is_kept(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.presses("2")
        await me.hears("beep")
        speaking = asyncio.create_task(me.speaks(20))
        await asyncio.sleep(5)
        await w.dies()
        await asyncio.sleep(5)
        await w.comes_back()
        await speaking
        await me.hears("message-thanks")
        await me.hangs_up()
        await w.settle()
        assert [(m.seconds, m.partial) for m in await w.all(case, events.MessageRecorded)] == [(20, False)]


@in_skipped_time
async def test_a_talk_goes_on_and_is_closed_once(tmp_path: Path) -> None:
    """Its length is that of the whole talk, the time without a daemon included."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.answers()
        await asyncio.sleep(10)
        await w.dies()
        await asyncio.sleep(7)
        assert agent.leg and agent.leg.live
        await w.comes_back()
        assert await w.state("aoi") == "talking"
        await asyncio.sleep(13)
        await me.hangs_up()
        await w.settle()
        assert [(e.by, e.talk_s) for e in await w.all(case, events.TalkEnded)] == [("caller", 30)]
        assert [e.where for e in await w.all(case, events.CallResumed)] == ["talk"]
        assert (await w.file(case)).outcome == "human" and await w.state("aoi") == "wrap_up"


@in_skipped_time
async def test_the_agent_hung_up_while_no_daemon_was_there(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.answers()
        await w.dies()
        await agent.hangs_up()
        await asyncio.sleep(3)
        await w.comes_back()
        await me.hears("bye")
        await me.ends()
        await w.settle()
        assert [e.by for e in await w.all(case, events.TalkEnded)] == ["agent"]


@in_skipped_time
async def test_the_caller_hung_up_while_no_daemon_was_there(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await w.dies()
        await me.hangs_up()
        await w.comes_back()
        await w.settle()
        file = await w.file(case)
        assert (file.ended_by, file.outcome) == ("unseen", "self_service")
        assert not await w.all(case, events.CallResumed)


@in_skipped_time
async def test_both_hung_up_while_no_daemon_was_there(tmp_path: Path) -> None:
    """The talk and the call ended unseen; the agent is in the wrap-up, not talking for ever."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.answers()
        await w.dies()
        await me.hangs_up()
        await agent.hangs_up()
        await w.comes_back()
        await w.settle()
        assert [e.by for e in await w.all(case, events.TalkEnded)] == ["unseen"]
        assert await w.state("aoi") == "wrap_up"
        await w.respond(case, "name", "phone", "callback", "purpose")
        assert (await w.file(case)).response == "complete"


@in_skipped_time
async def test_an_agent_rang_when_the_daemon_died(tmp_path: Path) -> None:
    """Nobody rings any more: the agent is ready and is called anew for the same caller, and only once."""
    agent = RehearsedAgent("aoi", after_s=10)
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.is_rung()
        await w.dies()
        await w.comes_back()
        other, _ = await w.call(from_="0311110000")
        await other.presses("2")
        await agent.answers()
        assert [e.agent for e in await w.all(case, events.TalkStarted)] == ["aoi"]
        assert len(agent.legs) == 1 and await w.state("aoi") == "talking"
        await me.hangs_up()
        await other.hangs_up()


@in_skipped_time
async def test_the_agent_who_rings_next_is_not_let_go_with_the_one_who_rang_before(tmp_path: Path) -> None:
    """One agent rang when the daemon died, the call taken up goes to the other: no second call reaches that one."""
    agents = (RehearsedAgent("aoi", after_s=10), RehearsedAgent("ren", after_s=10))
    async with world(tmp_path, agents=agents) as w:
        me, _ = await w.call()
        await me.presses("2")
        await agents[0].is_rung()
        await w.dies()
        await w.comes_back()
        await asyncio.sleep(0.5)
        other, _ = await w.call(from_="0311110000")
        await other.presses("2")
        await asyncio.gather(*(agent.answers() for agent in agents))
        await me.hangs_up()
        await other.hangs_up()


@in_skipped_time
async def test_the_daemon_died_right_after_a_talk(tmp_path: Path) -> None:
    """The talk's end was written down, the agent's state was not: no agent talks for ever."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.presses("2")
        await agent.answers()
        await asyncio.sleep(5)
        w.house.desk._store = Forgetful()  # type: ignore[assignment]
        await agent.hangs_up()
        await asyncio.sleep(0.5)
        await w.dies()
        assert await w.all(case, events.TalkEnded) and not await w.all(case, events.CallEnded)
        await w.comes_back()
        assert await w.state("aoi") == "wrap_up"
        await me.hears("bye")


class Forgetful:
    """A store that never gets round to it."""

    async def run(self, _: object) -> None:
        await asyncio.get_running_loop().create_future()


@in_skipped_time
async def test_a_call_goes_on_in_the_version_of_the_flow_it_began_with(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, _ = await w.call()
        await me.hears("main-menu")
        await w.dies()
        at = w.house.clock.now()

        def replace(c: object) -> None:
            flow.publish(c, id=(new := uuid4()), text=OTHER_FLOW, tree=load_flow(OTHER_FLOW), at=at)  # type: ignore[arg-type]
            turn.add(c, NUMBER, new, id=uuid4(), kind="publish", made_at=at, by="test")  # type: ignore[arg-type]

        await w.change(replace)
        await w.comes_back()
        await me.presses("1")
        await me.hears("company-info")
        await me.hangs_up()


@in_skipped_time
async def test_a_number_taken_back_while_its_call_was_up(tmp_path: Path) -> None:
    """The caller hears that it is out of service; the case is closed by the plan it arrived under."""
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await w.dies()
        at = w.house.clock.now()
        await w.change(lambda c: number.release(c, NUMBER, at=at))
        await w.comes_back()
        await me.hears("out-of-service")
        await me.ends()
        await w.settle()
        assert (await w.file(case)).rule == "ivr-only"
        assert w.alarmed("open_call_without_number")


@in_skipped_time
async def test_many_calls_at_once_each_in_its_place(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        people = [await w.call(from_=f"031111000{n}") for n in range(8)]
        for n, (me, _) in enumerate(people):
            await asyncio.sleep(0.7)
            if n % 2:
                await me.presses("1")
        await w.dies()
        await asyncio.sleep(1)
        assert await w.comes_back() == 8
        for me, _ in people:
            await me.hangs_up()
