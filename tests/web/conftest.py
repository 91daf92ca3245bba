"""A real office on SQLite behind a real HTTP server; nothing of the daemon but what it hands over."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.office.office import Office, open_office
from smartdesk_pbx.office.operations import Call
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.web.api import Api


@dataclass
class Desk:
    """One API that listens, and what it asked of its daemon."""

    where: str
    office: Office
    http: aiohttp.ClientSession
    writes: list[str] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=lambda: {"asterisk": "ok"})
    edge: EdgeDown | None = None
    live: dict[str, Callable[[Any], Awaitable[object]]] = field(default_factory=dict)

    async def ask(self, name: str, body: object = None, *, token: str | None = None) -> tuple[int, Any]:
        """Status and JSON of one operation."""
        noun, _, verb = name.partition(".")
        word = {"Authorization": f"Bearer {self.office.keys.http_token if token is None else token}"}
        url = f"http://{self.where}/v1/{noun}/{verb}"
        async with self.http.post(url, json={} if body is None else body, headers=word) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings(home=tmp_path)
    upgrade(settings)

    async def call_list(_: object) -> object:
        return [{"call_id": "c1"}]

    async def call_show(params: Call) -> object:
        raise RuleBroken(f"no call {params.call}") if params.call == "gone" else EdgeDown("Asterisk is away")

    async def defect(_: object) -> object:
        raise ZeroDivisionError

    async with open_office(settings) as office, aiohttp.ClientSession() as http:
        held = Desk("", office, http)

        async def after_write() -> None:
            held.writes.append("refreshed")
            if held.edge:
                raise held.edge

        held.live |= {"call.list": call_list, "call.show": call_show, "agent.ready": defect}
        listening = await Api(office, held.live, after_write, lambda: held.state).start("127.0.0.1:0")
        held.where = listening.where
        yield held
        await listening.close()
