"""R2.1, R9, R13, R21, R30: callers while a notice is in force, before a contract is live, and without a part of it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.notice import Notice, NoticeKind, Scope
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.store import contract, notice
from tests.skipped import in_skipped_time
from tests.world import World, world

CALLER = "0312349876"
HOUR = timedelta(hours=1)


def a_notice(
    w: World, kind: NoticeKind = "maintenance", scope: Scope = "all", target: str = "", *, hours: float | None = 1
) -> Notice:
    """In force from now on."""
    now = w.house.clock.now()
    to_at = None if hours is None else now + hours * HOUR
    return Notice(uuid4(), kind, scope, target, now, to_at, None, "回線工事", "本文")


def put(w: World, one: Notice) -> Callable[[Any], object]:
    return lambda c: notice.put(c, w.house.sealer, one, at=w.house.clock.now(), by="mio")


@pytest.mark.parametrize(
    ("kind", "prompt", "decision"),
    [
        ("maintenance", "maintenance", "maintenance"),
        ("interruption", "suspended", "maintenance"),
        ("end_of_service", "out-of-service", "ended"),
    ],
)
@in_skipped_time
async def test_r13_r21_r30_callers_hear_the_announcement_and_the_case_names_the_notice(
    tmp_path: Path, kind: NoticeKind, prompt: str, decision: str
) -> None:
    async with world(tmp_path) as w:
        one = a_notice(w, kind)
        await w.change(put(w, one))
        me, case = await w.call()
        await me.ends()
        await w.settle()
        assert me.heard == [prompt, "(ended)"]
        (arrived,) = await w.all(case, events.CallArrived)
        assert (arrived.decision, arrived.notice_id) == (decision, one.id)
        file = await w.file(case)
        assert (file.rule, file.billable, file.outcome) == ("not-in-service", False, "refused")
        assert await w.read(lambda c: notice.calls_met(c, one.id)) == [case]


@pytest.mark.parametrize(
    ("scope", "target", "stopped"),
    [("node", "n1", True), ("node", "n2", False), ("plan", "standard", True), ("plan", "gold", False)],
)
@in_skipped_time
async def test_r13_a_node_or_a_plan(tmp_path: Path, scope: Scope, target: str, stopped: bool) -> None:
    async with world(tmp_path) as w:
        await w.change(put(w, a_notice(w, scope=scope, target=target)))
        me, _ = await w.call()
        await me.hears("maintenance" if stopped else "main-menu")


@in_skipped_time
async def test_r21_a_call_that_was_there_goes_on_and_afterwards_all_is_as_before(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, _ = await w.call()
        await me.hears("main-menu")
        one = a_notice(w, scope="contract", target=str(contract_of(w)))
        await w.change(put(w, one))
        await me.presses("3")
        await me.hears("transfer-refused")
        await me.hangs_up()
        other, _ = await w.call(from_="0311110000")
        await other.hears("maintenance")
        await w.house.store.run(lambda c: notice.end(c, w.house.sealer, one.id, at=w.house.clock.now(), by="mio"))
        await w.keeper.refresh()
        third, case = await w.call(from_="0311110001")
        await third.hears("main-menu")
        await third.hangs_up()
        assert (await w.all(case, events.CallArrived))[0].notice_id is None


@in_skipped_time
async def test_r13_a_notice_is_over_at_its_hour_without_any_change(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.change(put(w, a_notice(w)))
        await asyncio.sleep(3599)
        one, _ = await w.call()
        await one.hears("maintenance")
        await asyncio.sleep(1)
        other, _ = await w.call(from_="0311110000")
        await other.hears("main-menu")


@in_skipped_time
async def test_r21_a_later_daemon_goes_on_with_a_call_although_a_notice_began(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, _ = await w.call()
        await me.hears("main-menu")
        await w.dies()
        await w.change(put(w, a_notice(w)))
        assert await w.comes_back() == 1
        await me.presses("3")
        await me.hears("transfer-refused")


@in_skipped_time
async def test_r9_before_a_contract_is_live_only_its_test_callers_get_through(tmp_path: Path) -> None:
    settings = {"test_callers": ["+81312349876"]}
    async with world(tmp_path, state="onboarding", contract_settings=settings) as w:
        stranger, theirs = await w.call(from_="0311110000")
        await stranger.ends()
        await w.settle()
        assert stranger.heard == ["suspended", "(ended)"]
        file = await w.file(theirs)
        assert (file.decision, file.rule, file.billable) == ("onboarding", "not-in-service", False)
        me, case = await w.call(from_=CALLER)
        await me.hears("main-menu")
        await me.hangs_up()
        (arrived,) = await w.all(case, events.CallArrived)
        assert (arrived.decision, arrived.test_call) == ("accepted", True)
        (refused,) = await w.all(theirs, events.CallArrived)
        assert refused.test_call is False


# ---- the parts of the service ----------------------------------------------------------------------


@pytest.mark.parametrize("setting", [{"answering": False}, {"suspended_parts": ["answering"]}])
@in_skipped_time
async def test_r2_1_without_answering_no_human_is_rung_and_the_event_says_why(
    tmp_path: Path, setting: dict[str, object]
) -> None:
    aoi = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(aoi,), contract_settings=setting) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await me.presses("2")
        await me.hears("leave-message")
        await me.hangs_up()
        (failed,) = await w.all(case, events.NobodyFree)
        assert (failed.agreed, failed.tried, aoi.rung) == (False, 0, 0)
        assert [e.reason for e in await w.all(case, events.Escalated)] == ["caller_asked"]


@pytest.mark.parametrize("setting", [{"voice_guidance": False}, {"suspended_parts": ["voice_guidance"]}])
@in_skipped_time
async def test_r2_1_without_voice_guidance_a_human_answers_at_once_and_that_is_on_record(
    tmp_path: Path, setting: dict[str, object]
) -> None:
    aoi = RehearsedAgent("aoi")
    async with world(tmp_path, agents=(aoi,), contract_settings=setting) as w:
        me, case = await w.call()
        await aoi.answers()
        await aoi.hangs_up()
        await w.settle()
        assert "main-menu" not in me.heard and "recording-notice" in me.heard
        assert [e.reason for e in await w.all(case, events.Escalated)] == ["flow"]
        (arrived,) = await w.all(case, events.CallArrived)
        assert (arrived.flow, arrived.flow_version) == ("answering-only", 0)


@in_skipped_time
async def test_r2_1_with_neither_the_caller_hears_the_neutral_announcement(tmp_path: Path) -> None:
    async with world(tmp_path, contract_settings={"answering": False, "voice_guidance": False}) as w:
        me, case = await w.call()
        await me.ends()
        await w.settle()
        assert me.heard == ["suspended", "(ended)"]
        assert (await w.file(case)).decision == "suspended"


@in_skipped_time
async def test_r2_1_a_later_daemon_goes_on_in_the_flow_without_guidance(tmp_path: Path) -> None:
    async with world(tmp_path, contract_settings={"voice_guidance": False}) as w:
        me, _ = await w.call()
        await me.hears("welcome-generic")
        await w.dies()
        await w.change(lambda c: contract.set_settings(c, contract_of(w), {}))
        assert await w.comes_back() == 1
        await me.hears("leave-message")


def contract_of(w: World) -> UUID:
    return w.house.routing().routes["+81312340001"].contract_id
