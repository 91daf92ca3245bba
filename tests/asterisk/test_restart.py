"""The daemon dies and comes back; calls do not notice. Each test has the switchboard for itself."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from aiohttp import web
from aiohttp.test_utils import TestServer

from smartdesk_pbx.settings import Settings
from smartdesk_pbx.trial.prompts import Prompts
from smartdesk_pbx.trial.sound import tone_seconds
from tests.asterisk.board import Board, let_out, switchboard

CALLER_HZ, AGENT_HZ = 437.0, 883.0


@pytest.fixture(scope="module")
def shared_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board of this file's own: its daemon is killed again and again."""
    home = tmp_path_factory.mktemp("restart") / "home"
    let_out(home)
    with switchboard(home) as board:
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


OUTSIDE = """
flow: restart-outside
languages: [ja]
start: ring
nodes:
  ring: {kind: ring, to: ["+819011110001"], next: talked, on_no_answer: talked}
  talked: {kind: hangup, prompts: [company-info]}
"""


async def test_a_talk_with_a_telephone_outside_goes_on_and_is_watched(board: Board) -> None:
    """kill -9 during the talk: both go on hearing each other; when the other side leaves, the flow goes on."""
    number, before = await board.meets(OUTSIDE, allowed_destinations="+8190"), await board.known()
    async with board.outside(mode="wait", tone_hz=AGENT_HZ) as phones, board.caller(number) as me:
        me.say_tone(CALLER_HZ)
        await me.dial()
        call = await phones.rings()
        await call.answer()
        await call.press("1")
        await call.ear.hears_tone(CALLER_HZ, timeout_s=20)
        await board.kill_daemon()
        me.ear.forget()
        await me.ear.hears_tone(AGENT_HZ, least_s=1)
        await call.hang_up()
        await me.ear.hears(board.prompts["company-info"], timeout_s=20)
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    ended = [e for e in case["events"] if e["kind"] == "outside.ended"]
    assert [e["by"] for e in ended] == ["callee"] and ended[0]["talk_s"] > 1.5
    assert (case["outcome"], case["recordings"]) == ("connected", [])


async def test_whoever_talks_outside_is_not_left_alone_when_the_caller_leaves_unseen(board: Board) -> None:
    number, before = await board.meets(OUTSIDE, allowed_destinations="+8190"), await board.known()
    async with board.outside(mode="wait", tone_hz=AGENT_HZ) as phones, board.caller(number) as me:
        me.say_tone(CALLER_HZ)
        await me.dial()
        call = await phones.rings()
        await call.answer()
        await call.press("1")
        await call.ear.hears_tone(CALLER_HZ, timeout_s=20)
        os.kill(board.daemon_pid(), signal.SIGKILL)
        await me.hang_up()
        assert (await call.ended(30)).by == "them"
        case = await board.case_of(before, 20)
    assert case["ended_by"] in ("unseen", "caller") and case["outcome"] == "connected"


@pytest.mark.parametrize("answered", [False, True])
async def test_a_telephone_that_rang_outside_is_rung_anew(board: Board, answered: bool) -> None:
    """kill -9 while it rings, or is asked to press 1: the next daemon ends that call and rings again."""
    number, before = await board.meets(OUTSIDE, allowed_destinations="+8190"), await board.known()
    async with board.outside(mode="wait", tone_hz=AGENT_HZ) as phones, board.caller(number) as me:
        await me.dial()
        first = await phones.rings()
        await me.ear.hears(board.prompts["outside-trying"])
        if answered:
            await first.answer()
            await first.ear.hears(board.prompts["outside-screening"])
        await board.kill_daemon()
        second = await phones.rings(20)
        assert (await first.ended()).by == "them"
        await second.answer()
        await second.press("1")
        await me.ear.hears_tone(AGENT_HZ, timeout_s=20)
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    assert case["outcome"] == "connected"
    assert len([e for e in case["events"] if e["kind"] == "outside.rung"]) == 2


LANGUAGE = """
flow: restart-language
languages: [ja, en]
start: tongue
nodes:
  tongue: {kind: language, prompts: [moment], keys: {"2": en}, wait_s: 20, next: menu}
  menu: {kind: menu, prompts: [main-menu], keys: {"9": told}, wait_s: 20, on_silence: told, on_wrong_key: told}
  told: {kind: hangup, prompts: [company-info]}
"""


async def test_the_next_daemon_speaks_the_language_that_the_caller_chose(board: Board) -> None:
    number, before = await board.meets(LANGUAGE), await board.known()
    english = Prompts(Settings(home=board.home), "en")
    async with board.caller(number) as me:
        await me.dial()
        await me.ear.hears(board.prompts["moment"])
        await me.press("2")
        await me.ear.hears(english["main-menu"])
        await board.kill_daemon()
        await me.press("9")
        await me.ear.hears(english["company-info"], timeout_s=20)
        await me.hang_up()
        await board.closed((await board.case_of(before))["case_id"])


ASKING = """
flow: restart-asking
languages: [ja]
start: first
nodes:
  first: {kind: menu, prompts: [moment], keys: {"1": ask}, wait_s: 20, on_silence: told, on_wrong_key: told}
  ask: {kind: lookup, url: "http://127.0.0.1:%d/", limit_s: 10, answers: {vip: second}, otherwise: told}
  second: {kind: menu, prompts: [main-menu], keys: {"1": told}, wait_s: 20, on_silence: told, on_wrong_key: told}
  told: {kind: hangup, prompts: [company-info]}
"""


async def test_a_key_that_was_looked_at_before_does_not_count_again(board: Board) -> None:
    """kill -9 while the subscriber's system is asked: the next daemon asks again, and the key that led there is not
    taken for one of the menu that comes next."""
    asked = asyncio.Queue[float]()

    async def answer(_: web.Request) -> web.Response:
        asked.put_nowait(0)
        await asyncio.sleep(1.5)
        return web.Response(text="vip")

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        hosts = f"127.0.0.1:{server.port}"
        number, before = await board.meets(ASKING % server.port, lookup_hosts=hosts), await board.known()
        async with board.caller(number) as me:
            await me.dial()
            await me.ear.hears(board.prompts["moment"])
            await me.press("1")
            await asyncio.wait_for(asked.get(), 10)
            await board.until(lambda: _stands_at(board, before, "ask"), "the step is not in the ledger")
            await board.kill_daemon()
            await asyncio.wait_for(asked.get(), 20)
            await me.ear.hears(board.prompts["main-menu"], timeout_s=20)
            await me.hang_up()
            case = await board.closed((await board.case_of(before))["case_id"])
    assert [e["heard"] for e in case["events"] if e["kind"] == "flow.step"] == ["start", "key 1", "answer vip"]


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


def _stands_at(board: Board, before: set[str], node: str) -> bool:
    """The new call's last step in the ledger is at this node."""
    new = [c["case_id"] for c in board._ask("case.list", {}) if c["case_id"] not in before]
    steps = [e for e in board._ask("case.show", {"case": new[0]})["events"] if e["kind"] == "flow.step"] if new else []
    return bool(steps) and steps[-1]["node"] == node


def _answers(board: Board) -> bool:
    from smartdesk_pbx.cli import link

    return link.find(board.home) is not None
