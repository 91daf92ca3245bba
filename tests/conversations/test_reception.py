"""Conversations in skipped time, against the real call room, desk and store."""

import asyncio
from pathlib import Path

from smartdesk_pbx.contract import events
from tests.phone import TestAgent
from tests.skipped import in_skipped_time
from tests.world import world


@in_skipped_time
async def test_r2_1_a_key_for_a_human_reaches_the_agent_and_the_case_says_why(tmp_path: Path) -> None:
    """R2.1, R2.3, R6: the caller asks, the announced name is whispered before the two can talk."""
    agent = TestAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call(sources=("+81355550000",))
        await me.hears("main-menu")
        await me.presses("2")
        await me.hears("please-hold")
        await agent.answers()
        assert agent.heard == ["whisper-call", "name-ann"]
        assert agent.shown == ["さくら商事"]
        await asyncio.sleep(30)
        await me.hangs_up()
        await w.settle(case)
        file = await w.file(case)
        assert (file.outcome, file.ended_by, file.closed_at) == ("human", "caller", None)
        kinds = await w.kinds(case)
        assert kinds[0] == "call.arrived" and kinds.count("call.ended") == 1
        assert kinds.index("name.announced") < kinds.index("talk.started") < kinds.index("talk.ended")
        by_kind = {type(e): e for e in await w.events(case)}
        assert by_kind[events.Escalated].reason == "caller_asked"
        assert by_kind[events.CallSignalled].source_known is True
        assert by_kind[events.NameAnnounced].announced_name == "さくら商事"
        assert by_kind[events.TalkEnded].talk_s == 30
        assert by_kind[events.RecordingStored].whole
