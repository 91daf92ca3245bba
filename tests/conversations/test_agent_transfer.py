"""R8.2: the caller asks the agent, not the IVR; the agent is shown the number once it is released, and may tell it."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from smartdesk_pbx.call.agent_transfer import ask_agent, tell_by_agent
from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import EMERGENCY, World, world


async def talks(w: World, *, from_: str = "0312349876") -> tuple[Me, UUID]:
    me, case = await w.call(from_=from_)
    await me.presses("2")
    await w.agents["aoi"].answers()
    await asyncio.sleep(5)
    await w.house.writer.drained()
    return me, case


async def goes(w: World, me: Me, case: UUID) -> None:
    await me.hangs_up()
    await w.settle(case)
    await w.respond(case, "name", "phone", "callback", "purpose")


@in_skipped_time
async def test_r8_2_the_nth_request_to_an_agent_shows_the_number_to_the_agent(tmp_path: Path) -> None:
    wants = {"direct_transfer_threshold": 2}
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),), contract_settings=wants) as w:
        me, first = await talks(w)
        shown = await ask_agent(w.house, first)
        assert (shown.released, shown.number) == (False, None), "before the threshold it is displayed to nobody"
        with pytest.raises(RuleBroken, match="was not released"):
            await tell_by_agent(w.house, first)
        await goes(w, me, first)
        me, second = await talks(w)
        shown = await ask_agent(w.house, second)
        assert (shown.released, shown.number) == (True, EMERGENCY)
        assert not await w.all(second, events.EmergencyTold), "the agent may tell it, and need not"
        (release,) = await w.all(second, events.EmergencyReleased)
        assert len(release.requests) == 2 and release.requests[0].startswith(str(first))
        await tell_by_agent(w.house, second)
        assert [(e.by, e.times) for e in await w.all(second, events.EmergencyTold)] == [("agent", 1)]
        await goes(w, me, second)
        assert (await w.file(second)).rule == "human"


@in_skipped_time
async def test_r8_2_requests_to_agent_and_ivr_count_together_and_an_agents_always(tmp_path: Path) -> None:
    """The IVR's limit of one request per call does not bind the agent."""
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        me, first = await w.call()
        await me.hears("main-menu")
        await me.presses("3")
        await me.hears("transfer-refused")
        await me.hangs_up()
        await w.settle(first)
        me, second = await talks(w)
        assert [(await ask_agent(w.house, second)).released for _ in range(3)] == [False, True, True]
        assert [(e.by, e.counted) for e in await w.all(second, events.TransferRequested)] == 3 * [("agent", True)]
        await goes(w, me, second)


@in_skipped_time
async def test_r8_2_without_a_number_on_file_operations_are_told(tmp_path: Path) -> None:
    async with world(
        tmp_path, agents=(RehearsedAgent("aoi"),), emergency=False, contract_settings={"direct_transfer_threshold": 1}
    ) as w:
        me, case = await talks(w)
        shown = await ask_agent(w.house, case)
        assert (shown.released, shown.missing, shown.number) == (False, True, None)
        assert w.alarmed("no_emergency_number") and len(await w.all(case, events.EmergencyMissing)) == 1
        await goes(w, me, case)


@in_skipped_time
async def test_r8_2_only_for_a_call_with_a_human_that_is_not_closed(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await w.house.writer.drained()
        with pytest.raises(RuleBroken, match="no agent has talked"):
            await ask_agent(w.house, case)
        await me.hangs_up()
        await w.settle(case)
        with pytest.raises(RuleBroken, match="is closed"):
            await ask_agent(w.house, case)


@in_skipped_time
async def test_r8_2_with_the_ledger_away_nothing_is_released(tmp_path: Path) -> None:
    wants = {"direct_transfer_threshold": 1}
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),), contract_settings=wants) as w:
        me, case = await talks(w)
        w.away = True
        with pytest.raises(EdgeDown):
            await ask_agent(w.house, case)
        w.away = False
        assert not await w.all(case, events.EmergencyReleased)
        await goes(w, me, case)
