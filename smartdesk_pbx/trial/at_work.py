"""A demo agent at work: phone registered, ready for calls; signed off again at the end, whatever happens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.trial.softphone import Softphone
from smartdesk_pbx.trial.stage import Stage, StoryBroke, expected, within
from smartdesk_pbx.trial.teller import BOARD

OFFLINE = "offline"


@asynccontextmanager
async def at_work(stage: Stage, agent: str) -> AsyncIterator[Softphone]:
    """`agent`'s registered phone, ready, alone in the house so that every call goes there. Raises `StoryBroke`."""
    for one in await stage.ask("agent.list"):
        if one["agent"] != agent and one["state"] != OFFLINE:
            await stage.ask("agent.offline", agent=one["agent"])
            stage.teller.line(BOARD, f"{one['agent']} is signed off, so that the call goes to {agent}")
    try:
        async with Softphone(stage.sip, agent, password(stage.settings, agent), mode="wait") as phone:
            with expected(f"{agent}'s softphone registers"):
                await phone.register()
            stage.teller.line(agent, f"softphone registers as sip:{agent}@{stage.sip}")
            await _ready(stage, agent)
            yield phone
    finally:
        await _sign_off(stage, agent)


async def _ready(stage: Stage, agent: str) -> None:
    async with within(f"{agent}, ready, can be reached by the switchboard", "its phone is not known there"):
        while not (await stage.ask("agent.ready", agent=agent))["reachable"]:
            await asyncio.sleep(0.05)
    stage.teller.line(agent, "is ready for calls")


async def _sign_off(stage: Stage, agent: str) -> None:
    async with within(f"{agent} can be signed off", "still in a call"):
        while True:
            try:
                await stage.ask("agent.offline", agent=agent)
                return
            except RuleBroken:  # a talk that has just been cut ends in a moment
                await asyncio.sleep(0.1)


def password(settings: Settings, agent: str) -> str:
    """The SIP password of a demo agent. Raises `StoryBroke` when it is not kept here."""
    file = settings.secrets_dir / "agents.json"
    try:
        return str(json.loads(file.read_text("utf-8"))[agent])
    except (OSError, ValueError, KeyError, TypeError):
        raise StoryBroke(f"expected: the password of {agent} in {file}; instead: it is not there") from None
