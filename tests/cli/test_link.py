"""The command line with a daemon that answers: operations go to it, and its answers come back as they should."""

import asyncio
import json
import os

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.office.office import open_office
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.web.api import Api
from tests.cli.conftest import Cli


async def test_commands_go_to_the_daemon_when_one_answers(bare: Cli) -> None:
    asked: list[str] = []

    async def ready(params: object) -> object:
        asked.append("ready")
        return {"agent": "a", "state": "ready"}

    async def pause(params: object) -> object:
        raise RuleBroken("there is no agent 'a'")

    async def calls(params: object) -> object:
        raise EdgeDown("Asterisk is away")

    async def after_write() -> None:
        asked.append("write")

    async def agents(params: object) -> object:
        return [{"agent": "b", "state": "ready", "reachable": True}]

    live = {"agent.list": agents, "agent.ready": ready, "agent.pause": pause, "call.list": calls}
    async with open_office(Settings(home=bare.home)) as office:
        listening = await Api(office, live, after_write).start("127.0.0.1:0")
        (bare.home / "run").mkdir()
        said = {"http": listening.where, "pid": os.getpid()}
        (bare.home / "run" / "daemon.json").write_text(json.dumps(said))
        try:
            assert (await asyncio.to_thread(bare.did, "agent", "ready", "a")).out == "a is ready\n"
            await asyncio.to_thread(bare.did, "agent", "add", "b", "--name", "B")
            assert asked == ["ready", "write"]
            assert "reachable" in (await asyncio.to_thread(bare.did, "agent", "list")).out
            assert "no agent 'a'" in (await asyncio.to_thread(bare, "agent", "pause", "a")).one_line(2)
            assert "Asterisk is away" in (await asyncio.to_thread(bare, "call", "list")).one_line(1)
            bad = await asyncio.to_thread(bare, "case", "respond", "x", "--callback", "maybe")
            assert "callback: " in bad.one_line(2)
            (bare.home / "secrets" / "http_token").write_text("wrong\n")
            assert "Unauthorized" in (await asyncio.to_thread(bare, "plan", "list")).one_line(1)
        finally:
            await listening.close()
