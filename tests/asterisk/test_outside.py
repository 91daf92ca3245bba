"""Ringing the subscriber's own telephones over a trunk: real SIP, tones both ways, nobody left on a line."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import soundfile

from smartdesk_pbx.trial import Caller, Incoming, Softphone
from smartdesk_pbx.trial.sound import tone_seconds
from tests.asterisk.board import Board

ONE, TWO = "+819011110001", "+819011110002"
CALLER_HZ, OUTSIDE_HZ = 437.0, 971.0
FLOW = """
flow: ring-outside
languages: [ja]
start: ring
nodes:
  ring: {kind: ring, to: ["%s", "%s"], mode: %s, ring_s: %d, next: talked, on_no_answer: nobody}
  talked: {kind: hangup, prompts: [company-info], reason: talked}
  nobody: {kind: hangup, prompts: [outside-nobody], reason: nobody}
"""


@pytest.fixture
async def outside(board: Board) -> AsyncIterator[Softphone]:
    async with board.outside(mode="wait", tone_hz=OUTSIDE_HZ) as phones:
        yield phones


async def dialled(board: Board, mode: str, ring_s: int = 20) -> str:
    return await board.meets(FLOW % (ONE, TWO, mode, ring_s), allowed_destinations="+8190")


async def rings(phones: Softphone, *numbers: str) -> dict[str, Incoming]:
    """The calls to these numbers, in whatever order they come."""
    calls = [await phones.rings() for _ in numbers]
    found = {call.dialled: call for call in calls}
    assert set(found) == set(numbers)
    return found


async def screened(call: Incoming, board: Board) -> None:
    """Answer, hear what is asked and the announced name."""
    await call.answer()
    await call.ear.hears(board.prompts["outside-screening"])


async def hear_each_other(me: Caller, call: Incoming) -> None:
    me.say_tone(CALLER_HZ)
    await asyncio.gather(me.ear.hears_tone(OUTSIDE_HZ, timeout_s=15), call.ear.hears_tone(CALLER_HZ, timeout_s=15))


def events(case: dict[str, object], kind: str) -> list[dict[str, object]]:
    return [e for e in case["events"] if e["kind"] == kind]  # type: ignore[attr-defined]


async def test_together_who_presses_1_talks_and_the_flow_goes_on(board: Board, outside: Softphone) -> None:
    """Both ring; one declines to press, the other takes it; the first is let go, and the talk is not recorded."""
    number, before = await dialled(board, "together"), await board.known()
    async with board.caller(number) as me:
        await me.dial()
        await me.ear.hears(board.prompts["outside-trying"])
        calls = await rings(outside, ONE, TWO)
        assert calls[ONE].shown_number == number, "the assigned number is not shown"
        await screened(calls[TWO], board)
        await screened(calls[ONE], board)
        await calls[ONE].press("2")
        await calls[ONE].press("1")
        await hear_each_other(me, calls[ONE])
        assert (await calls[TWO].ended()).by == "them"
        me.say_tone(None)
        await calls[ONE].hang_up()
        await me.ear.hears(board.prompts["company-info"])
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    assert (case["outcome"], case["rule"], case["recordings"]) == ("connected", "connected", [])
    assert [(e["which"], e["reason"]) for e in events(case, "outside.missed")] == [(2, "elsewhere")]
    assert [(e["which"], e["number"]) for e in events(case, "outside.talked")] == [(1, ONE)]
    assert [e["by"] for e in events(case, "outside.ended")] == ["callee"]


AFTER_AN_AGENT = """
flow: agent-then-outside
languages: [ja]
start: person
nodes:
  person: {kind: escalate, prompts: [moment], next: ring, on_nobody: ring}
  ring: {kind: ring, to: ["%s"], prompts: [moment], next: talked, on_no_answer: talked}
  talked: {kind: hangup, prompts: [company-info]}
"""
AGENT_HZ = 883.0


async def test_only_the_agents_talk_is_recorded(board: Board, outside: Softphone) -> None:
    """An agent talks with the caller first: that recording ends before the subscriber's own telephone rings."""
    number = await board.meets(AFTER_AN_AGENT % ONE, allowed_destinations="+8190")
    before = await board.known()
    async with board.agent(tone_hz=AGENT_HZ) as agent, board.caller(number) as me:
        me.say_tone(CALLER_HZ)
        await me.dial()
        call = await agent.rings(20)
        await call.ear.hears_tone(CALLER_HZ, timeout_s=20, least_s=2)
        await call.hang_up()
        own = (await rings(outside, ONE))[ONE]
        await own.answer()
        await own.press("1")
        await own.ear.hears_tone(CALLER_HZ, timeout_s=15, least_s=2)
        await me.ear.hears_tone(OUTSIDE_HZ, least_s=2)
        await me.hang_up()
        case = await board.case_of(before)
    (stored,) = events(case, "recording.stored")
    sound, rate = soundfile.read(Path(str(case["recordings_folder"])) / str(stored["file"]), dtype="float32")
    assert tone_seconds(sound[:, 1], AGENT_HZ, rate) > 1.5 and stored["whole"]
    assert tone_seconds(sound[:, 1], OUTSIDE_HZ, rate) == 0


async def test_in_turn_busy_then_nobody_presses_then_nobody(board: Board, outside: Softphone) -> None:
    """The second telephone is a mailbox: it answers and presses nothing."""
    number, before = await dialled(board, "in_turn"), await board.known()
    async with board.caller(number) as me:
        await me.dial()
        first = (await rings(outside, ONE))[ONE]
        await first.refuse(486)
        second = (await rings(outside, TWO))[TWO]
        await screened(second, board)
        assert (await second.ended(20)).by == "them"
        await me.ear.hears(board.prompts["outside-nobody"])
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    assert [(e["which"], e["reason"]) for e in events(case, "outside.missed")] == [(1, "busy"), (2, "not_screened")]


async def test_ringing_ends_in_time(board: Board, outside: Softphone) -> None:
    number, before = await dialled(board, "together", ring_s=5), await board.known()
    async with board.caller(number) as me:
        await me.dial()
        calls = await rings(outside, ONE, TWO)
        assert [(await call.ended()).how for call in calls.values()] == ["cancel", "cancel"]
        await me.ear.hears(board.prompts["outside-nobody"])
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    assert {e["reason"] for e in events(case, "outside.missed")} == {"no_answer"}


@pytest.mark.parametrize("while_it", ["rings", "screens"])
async def test_a_caller_who_leaves_leaves_nobody_ringing(board: Board, outside: Softphone, while_it: str) -> None:
    number, before = await dialled(board, "together"), await board.known()
    async with board.caller(number) as me:
        await me.dial()
        calls = await rings(outside, ONE, TWO)
        if while_it == "screens":
            await screened(calls[ONE], board)
        await me.hang_up()
        for call in calls.values():
            assert (await call.ended()).by == "them"
        case = await board.closed((await board.case_of(before))["case_id"])
    assert {e["reason"] for e in events(case, "outside.missed")} == {"caller_left"}
    await board.quiet()


async def test_a_caller_who_leaves_the_talk_ends_it(board: Board, outside: Softphone) -> None:
    number, before = await dialled(board, "in_turn"), await board.known()
    async with board.caller(number) as me:
        await me.dial()
        call = (await rings(outside, ONE))[ONE]
        await call.answer()
        await call.press("1")  # the words need not be heard to their end
        await hear_each_other(me, call)
        await me.hang_up()
        assert (await call.ended()).by == "them"
        case = await board.closed((await board.case_of(before))["case_id"])
    assert [e["by"] for e in events(case, "outside.ended")] == ["caller"]


async def test_a_number_that_is_not_allowed_is_never_dialled(board: Board, outside: Softphone) -> None:
    """It was allowed when the flow was published, and is not any more."""
    flow = FLOW % (ONE, "+12125550100", "together", 20)
    number, before = await board.meets(flow, allowed_destinations="+8190,+1212"), await board.known()
    await board.agrees(allowed_destinations="+8190")
    async with board.caller(number) as me:
        await me.dial()
        call = (await rings(outside, ONE))[ONE]
        await call.refuse(603)
        await me.ear.hears(board.prompts["outside-nobody"])
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    assert {(e["which"], e["reason"]) for e in events(case, "outside.missed")} == {(2, "not_allowed"), (1, "declined")}
    assert [one.dialled for one in outside.calls] == [ONE]
