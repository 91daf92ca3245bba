"""R2.3: the primary response, item by item, and how it closes the case."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import World, world


async def talks(w: World) -> tuple[Me, UUID]:
    me, case = await w.call()
    await me.presses("2")
    await w.agents["aoi"].answers()
    await asyncio.sleep(5)
    return me, case


async def talked(w: World) -> UUID:
    me, case = await talks(w)
    await me.hangs_up()
    await w.settle(case)
    return case


@in_skipped_time
async def test_r2_3_item_by_item_then_complete_closes_and_frees_the_agent(tmp_path: Path) -> None:
    """Given, refused and not heard all decide an item."""
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        case = await talked(w)
        taken = await w.respond(case, name="山田", phone="03-1234-5678")
        assert taken.undecided == ["callback", "purpose"] and taken.phone == "+81312345678"
        assert (await w.file(case)).closed_at is None and await w.state("aoi") == "wrap_up"
        await w.respond(case, "callback")
        taken = await w.respond(case, not_heard=("purpose",))
        assert taken.complete
        file = await w.file(case)
        assert (file.response, file.rule, file.units, file.case_class) == ("complete", "human", 1, "human")
        assert await w.state("aoi") == "ready"
        edits = await w.all(case, events.ResponseTaken)
        assert [e.name_is for e in edits] == ["given"] * 3
        assert (edits[-1].callback_is, edits[-1].purpose_is) == ("refused", "not_heard")


@in_skipped_time
async def test_r2_3_an_item_can_be_corrected_until_the_case_is_closed(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        case = await talked(w)
        await w.respond(case, name="山本")
        await w.respond(case, "name")
        await w.respond(case, name="山田")
        edits = await w.all(case, events.ResponseTaken)
        assert [(e.name, e.name_is) for e in edits] == [("山本", "given"), (None, "refused"), ("山田", "given")]
        await w.respond(case, "phone", "callback", "purpose")
        with pytest.raises(RuleBroken, match="closed"):
            await w.respond(case, name="山口")
        assert len(await w.all(case, events.ResponseTaken)) == 4


@in_skipped_time
async def test_r2_3_the_wrap_up_passes_and_what_was_taken_is_kept_as_partial(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        case = await talked(w)
        await w.respond(case, name="山田")
        await asyncio.sleep(w.house.settings.wrap_up_s - 1)
        assert await w.sweep() == 0 and await w.state("aoi") == "wrap_up"
        await asyncio.sleep(2)
        assert await w.sweep() == 1 and await w.state("aoi") == "ready"
        assert (await w.file(case)).response == "partial"
        assert (await w.all(case, events.ResponseTaken))[-1].name == "山田"
        with pytest.raises(RuleBroken, match="closed"):
            await w.respond(case, "phone")


@in_skipped_time
async def test_r2_3_complete_before_the_hang_up_closes_at_the_hang_up(tmp_path: Path) -> None:
    """The agent types while talking; nothing is left to wait for afterwards."""
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        me, case = await talks(w)
        await w.respond(case, name="山田", phone="0312345678", callback=True, purpose="見積り")
        assert (await w.file(case)).closed_at is None
        await me.hangs_up()
        await w.settle()
        assert (await w.file(case)).response == "complete"
        assert await w.state("aoi") == "ready"


@in_skipped_time
async def test_r2_3_complete_but_the_daemon_died_before_it_could_close(tmp_path: Path) -> None:
    """Closed late, and as complete all the same."""
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        me, case = await talks(w)
        await w.respond(case, "name", "phone", "callback", "purpose")
        w.away = True
        await me.hangs_up()
        await asyncio.sleep(1)
        await w.dies()
        assert await w.comes_back() == 0
        assert (await w.file(case)).closed_at is None
        await asyncio.sleep(601)
        assert await w.sweep() == 1
        assert (await w.file(case)).response == "complete"


@in_skipped_time
async def test_r2_3_begun_during_the_talk_and_completed_after_it(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        me, case = await talks(w)
        await w.respond(case, name="山田")
        await me.hangs_up()
        await w.settle()
        assert (await w.file(case)).closed_at is None
        taken = await w.respond(case, "phone", "callback", "purpose")
        assert taken.name == "山田" and (await w.file(case)).response == "complete"


@pytest.mark.parametrize(
    ("given", "refused", "message"),
    [
        ({"colour": "red"}, (), "no item"),
        ({"phone": "call me"}, (), "no telephone number"),
        ({"callback": "maybe"}, (), "yes or no"),
        ({"name": "  "}, (), "empty"),
        ({"name": "山田"}, ("name",), "twice"),
    ],
)
@in_skipped_time
async def test_r2_3_a_mistake_is_told_and_nothing_is_written(
    tmp_path: Path, given: dict[str, Any], refused: tuple[str, ...], message: str
) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        case = await talked(w)
        with pytest.raises(RuleBroken, match=message):
            await w.respond(case, *refused, **given)
        assert not await w.all(case, events.ResponseTaken)


@in_skipped_time
async def test_r2_3_there_is_none_without_a_human(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        with pytest.raises(RuleBroken, match="no agent has talked"):
            await w.respond(case, "name")
        await me.hangs_up()
        await w.settle()
        with pytest.raises(RuleBroken, match="closed"):
            await w.respond(case, "name")


@in_skipped_time
async def test_r2_3_for_a_case_that_does_not_exist(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        with pytest.raises(RuleBroken, match="no case"):
            await w.respond(uuid4(), "name")


@in_skipped_time
async def test_r2_3_an_agent_who_is_ready_again_may_still_write(tmp_path: Path) -> None:
    """Ready for the next call before the response is complete: the earlier case closes without touching the talk."""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(agent,)) as w:
        first = await talked(w)
        await w.house.desk.asked("aoi", "ready")
        me, _ = await talks(w)
        await w.respond(first, "name", "phone", "callback", "purpose")
        assert (await w.file(first)).response == "complete"
        assert await w.state("aoi") == "talking"
        await me.hangs_up()
