"""The desk: what an agent can be doing, who gets the next call, and that no agent is ever given to two."""

import asyncio
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.desk.states import AWAY, CHANGES, STATES, comes_from
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from tests.desk.room import SAID, desk, state
from tests.skipped import in_skipped_time


def test_every_state_can_be_reached_and_left() -> None:
    for each in STATES:
        assert comes_from(each) and CHANGES[each]
    assert comes_from("talking") == {"offered"}, "no talk without an offer"
    assert CHANGES["talking"] == {"wrap_up"}, "no way out of a talk but through the wrap-up"
    assert comes_from("offered") == {"ready"} and not AWAY & {"offered", "talking", "wrap_up", "ready"}


@in_skipped_time
async def test_an_agent_in_an_offer_or_a_talk_cannot_be_asked_away() -> None:
    async with desk("aoi") as (here, _, _):
        call = uuid4()
        assert await here.reserve(call, "front", wait_s=0) == "aoi"
        for _ in range(2):
            for wanted in SAID:
                with pytest.raises(RuleBroken, match="ends with the call"):
                    await here.asked("aoi", wanted)
            await here.talking("aoi", call)
        await here.wrap_up("aoi", call)
        await here.asked("aoi", "offline")
        with pytest.raises(RuleBroken, match="no agent"):
            await here.asked("nobody", "ready")


@in_skipped_time
async def test_what_belongs_to_another_call_changes_nothing() -> None:
    """A late word about an earlier call must not touch the call that the agent is in now."""
    async with desk("aoi") as (here, _, _):
        old, new = uuid4(), uuid4()
        assert await here.reserve(new, "front", wait_s=0) == "aoi"
        await here.let_go(old)
        await here.missed("aoi", old, "busy")
        await here.talking("aoi", old)
        assert await state(here, "aoi") == "offered"
        await here.talking("aoi", new)
        await here.wrap_up("aoi", old)
        assert await state(here, "aoi") == "talking"
        await here.wrap_up("aoi", new)
        await here.wrapped_up("aoi", old)
        assert await state(here, "aoi") == "wrap_up"


@in_skipped_time
async def test_nobody_at_work_is_no_wait() -> None:
    async with desk("aoi") as (here, _, _):
        loop = asyncio.get_running_loop()
        for away in ("paused", "offline"):
            await here.asked("aoi", away)
            began = loop.time()
            assert await here.reserve(uuid4(), "front", wait_s=60) is None
            assert loop.time() == began
        await here.asked("aoi", "ready")
        here.contact("aoi", False)
        assert await here.reserve(uuid4(), "front", wait_s=60) is None
        assert await here.reserve(uuid4(), "other-team", wait_s=60) is None


@in_skipped_time
async def test_who_waits_is_woken_and_only_one_of_them_gets_the_agent() -> None:
    async with desk("aoi") as (here, _, _):
        first = uuid4()
        assert await here.reserve(first, "front", wait_s=0) == "aoi"
        waiting = [asyncio.create_task(here.reserve(uuid4(), "front", wait_s=60)) for _ in range(3)]
        await asyncio.sleep(5)
        await here.let_go(first)
        await asyncio.sleep(1)
        assert [w.done() for w in waiting].count(True) == 1
        assert sorted([str(await w) for w in waiting]) == ["None", "None", "aoi"]


@in_skipped_time
async def test_a_phone_that_comes_back_wakes_who_waits() -> None:
    async with desk("aoi", "ren") as (here, _, _):
        here.contact("aoi", False)
        assert await here.reserve(uuid4(), "front", wait_s=0) == "ren"
        waiting = asyncio.create_task(here.reserve(uuid4(), "front", wait_s=60))
        await asyncio.sleep(5)
        here.contact("aoi", True)
        assert await waiting == "aoi"
        assert asyncio.get_running_loop().time() < 10


@in_skipped_time
async def test_a_caller_who_leaves_while_the_reservation_is_being_written_leaves_no_trace() -> None:
    """The store's own thread commits it after the caller's task was cancelled: letting go comes after that."""
    async with desk("aoi", inline=False) as (here, store, _):
        call, pair, began, go_on = uuid4(), here._pair, Event(), Event()

        def slow_pair(connection: Connection, **of: Any) -> str | None:
            began.set()
            go_on.wait(5)
            return pair(connection, **of)

        here._pair = slow_pair  # type: ignore[assignment,method-assign]
        reserving = asyncio.create_task(here.reserve(call, "front", wait_s=0))
        await asyncio.to_thread(began.wait, 5)
        reserving.cancel()
        letting_go = asyncio.create_task(here.let_go(call))
        for _ in range(20):
            await asyncio.to_thread(lambda: None)
        go_on.set()
        await asyncio.gather(reserving, return_exceptions=True)
        await letting_go
        await store.run(lambda _: None)  # after all that was under way
        assert await state(here, "aoi") == "ready"


@in_skipped_time
async def test_with_the_store_away_what_happened_is_made_up_for_in_order() -> None:
    async with desk("aoi") as (here, store, _):
        call = uuid4()
        assert await here.reserve(call, "front", wait_s=0) == "aoi"
        run = store.run

        async def away(_: object) -> None:
            raise EdgeDown("away")

        store.run = away  # type: ignore[assignment,method-assign]
        await here.talking("aoi", call)
        await here.wrap_up("aoi", call)
        with pytest.raises(EdgeDown):
            await here.reserve(uuid4(), "front", wait_s=0)
        store.run = run  # type: ignore[method-assign]
        await here.sweep(600)
        assert await state(here, "aoi") == "wrap_up"


@in_skipped_time
async def test_the_wrap_up_ends_by_itself() -> None:
    async with desk("aoi") as (here, _, _):
        call = uuid4()
        await here.reserve(call, "front", wait_s=0)
        await here.talking("aoi", call)
        await here.wrap_up("aoi", call)
        await asyncio.sleep(599)
        await here.sweep(600)
        assert await state(here, "aoi") == "wrap_up"
        await asyncio.sleep(1)
        await here.sweep(600)
        assert await state(here, "aoi") == "ready"
