"""The dead man's switch: a talk is cut by its limit, politely, and that is written down."""

from pathlib import Path

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
