"""R8.5, R13, R2.2: who may call whom, and what the case says about it."""

from pathlib import Path

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.store import contract
from tests.skipped import in_skipped_time
from tests.world import SOURCE, world


@in_skipped_time
async def test_r7_1_an_unassigned_number_is_refused_with_404_and_makes_no_case(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call("+81312349999")
        await w.settle()
        assert me.refused == 1 and not me.answered and me.heard == ["(ended)"]
        assert await w.events(case) == []


@pytest.mark.parametrize(("state", "prompt"), [("suspended", "suspended"), ("ended", "out-of-service")])
@in_skipped_time
async def test_r8_5_a_neutral_announcement_and_no_human(tmp_path: Path, state: str, prompt: str) -> None:
    async with world(tmp_path, state=state) as w:
        me, case = await w.call()
        await me.presses("2")
        await me.ends()
        await w.settle()
        assert me.heard == [prompt, "(ended)"]
        file = await w.file(case)
        assert (file.decision, file.outcome, file.ended_by) == (state, "refused", "us")
        assert (file.rule, file.billable) == ("not-in-service", False)


@in_skipped_time
async def test_r8_5_a_hang_up_before_the_announcement_is_the_callers(tmp_path: Path) -> None:
    async with world(tmp_path, state="suspended") as w:
        me, case = await w.call()
        await me.hangs_up()
        await w.settle()
        file = await w.file(case)
        assert (file.outcome, file.answered_at, file.billable) == ("refused", None, False)


@in_skipped_time
async def test_r8_5_a_suspension_is_in_force_for_the_next_call(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, _ = await w.call()
        await me.hears("main-menu")
        of = w.house.routing().routes["+81312340001"].contract_id
        await w.change(lambda c: contract.set_state(c, of, "suspended"))
        await me.presses("3")
        await me.hears("transfer-refused")  # the call that was there goes on
        await me.hangs_up()
        other, _ = await w.call(from_="0311110000")
        await other.hears("suspended")


@pytest.mark.parametrize(
    ("shown", "caller_class"), [("anonymous", "anonymous"), ("", "anonymous"), ("not a number", "unreadable")]
)
@in_skipped_time
async def test_r2_2_a_caller_without_a_number_is_served_like_any_other(
    tmp_path: Path, shown: str, caller_class: str
) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call(from_=shown)
        await me.hears("main-menu")
        await me.hangs_up()
        await w.settle()
        file = await w.file(case)
        assert (file.caller_class, file.caller_key, file.rule) == (caller_class, None, "hung-up-in-ivr")
        assert (await w.all(case, events.CallArrived))[0].caller is None


@in_skipped_time
async def test_r2_2_the_caller_is_found_by_a_key_and_stands_sealed_in_the_case(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call(from_="0312349876")
        await me.hears("main-menu")
        await me.hangs_up()
        arrived = (await w.all(case, events.CallArrived))[0]
        assert arrived.caller == "+81312349876"
        assert arrived.caller_key == w.house.sealer.caller_key("+81312349876")


@pytest.mark.parametrize(
    ("sources", "known"), [((SOURCE,), True), (("+81366660000",), False), ((), None), (("+81366660000", SOURCE), True)]
)
@in_skipped_time
async def test_r2_2_the_forward_source_is_noted_known_unknown_or_missing(
    tmp_path: Path, sources: tuple[str, ...], known: bool | None
) -> None:
    """Accepted in every case, and flagged."""
    async with world(tmp_path) as w:
        me, case = await w.call(sources=sources)
        await me.hears("main-menu")
        await me.hangs_up()
        signalled = (await w.all(case, events.CallSignalled))[0]
        assert (signalled.source_known, signalled.sources) == (known, list(sources))
