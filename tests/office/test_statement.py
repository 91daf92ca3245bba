"""R22, R28: the statement of a contract through the operations."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.store import receivables
from tests.office.bureau import Bureau, open_bureau

PRICES = """\
plan: standard
from: 2026-04
tax: 10
cases: {included: 3, beyond: [{yen: 155}]}
fees:
  - {code: basic, text: 基本料金, yen: 10000}
  - {code: setup, text: 初期費用, yen: 20000, once: true}
"""


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path, monkeypatch) as one:
        yield one


def pay(monkeypatch: pytest.MonkeyPatch, paid: dict[Month, int]) -> None:
    monkeypatch.setattr(receivables, "paid_by_month", lambda *_: paid)


async def test_r22_r28_a_statement_before_anything_was_paid(bureau: Bureau) -> None:
    """R22: everything to the term's end is scheduled. R28: used for less than three months, the expected fees count."""
    await bureau.ask("plan.price", text=PRICES)
    said = await bureau.ask("contract.statement", contract=await bureau.live())
    assert (said["from_on"], said["until"], len(said["months"])) == ("2026-11-20", "2027-11-19", 13)
    assert [m["fee_yen"] for m in said["months"][:3]] == [33_000, 11_000, 11_000]
    assert (said["paid_yen"], said["scheduled_yen"]) == (0, 33_000 + 12 * 11_000)
    assert said["penalty"]["yen"] == 3 * 165_000
    assert said["damages_cap"] == {
        "months": [["2026-11", 33_000], ["2026-12", 11_000], ["2027-01", 11_000]],
        "expected": ["2026-11", "2026-12", "2027-01"],
        "yen": 55_000,
    }


async def test_r22_r28_a_statement_after_half_a_year(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    await bureau.ask("plan.price", text=PRICES)
    contract = await bureau.live()
    bureau.day("2027-05-20")
    pay(
        monkeypatch,
        {Month(2026, 11): 33_000} | {Month(2026, 11).plus(n): 11_000 for n in range(1, 5)} | {Month(2027, 4): 5_000},
    )
    said = await bureau.ask("contract.statement", contract=contract)
    assert (said["paid_yen"], said["scheduled_yen"]) == (82_000, 6_000 + 7 * 11_000)
    assert said["penalty"] == {"paid_yen": 82_000, "scheduled_yen": 83_000, "times": 3, "yen": 249_000}
    assert said["damages_cap"]["yen"] == 11_000 + 11_000 + 5_000 and said["damages_cap"]["expected"] == []


async def test_r22_a_cancelled_contract_schedules_no_further_than_its_end(bureau: Bureau) -> None:
    """The early-termination fee is no fee of a month."""
    await bureau.ask("plan.price", text=PRICES)
    contract = await bureau.live()
    await bureau.ask("contract.cancel", contract=contract)
    said = await bureau.ask("contract.statement", contract=contract)
    assert (said["until"], said["scheduled_yen"]) == ("2026-11-30", 33_000)


async def test_r22_without_prices_the_statement_says_so(bureau: Bureau) -> None:
    said = await bureau.ask("contract.statement", contract=await bureau.live())
    assert said["scheduled_yen"] == 0 and len(said["unpriced"]) == 13
    assert "price" in said["months"][0]["why"]
