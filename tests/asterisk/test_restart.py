"""The daemon dies and comes back; calls do not notice. Each test has the switchboard for itself."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from smartdesk_pbx.trial.sound import tone_seconds
from tests.asterisk.board import Board, switchboard

CALLER_HZ, AGENT_HZ = 437.0, 883.0


@pytest.fixture(scope="module")
def shared_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board of this file's own: its daemon is killed again and again."""
    with switchboard(tmp_path_factory.mktemp("restart") / "home") as board:
        yield board


async def test_a_key_pressed_while_no_daemon_is_there_counts(board: Board) -> None:
    """kill -9 while the caller is in a menu; the key pressed before the next daemon is up takes the call on."""
    before = await board.known()
    async with board.caller() as me:
        await me.dial()
        await me.ear.hears(board.prompts["main-menu"])
        os.kill(board.daemon_pid(), signal.SIGKILL)
        await me.press("1")
        await me.ear.hears(board.prompts["company-info"], timeout_s=20)
        await me.hang_up()
        case = await board.case_of(before)
    kinds = [e["kind"] for e in case["events"]]
    assert "call.resumed" in kinds
    assert [e["heard"] for e in case["events"] if e["kind"] == "flow.step"][-1] == "key 1"
    assert case["closed_at"] and kinds.count("case.closed") == 1


async def test_a_talk_goes_on_without_a_daemon_and_closes_once(board: Board) -> None:
    """kill -9 during a talk: both go on hearing each other, recorded; the case closes once, with the whole talk."""
    before = await board.known()
    async with board.agent(tone_hz=AGENT_HZ) as agent, board.caller() as me:
        me.say_tone(CALLER_HZ)
        await me.dial()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.press("2")
        call = await agent.rings()
        await call.ear.hears_tone(CALLER_HZ, timeout_s=20)
        await board.until(lambda: board._ask("call.list", {})[0]["where"] == "with a human", "no talk")
        await board.kill_daemon()
        me.ear.forget()
        await me.ear.hears_tone(AGENT_HZ, least_s=1)
        await me.hang_up()
        assert (await call.ended()).by == "them"
        case = await board.case_of(before)
        response = {"name": "A", "phone": "0312349999", "callback": "no", "purpose": "B"}
        await board.ask("case.respond", case=case["case_id"], **response)
        closed = await board.closed(case["case_id"])
    kinds = [e["kind"] for e in closed["events"]]
    assert (kinds.count("talk.started"), kinds.count("talk.ended"), kinds.count("call.ended")) == (1, 1, 1)
    talk = next(e for e in closed["events"] if e["kind"] == "talk.ended")
    stored = next(e for e in closed["events"] if e["kind"] == "recording.stored")
    assert talk["talk_s"] > 1.5 and stored["whole"]
    sound, rate = soundfile.read(Path(closed["recordings_folder"]) / stored["file"], dtype="float32")
    assert tone_seconds(sound[:, 1], AGENT_HZ, rate) > 0.8 * talk["talk_s"]
    assert closed["billable"] is True


async def test_a_caller_who_left_while_no_daemon_was_there_ended_unseen(board: Board) -> None:
    """kill -9 in a menu, the caller hangs up meanwhile: one closed case, by "unseen"."""
    before = await board.known()
    async with board.caller() as me:
        await me.dial()
        await me.ear.hears(board.prompts["main-menu"])
        os.kill(board.daemon_pid(), signal.SIGKILL)
        await me.hang_up()
        case = await board.case_of(before, 20)
    assert case["ended_by"] == "unseen" and case["closed_at"]


async def test_an_agent_who_was_ringing_is_not_left_ringing(board: Board) -> None:
    """kill -9 while the agent's phone rings: the next daemon offers the caller again, nobody rings for nothing."""
    before = await board.known()
    async with board.agent(mode="wait", tone_hz=AGENT_HZ) as agent, board.caller() as me:
        await me.dial()
        await me.ear.hears(board.prompts["welcome-generic"])
        await me.press("2")
        first = await agent.rings()
        await board.kill_daemon()
        second = await agent.rings(20)
        assert (await first.ended()).by == "them"
        await second.answer()
        await me.ear.hears_tone(AGENT_HZ, timeout_s=20)
        await me.hang_up()
        case = await board.case_of(before)
        assert case["outcome"] == "human"


async def test_r13_without_a_daemon_a_message_is_taken_and_becomes_a_case(tmp_path: Path) -> None:
    """First entry with no daemon: "one moment", then an apology and a message; a case when the daemon is back."""
    with switchboard(tmp_path / "home") as board:
        pid = board.daemon_pid()
        os.kill(pid, signal.SIGSTOP)  # it takes part in nothing and its supervisor will not replace it at once
        os.kill(board.child.pid, signal.SIGSTOP)
        try:
            os.kill(pid, signal.SIGKILL)
            async with board.caller() as me:
                await me.dial()
                await me.ear.hears(board.prompts["moment"], timeout_s=20)
                await me.ear.hears(board.prompts["away-msg"], timeout_s=40)
                await me.ear.hears(board.prompts["beep"], timeout_s=30, least_s=0.3)
                me.say_tone(CALLER_HZ)
                await asyncio.sleep(2)  # speaking
                await me.hang_up()
            await board.quiet()
        finally:
            os.kill(board.child.pid, signal.SIGCONT)
        await board.until(lambda: board.daemon_pid() != pid and _answers(board), "no new daemon", 30)
        case = await board.case_of(set(), 20)
        assert (case["outcome"], case["rule"], case["billable"]) == ("met_by_outage", "outage", False)
        [message] = case["recordings"]
        sound, rate = soundfile.read(Path(case["recordings_folder"]) / message["file"], dtype="float32")
        assert tone_seconds(sound, CALLER_HZ, rate) > 1
        assert case["caller"] == "+81312349876"
        spool = board.home / "asterisk" / "log" / "cdr-custom"
        assert not [f for f in spool.iterdir() if b"312349876" in f.read_bytes()]


def _answers(board: Board) -> bool:
    from smartdesk_pbx.cli import link

    return link.find(board.home) is not None
