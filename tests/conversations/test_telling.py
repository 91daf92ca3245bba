"""R8.2 in conversations: telling the emergency number, digit by digit, to its end or not."""

import asyncio
from pathlib import Path
from uuid import UUID

from smartdesk_pbx.contract import events
from smartdesk_pbx.store.case import events_of
from smartdesk_pbx.store.facts import Fact, StoredFact
from smartdesk_pbx.store.receipt import Receipt
from tests.skipped import in_skipped_time
from tests.world import World, world


async def _undrained(w: World, case: UUID) -> list[StoredFact]:
    return await w.house.store.read(lambda c: events_of(c, w.house.sealer, case))


@in_skipped_time
async def test_r8_2_it_is_told_again_on_request(tmp_path: Path) -> None:
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 1}) as w:
        me, case = await w.call()
        await me.presses("3")
        for _ in range(2):
            await me.hears("emer-num")
            await me.hears("emergency-repeat")
            await me.presses("1")
        await me.hears("emer-num")
        await me.ends()
        await w.settle()
        assert [e.times for e in await w.all(case, events.EmergencyTold)] == [3]


@in_skipped_time
async def test_r8_2_hang_up_in_the_middle_of_the_telling_is_no_telling(tmp_path: Path) -> None:
    """Released, not told: not billed as told; the next call is told at once."""
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 1}) as w:
        me, case = await w.call()
        await me.presses("3")
        await me.hears("emergency-intro")
        await asyncio.sleep(1)
        await me.hangs_up()
        await w.settle()
        assert await w.all(case, events.EmergencyReleased) and not await w.all(case, events.EmergencyTold)
        assert (await w.file(case)).rule == "hung-up-in-ivr"
        other, _ = await w.call()
        await other.presses("3")
        await other.hears("emer-num")
        await other.hangs_up()


@in_skipped_time
async def test_r8_2_hang_up_in_the_second_telling_was_told_once(tmp_path: Path) -> None:
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 1}) as w:
        me, case = await w.call()
        await me.presses("3")
        await me.hears("emergency-repeat")
        await me.presses("1")
        await asyncio.sleep(1)
        await me.hangs_up()
        await w.settle()
        assert [e.times for e in await w.all(case, events.EmergencyTold)] == [1]
        file = await w.file(case)
        assert (file.rule, file.ended_by) == ("emergency-told", "caller")


@in_skipped_time
async def test_r8_2_without_the_release_in_the_ledger_not_a_digit_is_spoken(tmp_path: Path) -> None:
    """The ledger goes away between the request, which it has, and the release: the caller is turned down."""
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 1}) as w:
        append = w.house.writer.append

        def append_and_lose_the_ledger(*facts: Fact, chain: UUID | None) -> Receipt:
            w.away = w.away or isinstance(facts[0], events.EmergencyReleased)
            return append(*facts, chain=chain)

        w.house.writer.append = append_and_lose_the_ledger  # type: ignore[method-assign]
        me, case = await w.call()
        await me.presses("3")
        await me.hears("transfer-refused")
        assert w.away and w.alarmed("ledger_away_at_release")
        assert "emergency-intro" not in me.heard and "emer-num" not in me.heard
        w.house.writer.append = append  # type: ignore[method-assign]
        w.away = False
        await me.hangs_up()
        await w.settle()
        assert not await w.all(case, events.EmergencyTold)
        assert (await w.file(case)).rule == "hung-up-in-ivr"


@in_skipped_time
async def test_r8_2_the_release_is_in_the_ledger_before_a_digit_is_spoken(tmp_path: Path) -> None:
    async with world(tmp_path, contract_settings={"direct_transfer_threshold": 1}) as w:
        me, case = await w.call()
        await me.presses("3")
        while "emergency-intro" not in me.heard:
            assert "emer-num" not in me.heard
            await asyncio.sleep(0.1)
        kinds = [s.fact.__struct_config__.tag for s in await _undrained(w, case)]
        assert "emergency.released" in kinds and "emergency.told" not in kinds
        await me.hears("emer-num")
        await me.hangs_up()
