"""The caller hangs up in every verb and at every step: one closed case, and not one dialplan step afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartdesk_pbx.trial import Caller
from tests.asterisk.board import Board, Steps

AGENT_HZ = 883.0
VERBS = {
    "menu": ("", "moment"),
    "say": ("1", "company-info"),
    "skip": ("2", "company-info"),
    "collect": ("3", "moment"),
    "record": ("4", "beep"),
    "hold": ("5", "company-info"),
    "bye": ("6", "company-info"),
    "wait": ("7", "company-info"),
}
"""Verb of the dialplan -> the key that leads into it, and the prompt that tells that it runs."""


@pytest.fixture
async def verbs(board: Board) -> str:
    """A number whose flow has every verb one key away."""
    text = (Path(__file__).parent / "verbs.yaml").read_text("utf-8")
    return await board.meets(text, allowed_destinations="+8190")


@pytest.fixture
async def steps(board: Board) -> AsyncIterator[Steps]:
    async with Steps(board) as counted:
        yield counted


@pytest.mark.parametrize("verb", VERBS)
async def test_in_each_verb(board: Board, verbs: str, steps: Steps, verb: str) -> None:
    key, prompt = VERBS[verb]
    before = await board.known()
    async with board.caller(verbs) as me:
        await me.dial()
        await me.ear.hears(board.prompts["moment"], least_s=0.8)
        if key:
            await me.press(key)
            await me.ear.hears(board.prompts[prompt], least_s=0.3 if prompt == "beep" else 0.8)
        made = await leave(board, steps, me, verb)
        assert any(f"@{verb}:" in line for line in made), made
        if verb == "hold":  # whoever may wait for half an hour is not cut off after a quarter
            assert any("[~2700~" in line for line in made), made
    case = await board.closed((await board.case_of(before))["case_id"])
    assert case["ended_by"] == ("us" if verb == "bye" else "caller")


async def leave(board: Board, steps: Steps, me: Caller, verb: str) -> list[str]:
    """Hang up; the steps that the channel in this verb had made. Fails when it makes one more."""
    [ours] = [line.split("!")[0] for line in board.channels() if line.split("!")[1] == verb]
    made = [line for line in await steps.flushed() if f'"{ours}"' in line]
    await me.hang_up()
    await board.quiet()
    assert [line for line in await steps.flushed() if f'"{ours}"' in line] == made
    return made


async def test_while_the_agents_phone_rings(board: Board, verbs: str) -> None:
    """The phone stops ringing, and its agent is ready for the next caller."""
    before = await board.known()
    async with board.agent(mode="wait") as agent, board.caller(verbs) as me:
        await me.dial()
        await me.ear.hears(board.prompts["moment"], least_s=0.8)
        await me.press("5")
        ringing = await agent.rings()
        await me.hang_up()
        assert (await ringing.ended()).how == "cancel"
        await board.until(lambda: state(board) == "ready", "the agent is not ready again")
        case = await board.closed((await board.case_of(before))["case_id"])
    assert [e["reason"] for e in case["events"] if e["kind"] == "agent.missed"] == ["caller_left"]


async def test_while_the_name_is_whispered(board: Board, verbs: str) -> None:
    before = await board.known()
    async with board.agent() as agent, board.caller(verbs) as me:
        await me.dial()
        await me.ear.hears(board.prompts["moment"], least_s=0.8)
        await me.press("5")
        call = await agent.rings()
        await call.ear.hears(board.prompts["whisper-call"])
        await me.hang_up()
        assert (await call.ended()).by == "them"
        await board.until(lambda: state(board) == "ready", "the agent is not ready again")
        case = await board.closed((await board.case_of(before))["case_id"])
    assert "talk.started" not in [e["kind"] for e in case["events"]]


def state(board: Board) -> str:
    return str(next(a["state"] for a in board._ask("agent.list", {}) if a["agent"] == "agent1"))
