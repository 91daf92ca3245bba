"""Calls on a real Asterisk, by real SIP phones."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smartdesk_pbx.office.seed import EMERGENCY
from smartdesk_pbx.trial.sound import tone_seconds
from tests.asterisk.board import Board

CALLER_HZ, AGENT_HZ = 437.0, 883.0


async def test_r2_1_r2_3_a_caller_reaches_an_agent_and_both_are_recorded(board: Board) -> None:
    """R2.1, R2.3, R6: greeting, key, ringing, whisper, talk both ways; each side's tone in its own track."""
    before = await board.known()
    async with board.agent(tone_hz=AGENT_HZ) as agent, board.caller(diversion=["0355550000"]) as me:
        me.say_tone(CALLER_HZ)
        await me.dial()
        await me.answered()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.press("2")
        await me.ear.hears(board.prompts["please-hold"])
        call = await agent.rings()
        assert "さくら商事" in call.shown and call.shown_number == board.numbers[0]
        whisper = await call.ear.hears(board.prompts["whisper-call"])
        both = await asyncio.gather(
            me.ear.hears_tone(AGENT_HZ, timeout_s=15), call.ear.hears_tone(CALLER_HZ, timeout_s=15)
        )
        assert min(both) > whisper.until, "the talk path opened before the announced name was told"
        talk_began = max(both)
        await me.ear.hears_tone(AGENT_HZ, least_s=2, since=talk_began)
        await me.hang_up()
        assert (await call.ended()).by == "them"
        case = await board.case_of(before)
        recording = await recorded(board, case["case_id"])
    heard, rate = soundfile.read(recording, always_2d=True, dtype="float32")
    caller, far = heard[:, 0], heard[:, 1]
    assert rate == 8000 and heard.shape[1] == 2
    assert tone_seconds(caller, CALLER_HZ, rate) > 1.9 and tone_seconds(far, AGENT_HZ, rate) > 1.9
    assert tone_seconds(caller, AGENT_HZ, rate) < 0.1 and tone_seconds(far, CALLER_HZ, rate) < 0.1
    assert np.abs(far).max() > 0.01
    by_kind = {e["kind"]: e for e in case["events"]}
    assert by_kind["escalation.started"]["reason"] == "caller_asked"
    assert by_kind["call.signalled"]["sources"] == ["+81355550000"]
    assert by_kind["name.announced"]["announced_name"] == "さくら商事"
    assert (case["outcome"], case["ended_by"]) == ("human", "caller")
    done = await board.ask("case.respond", case=case["case_id"], name="Tanaka", phone="0312349876", callback="yes",
                           not_heard=["purpose"])  # fmt: skip
    assert done["complete"]
    closed = await board.closed(case["case_id"])
    assert closed["billable"] is True and closed["rule"] == "human" and closed["units"] == 1


async def recorded(board: Board, case_id: str) -> Path:
    """The recording's place, once it is there."""

    def look() -> Path | None:
        shown = board._ask("case.show", {"case": case_id})
        stored = [e for e in shown["events"] if e["kind"] == "recording.stored"]
        return Path(shown["recordings_folder"]) / stored[0]["file"] if stored and stored[0]["whole"] else None

    found = await board.until(look, "no whole recording was stored")
    assert isinstance(found, Path)
    assert found.stat().st_mode & 0o077 == 0
    return found


async def test_the_agent_hangs_up_and_the_caller_hears_goodbye(board: Board) -> None:
    """The far end leaves first: the caller is not left in silence, and the case says who ended it."""
    before = await board.known()
    async with board.agent(tone_hz=AGENT_HZ) as agent, board.caller() as me:
        await me.dial()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.press("2")
        call = await agent.rings()
        await me.ear.hears_tone(AGENT_HZ, timeout_s=15)
        await call.hang_up()
        await me.ear.hears(board.prompts["bye"])
        assert (await me.ended()).by == "them"
        case = await board.case_of(before)
        assert case["ended_by"] == "agent"
        await board.ask("case.respond", case=case["case_id"], refused=["name", "phone", "callback", "purpose"])
        assert (await board.closed(case["case_id"]))["billable"] is True


async def test_wrong_key_then_the_right_one(board: Board) -> None:
    before = await board.known()
    async with board.caller() as me:
        await me.dial()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.press("7")
        await me.ear.hears(board.prompts["wrong-key"])
        await me.press("1")
        await me.ear.hears(board.prompts["company-info"])
        await me.hang_up()
        case = await board.case_of(before)
        assert (case["outcome"], case["billable"], case["rule"]) == ("self_service", False, "hung-up-in-ivr")
        assert [e["heard"] for e in case["events"] if e["kind"] == "flow.step"][2:] == ["key 7", "key 1"]


async def test_r2_1_no_key_escalates_and_nobody_is_there(board: Board) -> None:
    """R2.1: silence is a reason of its own; with nobody at work the caller is asked for a message, and it is kept."""
    before = await board.known()
    async with board.caller() as me:
        await me.dial()
        await me.ear.hears(board.prompts["main-menu"])
        await me.ear.hears(board.prompts["no-key"], timeout_s=30)
        await me.ear.hears(board.prompts["please-hold"], timeout_s=40)
        await me.ear.hears(board.prompts["nobody-free"], timeout_s=20)
        await me.ear.hears(board.prompts["leave-message"], timeout_s=20)
        await me.ear.hears(board.prompts["beep"], timeout_s=30, least_s=0.3)
        me.say_tone(CALLER_HZ)
        await asyncio.sleep(2)  # speaking
        await me.hang_up()
        case = await board.case_of(before)
    by_kind = {e["kind"]: e for e in case["events"]}
    assert by_kind["escalation.started"]["reason"] == "no_input"
    assert by_kind["message.recorded"]["partial"] is True
    sound, rate = soundfile.read(Path(case["recordings_folder"]) / by_kind["message.recorded"]["file"], dtype="float32")
    assert tone_seconds(sound, CALLER_HZ, rate) > 1
    assert case["rule"] == "message" and case["billable"] is True


async def test_keys_typed_ahead_are_never_lost(board: Board) -> None:
    """An experienced caller sends 9-9-1 within 400 ms: each menu gets its key, in order."""
    for _ in range(3):
        before = await board.known()
        async with board.caller() as me:
            await me.dial()
            await me.ear.hears(board.prompts["welcome-generic"])
            released = await me.press("991", digit_ms=80, gap_ms=50)
            heard = await me.ear.hears(board.prompts["company-info"])
            assert heard.at - released[-1] < 1
            await me.hang_up()
        case = await board.case_of(before)
        assert [e["heard"] for e in case["events"] if e["kind"] == "flow.step"][2:] == ["key 9", "key 9", "key 1"]


@pytest.mark.parametrize("mode, reason", [("busy", "busy"), ("decline", "declined"), ("no_answer", "no_answer")])
async def test_an_agent_who_does_not_take_the_call_is_passed_over(board: Board, mode: str, reason: str) -> None:
    """P6, P7: the next one gets the caller, the first is paused with the reason."""
    before = await board.known()
    async with (
        board.agent("agent1", mode=mode),
        board.agent("agent2", tone_hz=AGENT_HZ) as second,
        board.caller() as me,
    ):
        await me.dial()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.press("2")
        await second.rings(15)
        await me.ear.hears_tone(AGENT_HZ, timeout_s=15)
        states = {a["agent"]: a for a in await board.ask("agent.list")}
        assert states["agent1"]["state"] == "paused" and reason in states["agent1"]["reason"]
        assert states["agent2"]["state"] == "talking"
        await me.hang_up()
        case = await board.case_of(before)
    missed = [e for e in case["events"] if e["kind"] == "agent.missed"]
    assert [(e["agent"], e["reason"]) for e in missed] == [("agent1", reason)]


async def test_an_agent_whose_phone_is_not_registered_is_offered_nothing(board: Board) -> None:
    before = await board.known()
    async with board.agent("agent1", register=False), board.caller() as me:
        await me.dial()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.press("2")
        await me.ear.hears(board.prompts["nobody-free"], timeout_s=15)
        await me.hang_up()
        case = await board.case_of(before)
    assert not [e for e in case["events"] if e["kind"] == "agent.offered"]


async def test_r8_2_the_third_request_releases_the_emergency_number(board: Board) -> None:
    """R8.2: refused, refused, told; the digits stand in no log, channel list or call record."""
    from_number = "0312349801"
    for turn in (1, 2, 3):
        before = await board.known()
        async with board.caller(from_number=from_number) as me:
            await me.dial()
            await me.ear.hears(board.prompts["welcome-generic"])
            await me.press("3")
            if turn < 3:
                await me.ear.hears(board.prompts["transfer-refused"])
                await me.hang_up()
                case = await board.case_of(before)
                assert not [e for e in case["events"] if e["kind"] == "emergency.released"]
                continue
            await me.ear.hears(board.prompts["emergency-intro"])
            spoken = board.emergency_sound
            await me.ear.hears(spoken, timeout_s=30, whole=True)
            await me.ear.hears(board.prompts["emergency-repeat"])
            await me.press("1")
            await me.ear.hears(spoken, timeout_s=15)
            await me.hang_up()
            case = await board.case_of(before)
    released = next(e for e in case["events"] if e["kind"] == "emergency.released")
    assert len(released["requests"]) == 3 and released["threshold"] == 3
    told = next(e for e in case["events"] if e["kind"] == "emergency.told")
    assert told["times"] == 1
    assert case["rule"] == "emergency-told"
    for log in (board.home / "asterisk" / "log").rglob("*"):
        assert not log.is_file() or EMERGENCY[-8:] not in log.read_text(errors="replace"), log


async def test_r2_2_an_anonymous_caller_leaves_no_number_anywhere(board: Board) -> None:
    """R2.2: presentation prohibited: the asserted number is neither stored nor shown, not even in the call record."""
    before = await board.known()
    async with board.caller(privacy=True, pai="0312347777") as me:
        await me.dial()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.hang_up()
        case = await board.case_of(before)
    assert case["caller_class"] == "anonymous" and case["caller"] is None
    for file in (board.home / "asterisk" / "log").rglob("*"):
        assert not file.is_file() or b"312347777" not in file.read_bytes(), file
    assert "312347777" not in str(case)


async def test_an_unassigned_number_is_404_and_no_case(board: Board) -> None:
    before = await board.known()
    async with board.caller("0312345999") as me:
        await me.dial()
        assert (await me.refused()).status == 404
    assert await board.known() == before
