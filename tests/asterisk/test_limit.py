"""What must not go wrong and does: a talk without end, a prompt that is not there, or is empty."""

from pathlib import Path

from smartdesk_pbx.audio.catalogue import file_id
from tests.asterisk.board import switchboard

AGENT_HZ = 883.0


async def test_a_talk_is_cut_by_its_limit(tmp_path: Path) -> None:
    """TIMEOUT(absolute) fires in the bridge: the caller hears why, the agent is freed, the case says "cut"."""
    with switchboard(tmp_path / "home", SMARTDESK_TALK_LIMIT_S="4") as board:
        async with board.agent(tone_hz=AGENT_HZ) as agent, board.caller() as me:
            await me.dial()
            await me.ear.hears(board.prompts["welcome-generic"])
            await me.press("2")
            call = await agent.rings()
            await me.ear.hears_tone(AGENT_HZ, timeout_s=20)
            await me.ear.hears(board.prompts["limit"], timeout_s=15)
            assert (await call.ended()).by == (await me.ended(20)).by == "them"
            case = await board.case_of(set())
        await board.quiet()
    kinds = [e["kind"] for e in case["events"]]
    assert kinds.index("talk.ended") < kinds.index("call.cut") < kinds.index("call.ended")
    assert case["outcome"] == "cut"
    log = (tmp_path / "home.log").read_text()
    assert '"alarm": "cut_by_limit"' in log


async def test_a_missing_prompt_is_an_alarm_and_never_silence(tmp_path: Path) -> None:
    """The menu's sound is gone: the caller hears the default instead, and the key that follows counts."""
    with switchboard(tmp_path / "home") as board:
        for sound in (board.home / "sounds").glob(f"*/{file_id('main-menu')}.*"):  # Asterisk falls back to English
            sound.unlink()
        async with board.caller() as me:
            await me.dial()
            await me.ear.hears(board.prompts["welcome-generic"])
            await me.ear.hears(board.prompts["moment"], least_s=0.8)
            await me.press("1")
            await me.ear.hears(board.prompts["company-info"])
            await me.hang_up()
            case = await board.case_of(set())
    assert [e["heard"] for e in case["events"] if e["kind"] == "flow.step"][2:] == ["key 1"]
    assert '"alarm": "prompt_missing"' in (tmp_path / "home.log").read_text()


async def test_an_empty_prompt_is_an_alarm_and_never_silence(tmp_path: Path) -> None:
    """Asterisk would play an empty file without complaint, and English where only the Japanese sound is gone."""
    with switchboard(tmp_path / "home") as board:
        sounds = board.home / "sounds" / "ja"
        (sounds / f"{file_id('main-menu')}.ulaw").write_bytes(b"")
        (sounds / f"{file_id('company-info')}.ulaw").unlink()
        async with board.caller() as me:
            await me.dial()
            await me.ear.hears(board.prompts["welcome-generic"])
            await me.ear.hears(board.prompts["moment"], least_s=0.8)
            await me.press("1")
            await me.ear.hears(board.prompts["moment"], least_s=0.8)
            await me.hang_up()
            case = await board.case_of(set())
    assert [e["heard"] for e in case["events"] if e["kind"] == "flow.step"][2:] == ["key 1"]
    log = (tmp_path / "home.log").read_text()
    assert '"main-menu": "is empty"' in log and '"company-info": "is not there"' in log
