"""A version goes live under the calls: those that are there keep theirs, those that come meet the new one."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.store import closure, flow, turn
from tests.skipped import in_skipped_time
from tests.world import NUMBER, World, world

NEW = """
flow: demo-reception
languages: [ja]
start: hello
calendars:
  always: {weekly: ["mon-sun 00:00-24:00"], holidays: none}
nodes:
  hello: {kind: hours, calendar: always, open: new-menu, closed: shut}
  new-menu: {kind: menu, prompts: [shop-menu], keys: {"1": shut}, on_silence: shut, on_wrong_key: shut}
  shut: {kind: hangup, prompts: [closed-now]}
"""


async def publish(w: World, *, in_s: float = 0, **more: Any) -> UUID:
    """The new version, live now or later; the id of its turn."""
    at, id = w.house.clock.now(), uuid4()

    def store(c: Any) -> None:
        new = flow.publish(c, id=uuid4(), text=NEW, tree=load(NEW), at=at)
        from_at = at + timedelta(seconds=in_s)
        turn.add(c, NUMBER, new.id, id=id, kind="schedule", made_at=at, from_at=from_at, by="test")

    await w.change(store)
    return id


async def version_of(w: World, case: UUID) -> int | None:
    (arrived,) = await w.all(case, events.CallArrived)
    return arrived.flow_version


@in_skipped_time
async def test_a_call_under_way_keeps_its_version_and_the_next_one_meets_the_new(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, old = await w.call()
        await me.hears("main-menu")
        await publish(w)
        other, new = await w.call(from_="0311110000")
        await other.hears("shop-menu")
        await other.hangs_up()
        await me.presses("1")
        await me.hears("company-info")
        await me.hangs_up()
        await w.settle()
        assert (await version_of(w, old), await version_of(w, new)) == (1, 2)


@in_skipped_time
async def test_a_scheduled_version_is_met_from_its_second_on(tmp_path: Path) -> None:
    """Nobody does anything at that time: no sweep runs here, and the database is away."""
    async with world(tmp_path) as w:
        await publish(w, in_s=3600)
        await asyncio.sleep(3599)
        w.away = True
        before, first = await w.call()
        await before.hears("welcome-generic")
        await asyncio.sleep(1)
        after, second = await w.call(from_="0311110000")
        await after.hears("shop-menu")
        await before.hears("main-menu")
        w.away = False
        for me in (before, after):
            await me.hangs_up()
        await w.settle()
        assert (await version_of(w, first), await version_of(w, second)) == (1, 2)


@in_skipped_time
async def test_a_call_goes_on_in_its_version_after_a_switch_and_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await publish(w, in_s=60)
        me, case = await w.call()
        await me.hears("main-menu")
        await w.dies()
        await asyncio.sleep(60)
        await w.comes_back()
        await me.presses("1")
        await me.hears("company-info")
        await me.hangs_up()
        await w.settle()
        assert await version_of(w, case) == 1


@in_skipped_time
async def test_what_is_withdrawn_is_never_met(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        id = await publish(w, in_s=60)
        now = w.house.clock.now()
        await w.change(lambda c: turn.withdraw(c, id, at=now, by="test"))
        await asyncio.sleep(61)
        me, _ = await w.call()
        await me.hears("main-menu")


@pytest.mark.parametrize("reopened", [False, True])
@in_skipped_time
async def test_closed_from_now_is_met_by_the_next_call_and_not_by_this_one(tmp_path: Path, reopened: bool) -> None:
    async with world(tmp_path) as w:
        await publish(w)
        me, _ = await w.call()
        await me.hears("shop-menu")
        now = w.house.clock.now()
        until = now + timedelta(hours=1)
        await w.change(lambda c: closure.close(c, NUMBER, id=uuid4(), at=now, until=until, reason="typhoon", by="test"))
        other, _ = await w.call(from_="0311110000")
        await other.hears("closed-now")
        if reopened:
            later = w.house.clock.now()
            await w.change(lambda c: closure.reopen(c, NUMBER, at=later, by="test"))
        else:
            await asyncio.sleep(3600)
        third, _ = await w.call(from_="0311110001")
        await third.hears("shop-menu")
