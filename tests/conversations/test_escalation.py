"""R2.1: a human comes in only after the IVR gave up, and the case says why; nobody free means a message."""

import asyncio
from pathlib import Path

from smartdesk_pbx.contract import events
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import SOURCE, World, world


async def asks_for_a_human(w: World) -> Me:
    me, _ = await w.call()
    await me.hears("main-menu")
    await me.presses("2")
    return me


@in_skipped_time
async def test_r2_1_a_key_for_a_human_reaches_the_agent_and_the_case_says_why(tmp_path: Path) -> None:
    """R2.1, R2.2, R2.3, R6: the caller asks, the announced name is whispered before the two can talk."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call(sources=(SOURCE,))
        await me.hears("main-menu")
        await me.presses("2")
        await me.hears("please-hold")
        await agent.answers()
        assert agent.heard == ["whisper-call", "name-ann"]
        assert agent.shown == ["さくら商事"]
        assert await w.state("aoi") == "talking"
        await asyncio.sleep(30)
        await me.hangs_up()
        await w.settle(case)
        file = await w.file(case)
        assert (file.outcome, file.ended_by, file.closed_at, file.agent) == ("human", "caller", None, "aoi")
        assert await w.state("aoi") == "wrap_up"
        kinds = await w.kinds(case)
        assert kinds.index("name.announced") < kinds.index("talk.started") < kinds.index("talk.ended")
        assert (await w.all(case, events.Escalated))[0].reason == "caller_asked"
        assert (await w.all(case, events.CallSignalled))[0].source_known is True
        assert (await w.all(case, events.NameAnnounced))[0].announced_name == "さくら商事"
        assert (await w.all(case, events.TalkEnded))[0].talk_s == 30
        assert (await w.all(case, events.RecordingStored))[0].whole


@in_skipped_time
async def test_r2_1_silence_leads_to_a_human_with_the_reason_no_input(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.hears("no-key")
        await me.hears("main-menu")
        await agent.answers()
        await me.hangs_up()
        assert [e.reason for e in await w.all(case, events.Escalated)] == ["no_input"]


@in_skipped_time
async def test_r2_1_wrong_keys_lead_to_a_human_with_the_reason_wrong_key(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        for key in "78":
            await me.presses(key)
            await me.hears("wrong-key")
        await me.presses("#")
        await agent.answers()
        await me.hangs_up()
        assert [e.reason for e in await w.all(case, events.Escalated)] == ["wrong_key"]


@in_skipped_time
async def test_r2_1_a_wrong_key_and_then_the_right_one(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await me.presses("5")
        await me.hears("wrong-key")
        await me.presses("2")  # in the middle of the menu that follows
        await agent.answers()
        await me.hangs_up()
        assert [e.reason for e in await w.all(case, events.Escalated)] == ["caller_asked"]
        assert "key 5" in [e.heard for e in await w.all(case, events.FlowStep)]


@in_skipped_time
async def test_r2_1_who_only_hears_the_menu_again_and_again_did_not_ask_for_a_human(tmp_path: Path) -> None:
    """The flow gave up on a caller whose way back was used up: the flow said so, nobody asked."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        me, case = await w.call()
        for _ in range(6):
            await me.hears("main-menu")
            await me.presses("9")
        await agent.answers()
        await me.hangs_up()
        assert [e.reason for e in await w.all(case, events.Escalated)] == ["flow"]


@in_skipped_time
async def test_keys_typed_ahead_are_not_lost(tmp_path: Path) -> None:
    """An experienced caller types 1-3-9 at once: information, direct transfer, back to the menu."""
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.presses("139")
        await me.hears("transfer-refused")
        await me.hears("main-menu")
        await me.hangs_up()
        assert [e.heard for e in await w.all(case, events.FlowStep)][2:6] == [
            "key 1",
            "done",
            "key 3",
            "answer refused",
        ]


@in_skipped_time
async def test_r2_1_nobody_free_a_message_and_a_number_to_call_back(tmp_path: Path) -> None:
    """Nobody at work: the caller leaves a message and a number, which is read back and put right once."""
    async with world(tmp_path) as w:
        me = await asks_for_a_human(w)
        (case,) = w.legs
        await me.hears("nobody-free")
        await me.hears("beep")
        await me.speaks(12)
        await me.hears("message-thanks")
        await me.hears("callback-ask")
        await me.presses("0312345678#")
        await me.hears("spelt:0312345678")
        await me.hears("callback-confirm")
        await me.presses("2")
        await me.hears("enter-again")
        await me.presses("09011112222#")
        await me.hears("spelt:09011112222")
        await me.presses("1")
        await me.hears("callback-thanks")
        await me.ends()
        await w.settle()
        failed = (await w.all(case, events.NobodyFree))[0]
        assert failed.tried == 0 and failed.waited_s == 0
        assert [(m.seconds, m.partial) for m in await w.all(case, events.MessageRecorded)] == [(12, False)]
        assert [e.digits for e in await w.all(case, events.FlowStep) if e.digits] == ["0312345678", "09011112222"]
        file = await w.file(case)
        assert (file.outcome, file.rule, file.units, file.response) == ("message", "message", 1, "none")


@in_skipped_time
async def test_a_number_too_short_is_asked_for_again_then_given_up(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me = await asks_for_a_human(w)
        await me.hears("beep")
        await me.hears("callback-ask")  # nothing was said: no message
        await me.presses("123#")
        await me.hears("enter-again")
        await me.presses("1#")
        await me.hears("bye")
        await me.ends()
        await w.settle()
        (case,) = w.legs
        assert (await w.file(case)).rule == "ivr-only"
