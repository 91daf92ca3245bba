"""How many callers went which way, from the cases that the call room stored."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.registry import as_json, perform
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from tests.conversations.test_replay import many_calls, office_of
from tests.skipped import in_skipped_time
from tests.world import World, world


async def ask(w: World, **params: Any) -> Any:
    await w.house.writer.drained()
    return as_json(await perform(office_of(w), "flow.traffic", {"flow": "demo-reception"} | params))


@in_skipped_time
async def test_callers_are_counted_on_their_ways_and_where_they_gave_up(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        await many_calls(w)
        answer = await ask(w, days=1)
        assert (answer["version"], answer["calls"], answer["strange"]) == (1, 7, 0)
        ways = {(start, end): times for start, end, times in answer["ways"]}
        assert ways["welcome", "main-menu"] == 6
        assert ways["main-menu", "person"] == 2 and ways["main-menu", "direct"] == 3
        assert ways["person", "nobody-free"] == 1
        assert answer["visits"]["welcome"] == 7
        assert answer["gave_up"] == {"welcome": 1, "main-menu": 1, "after-refusal": 2, "direct": 1}, (
            "not at person: who hung up there had talked"
        )
        assert answer["since"] == (w.house.clock.now() - timedelta(days=1)).isoformat().replace("+00:00", "Z")


@in_skipped_time
async def test_other_versions_and_other_days_are_not_counted(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        await many_calls(w)
        with pytest.raises(RuleBroken, match="version 2"):
            await ask(w, version=2)
        await asyncio.sleep(3 * 86_400)
        assert (await ask(w, days=1))["calls"] == 0
        assert (await ask(w, days=5))["calls"] == 7
