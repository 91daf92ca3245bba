"""R8.5, R9-R12, R18, R19, R27: a contract's life through the operations."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.office.daily import Daily
from smartdesk_pbx.store import agreement
from smartdesk_pbx.store.tables.receivables import acceleration
from tests.office.bureau import Bureau, open_bureau
from tests.office.test_statement import PRICES


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path, monkeypatch) as one:
        yield one


async def kinds(bureau: Bureau, contract: str) -> list[str]:
    return [step["kind"] for step in await bureau.ask("contract.history", contract=contract)]


async def test_r12_a_plan_change_by_the_25th_and_after(bureau: Bureau) -> None:
    contract = await bureau.live()
    bureau.day("2026-11-25")
    assert (await bureau.ask("contract.change-plan", contract=contract, plan="big"))["effective_on"] == "2026-12-01"
    shown = await bureau.ask("contract.show", contract=contract)
    assert (shown["plan"], shown["next_plan"], shown["next_plan_on"]) == ("standard", "big", "2026-12-01")
    bureau.day("2026-12-26")
    assert [d["kind"] for d in await bureau.ask("contract.due")] == ["plan_changed"]
    assert (await bureau.ask("contract.show", contract=contract))["plan"] == "big"
    answer = await bureau.ask("contract.change-plan", contract=contract, plan="standard")
    assert answer["effective_on"] == "2027-02-01"
    await bureau.ask("contract.keep-plan", contract=contract, reason="asked by mistake")
    assert (await bureau.ask("contract.show", contract=contract))["next_plan"] is None
    with pytest.raises(RuleBroken, match="no plan huge"):
        await bureau.ask("contract.change-plan", contract=contract, plan="huge")
    assert "Big" in (await bureau.letters())[2].body and "2026年12月1日" in (await bureau.letters())[2].body


async def test_r18_a_cancellation_its_fee_and_its_end(bureau: Bureau) -> None:
    contract = await bureau.live()
    said = await bureau.ask("contract.when", contract=contract, what="cancel")
    bureau.day("2026-11-25")
    answer = await bureau.ask("contract.cancel", contract=contract)
    assert (answer["effective_on"], answer["fee_yen"]) == (said["now"]["effective_on"], said["now"]["fee_yen"])
    assert (answer["effective_on"], answer["fee_yen"]) == ("2026-11-30", 10_000)
    assert "10,000円（不課税）" in (await bureau.letters())[-1].body
    shown = await bureau.ask("contract.show", contract=contract)
    assert (shown["state"], shown["ends_on"], shown["fee_yen"], shown["fee_waived"]) == (
        "active", "2026-11-30", 10_000, False,
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="cancelled already"):
        await bureau.ask("contract.cancel", contract=contract)
    bureau.day("2026-12-01")
    assert [(d["kind"], d["effective_on"]) for d in await bureau.ask("contract.due")] == [("ended", "2026-11-30")]
    assert await bureau.ask("contract.due") == []
    assert (await bureau.ask("contract.show", contract=contract))["state"] == "ended"
    fees = await bureau.office.store.read(lambda c: agreement.fees(c, Month(2026, 11)))
    assert [(str(i), f.yen, f.waived) for i, f in fees] == [(contract, 10_000, None)]


async def test_r18_3_the_fee_is_waived_for_a_reason_and_once(bureau: Bureau) -> None:
    contract = await bureau.live()
    with pytest.raises(RuleBroken, match="owes no"):
        await bureau.ask("contract.waive", contract=contract, reason="x")
    await bureau.ask("contract.cancel", contract=contract)
    await bureau.ask("contract.waive", contract=contract, reason="our outage")
    with pytest.raises(RuleBroken, match="waived already: our outage"):
        await bureau.ask("contract.waive", contract=contract, reason="x")
    assert (await bureau.ask("contract.show", contract=contract))["fee_waived"]
    assert "our outage" not in (await bureau.letters())[-1].body


async def test_r18_r22_an_ended_contract_is_found_by_its_subscriber(bureau: Bureau) -> None:
    """What is looked up after the end: its terms, its history, its statement, and a fee that is let off late."""
    await bureau.ask("plan.price", text=PRICES)
    contract = await bureau.live()
    await bureau.ask("contract.cancel", contract="aozora")
    bureau.day("2026-12-01")
    await bureau.ask("contract.due")
    assert (await bureau.ask("contract.show", contract="aozora"))["contract"] == contract
    assert (await bureau.ask("contract.history", contract="aozora"))[-1]["kind"] == "ended"
    assert (await bureau.ask("contract.statement", contract="aozora"))["until"] == "2026-11-30"
    assert (await bureau.ask("contract.explain", contract="aozora", setting="term_months"))["value"] == 12
    assert (await bureau.ask("contract.waive", contract="aozora", reason="goodwill"))["fee_yen"] == 10_000
    with pytest.raises(RuleBroken, match="has no contract that runs"):
        await bureau.ask("contract.cancel", contract="aozora")


async def test_r18_what_was_received_last_month_counts_for_it(bureau: Bureau) -> None:
    """R18.2: the day of receipt counts; what reaches further back is refused, and so is a day ahead."""
    contract = await bureau.live()
    bureau.day("2026-12-01")
    for on, says in (("2026-12-02", "lies ahead"), ("2026-11-01", "contract starts on")):
        with pytest.raises(RuleBroken, match=says):
            await bureau.ask("contract.cancel", contract=contract, on=on)
    bureau.day("2027-01-10")
    with pytest.raises(RuleBroken, match="before the end of last month"):
        await bureau.ask("contract.cancel", contract=contract, on="2026-11-24")
    bureau.day("2026-12-01")
    assert (await bureau.ask("contract.cancel", contract=contract, on="2026-11-24"))["effective_on"] == "2026-11-30"
    assert (await bureau.ask("contract.due"))[0]["effective_on"] == "2026-11-30"


async def test_r18_a_cancellation_is_withdrawn(bureau: Bureau) -> None:
    contract = await bureau.live()
    await bureau.ask("contract.cancel", contract=contract)
    assert (await bureau.ask("contract.keep", contract=contract, reason="changed their mind"))[
        "effective_on"
    ] == "2026-11-30"
    bureau.day("2026-12-01")
    assert await bureau.ask("contract.due") == []
    assert (await bureau.ask("contract.show", contract=contract))["state"] == "active"


async def test_r8_5_suspended_and_resumed_with_reasons_kept_inside(bureau: Bureau) -> None:
    """R8.4, R8.5, R19: the letter says what happened, not why; charges go on."""
    contract = await bureau.live()
    with pytest.raises(RuleBroken, match="no code 'x'"):
        await bureau.ask("contract.suspend", contract=contract, code="x", reason="y")
    await bureau.ask("contract.suspend", contract=contract, code="8.4", reason="five complaints")
    assert (await bureau.ask("contract.show", contract=contract))["state"] == "suspended"
    body = (await bureau.letters())[-1].body
    assert "停止期間中も利用料は発生" in body and "complaints" not in body
    step = (await bureau.ask("contract.history", contract=contract))[-1]
    assert (step["reason_code"], step["reason"]) == ("8.4", "five complaints")
    for month in (Month(2026, 12), Month(2027, 5)):
        spans = await bureau.office.store.read(lambda c, m=month: agreement.spans(c, m))  # type: ignore[misc]
        assert [str(s.contract_id) for s in spans] == [contract]
    await bureau.ask("contract.resume", contract=contract, reason="settled")
    assert (await bureau.ask("contract.show", contract=contract))["state"] == "active"


async def test_r19_a_termination_makes_all_debts_due_that_day(bureau: Bureau) -> None:
    contract = await bureau.live()
    with pytest.raises(RuleBroken, match=r"no code '8.4'"):
        await bureau.ask("contract.terminate", contract=contract, code="8.4", reason="x")
    await bureau.ask("contract.terminate", contract=contract, code="19.1-4", reason="bounced cheque")
    shown = await bureau.ask("contract.show", contract=contract)
    assert (shown["state"], shown["ended_on"], shown["fee_yen"]) == ("ended", "2026-11-20", None)
    due = await bureau.office.store.read(lambda c: c.execute(select(acceleration)).one())
    assert (due.contract_id, due.due_on.isoformat()) == (UUID(contract), "2026-11-20")
    assert "返還いたしません" in (await bureau.letters())[-1].body
    with pytest.raises(RuleBroken, match="has ended"):
        await bureau.ask("contract.terminate", contract=contract, code="19.1-4", reason="again")
    spans = await bureau.office.store.read(lambda c: agreement.spans(c, Month(2026, 11)))
    assert len(spans) == 1, "R16.3: to the end of the month of the end"
    assert await bureau.office.store.read(lambda c: agreement.spans(c, Month(2026, 12))) == []


async def test_r27_antisocial_forces_are_out_at_once(bureau: Bureau) -> None:
    """R27.4: without notice, even before going live; the reason is kept, the party listed."""
    contract = await bureau.formed()
    await bureau.ask("contract.terminate", contract=contract, code="27.4", reason="police notice of 11-19")
    assert (await bureau.ask("contract.history", contract=contract))[-1]["reason_code"] == "27.4"
    (party,) = await bureau.ask("party.list")
    assert (party["contract"], party["reason_code"], party["phone"]) == (contract, "27.4", "+81312345101")


async def test_r20_the_act_behind_a_breach_is_stored(bureau: Bureau) -> None:
    contract = await bureau.live()
    with pytest.raises(RuleBroken, match="no code '20-12'"):
        await bureau.ask("contract.suspend", contract=contract, code="19.1-1", act="20-12", reason="x")
    await bureau.ask("contract.suspend", contract=contract, code="19.1-1", act="20-7", reason="floods our lines")
    assert (await bureau.ask("contract.history", contract=contract))[-1]["doc"] == {"act": "20-7"}


async def test_an_end_by_agreement_costs_nothing(bureau: Bureau) -> None:
    contract = await bureau.live()
    await bureau.ask("contract.end", contract=contract, reason="moved abroad")
    shown = await bureau.ask("contract.show", contract=contract)
    assert (shown["state"], shown["fee_yen"], shown["ended_on"]) == ("ended", None, "2026-11-20")
    assert await bureau.ask("party.list") == []


async def test_r10_written_consent_to_third_party_use(bureau: Bureau) -> None:
    contract = await bureau.live()
    with pytest.raises(RuleBroken, match="no consent"):
        await bureau.ask("contract.consent", contract=contract, document="-", reason="x", withdrawn=True)
    await bureau.ask("contract.consent", contract=contract, document="binder 3, sheet 7", reason="for Midori GK")
    assert (await bureau.ask("contract.show", contract=contract))["third_party_on"] == "2026-11-20"
    await bureau.ask("contract.consent", contract=contract, document="letter", reason="over", withdrawn=True)
    assert (await bureau.ask("contract.show", contract=contract))["third_party_on"] is None


async def test_r3_a_change_of_settings_is_kept_with_what_was_before(bureau: Bureau) -> None:
    contract = await bureau.live()
    said = await bureau.ask("contract.explain", contract=contract, setting="request_deadline_day")
    assert (said["value"], said["source"]) == (25, "built-in") and "R12, R18" in said["description"]
    await bureau.ask("contract.set", contract=contract, settings=["request_deadline_day=20"])
    said = await bureau.ask("contract.explain", contract=contract, setting="request_deadline_day")
    assert (said["value"], said["source"]) == (20, "contract")
    doc = (await bureau.ask("contract.history", contract=contract))[-1]["doc"]
    assert doc["settings"]["request_deadline_day"] == 20 and "request_deadline_day" not in doc["settings_before"]
    bureau.day("2026-11-21")
    assert (await bureau.ask("contract.cancel", contract=contract))["effective_on"] == "2026-12-31"
    with pytest.raises(RuleBroken, match="unknown setting 'colour'"):
        await bureau.ask("contract.explain", contract=contract, setting="colour")


async def test_r11_the_term_is_shown_and_renewed_by_itself(bureau: Bureau) -> None:
    contract = await bureau.live()
    shown = await bureau.ask("contract.show", contract=contract)
    assert (shown["term_from"], shown["term_to"]) == ("2026-11-20", "2027-11-19")
    bureau.day("2027-11-20")
    (taken,) = await bureau.ask("contract.due")
    assert (taken["kind"], taken["doc"]) == ("renewed", {"term_from": "2027-11-20", "term_to": "2028-11-19"})


async def test_r9_not_live_before_its_start_nor_before_the_checklist(bureau: Bureau) -> None:
    from smartdesk_pbx.contract.application import FORM

    text = FORM.replace('# starts_on: "2026-12-01"', 'starts_on: "2026-12-01"')
    contract = (await bureau.ask("application.approve", application=await bureau.screened(text)))["contract"]
    with pytest.raises(RuleBroken, match="starts on 2026-12-01"):
        await bureau.ask("contract.live", contract=contract)
    bureau.day("2026-12-01")
    with pytest.raises(Mistakes, match="number: not ready"):
        await bureau.ask("contract.live", contract=contract)
    answer = await bureau.ask("contract.tick", contract=contract, item="hours", reason="round the clock")
    assert {i["item"]: i["by"] for i in answer["items"]}["hours"] == "operations"
    with pytest.raises(RuleBroken, match="shows by itself"):
        await bureau.ask("contract.tick", contract=contract, item="number")
    answer = await bureau.ask("contract.live", contract=contract, override="pilot")
    assert answer["live_on"] == "2026-12-01" and not answer["ready"]
    assert await kinds(bureau, contract) == ["formed", "item_ticked", "went_live"]
    assert (await bureau.ask("contract.history", contract=contract))[-1]["reason"] == "pilot"


async def test_the_daemon_takes_what_is_due_once_a_day(bureau: Bureau) -> None:
    contract = await bureau.live()
    await bureau.ask("contract.cancel", contract=contract)
    daily = Daily(bureau.office)
    for day, state in (("2026-11-30", "active"), ("2026-12-01", "ended"), ("2026-12-01", "ended")):
        bureau.day(day)
        await daily.turn()
        assert (await bureau.ask("contract.show", contract=contract))["state"] == state
    assert (await kinds(bureau, contract)).count("ended") == 1


async def test_a_daily_step_that_fails_keeps_no_other_waiting_and_is_told(bureau: Bureau) -> None:
    contract = await bureau.live()
    await bureau.ask("contract.cancel", contract=contract)
    bureau.day("2026-12-01")
    daily = Daily(bureau.office, ("no.such", "contract.due"))
    with pytest.raises(RuleBroken, match="no such operation"):
        await daily.turn()
    assert (await bureau.ask("contract.show", contract=contract))["state"] == "ended"
    await daily.turn()  # not tried again before a while has passed
