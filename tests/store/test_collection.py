"""R16.4: direct debits by the collection company: exported once, results applied once."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.store import contract
from tests.store.owed import Bureau, both, make_bureau

ACCOUNT = {"bank": "0005", "branch": "678", "account": "12345", "holder": "ｶ)ｻｸﾗ"}
DAY = "2026-12-28"


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """SQLite; PostgreSQL too where a test asks for `both`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def bureau(url: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    """All contracts pay by debit; `sakura` and `aozora` have a mandate."""
    made = make_bureau(url, tmp_path)
    for of in made.of.values():
        made.office.store.run_now(lambda c, of=of: contract.set_settings(c, of, {"payment_method": "debit"}))  # type: ignore[misc]
    for who in ("sakura", "aozora"):
        await made.do("collection.mandate", contract=who, **ACCOUNT)
    made.today[0] = date(2026, 12, 15)
    yield made
    await made.office.store.close()


async def results(bureau: Bureau, *rows: str) -> Any:
    content = "\n".join(["key,yen,result", *rows])
    said = {"file": "r.csv", "content": b64encode(content.encode()).decode(), "format": "csv"}
    return await bureau.do("collection.import", **said)


async def keys(bureau: Bureau, batch: int) -> dict[int, str]:
    return {one["number"]: one["key"] for one in await bureau.do("collection.show", batch=batch)}


async def test_r16_4_what_is_due_is_handed_over_once(bureau: Bureau) -> None:
    first, without = bureau.fees("sakura", month="2026-10"), bureau.fees("kaede", month="2026-10")
    bureau.fees("aozora", month="2026-12")  # not due by then
    would = await bureau.do("collection.export", debit_on=DAY, dry_run=True)
    assert (would["documents"], would["yen"], would["content"], would["batch"]) == ([first], 11_000, None, None)
    did = await bureau.do("collection.export", debit_on=DAY)
    assert (did["documents"], did["without_mandate"], did["batch"]) == ([first], [without], 1)
    record = b64decode(did["content"]).split(b"\r\n")[1]
    assert record[80:90] == b"0000011000" and record[91:111] == (await keys(bureau, 1))[first].encode()
    assert record[90:91] == b"1", "debited for the first time"
    with pytest.raises(RuleBroken, match="nothing to debit"):
        await bureau.do("collection.export", debit_on=DAY)
    again = await bureau.do("collection.again", batch=1)
    assert again["content"] == did["content"]
    assert (await bureau.do("collection.list"))[0]["waiting"] == 1


@both
async def test_r16_4_a_result_is_applied_once_however_often_it_comes(bureau: Bureau) -> None:
    paid, failed = bureau.fees("sakura", month="2026-10"), bureau.fees("aozora", month="2026-10")
    await bureau.do("collection.export", debit_on=DAY)
    of = await keys(bureau, 1)
    rows = f"{of[paid]},11000,0", f"{of[failed]},11000,1"
    assert await results(bureau, *rows, rows[0]) == {"file": "r.csv", "paid": 1, "failed": 1, "repeated": 1}
    for _ in range(2):
        assert (await results(bureau, *rows))["repeated"] == 2
    assert (await results(bureau, rows[0], rows[0]))["repeated"] == 2
    assert await bureau.states("sakura") == {paid: (0, "paid")}
    assert await bureau.states("aozora") == {failed: (11_000, "overdue")}
    balances = {one["account"]: one["after_yen"] for one in await bureau.do("books.summary")}
    assert (balances["collection"], balances["receivable"]) == (11_000, 11_000)
    shown = {one["number"]: one["result"] for one in await bureau.do("collection.show", batch=1)}
    assert shown == {paid: "paid", failed: "too little money"}
    second = await bureau.do("collection.export", debit_on="2027-01-28")
    assert (second["documents"], second["batch"]) == ([failed], 2), "what failed is handed over again"
    record = b64decode(second["content"]).split(b"\r\n")[1]
    assert record[90:91] == b"0", "debited before"


async def test_r16_4_results_that_contradict_are_all_told_and_none_is_applied(bureau: Bureau) -> None:
    one, two = bureau.fees("sakura", month="2026-10"), bureau.fees("aozora", month="2026-10")
    await bureau.do("collection.export", debit_on=DAY)
    of = await keys(bureau, 1)
    await results(bureau, f"{of[one]},11000,0")
    with pytest.raises(Mistakes) as caught:
        await results(bureau, f"{of[one]},11000,1", f"{of[two]},10000,0", "nonsense,5,0", f"{of[two]},11000,0")
    told = [str(mistake) for mistake in caught.value.mistakes]
    assert [text.split(":")[1] for text in told] == ["2", "3", "4"]
    assert "has result 0 already" in told[0] and "11000 were handed over" in told[1] and "never handed" in told[2]
    assert await bureau.states("aozora") == {two: (11_000, "overdue")}


async def test_r16_4_the_company_hands_over_what_it_collected_less_its_fee(bureau: Bureau) -> None:
    number = bureau.fees("sakura", month="2026-10")
    await bureau.do("collection.export", debit_on=DAY)
    await bureau.bank("2027-01-10,10890,ﾄｳｴﾙﾌﾞ,")
    (payment,) = await bureau.unmatched()
    said = {"payment": str(payment.payment), "collection": True, "fee_yen": 110}
    with pytest.raises(RuleBroken, match="the collection company owes 0 yen"):
        await bureau.do("payment.assign", **said)
    await results(bureau, f"{(await keys(bureau, 1))[number]},11000,paid")
    await bureau.do("payment.assign", **said)
    balances = {one["account"]: one["after_yen"] for one in await bureau.do("books.summary")}
    assert (balances["collection"], balances["suspense"], balances["bank_fee"], balances["bank"]) == (0, 0, 110, 10_890)


async def test_r16_4_who_paid_meanwhile_and_was_debited_has_credit(bureau: Bureau) -> None:
    number = bureau.fees("sakura", month="2026-10")
    await bureau.do("collection.export", debit_on=DAY)
    await bureau.bank("2026-12-20,11000,サクラ,")
    await results(bureau, f"{(await keys(bureau, 1))[number]},11000,0")
    shown = await bureau.do("receivable.show", contract="sakura")
    assert (shown["open_yen"], shown["credit_yen"]) == (0, 11_000)


async def test_r16_2_what_is_being_debited_is_not_reminded_of(bureau: Bureau) -> None:
    number = bureau.fees("sakura", month="2026-10")
    bureau.today[0] = date(2026, 12, 26)
    await bureau.do("collection.export", debit_on=DAY)
    assert await bureau.do("receivable.remind") == []
    await results(bureau, f"{(await keys(bureau, 1))[number]},11000,3")
    assert [one["step"] for one in await bureau.do("receivable.remind")] == [2]


async def test_a_mandate_is_sealed_and_can_be_withdrawn(bureau: Bureau) -> None:
    bureau.fees("sakura", month="2026-10")
    bureau.fees("aozora", month="2026-10")
    await bureau.do("collection.withdraw", contract="sakura")
    did = await bureau.do("collection.export", debit_on=DAY, format="csv")
    assert len(did["documents"]) == len(did["without_mandate"]) == 1
    assert "0005,678,1,0012345,ｶ)ｻｸﾗ" in b64decode(did["content"]).decode("cp932")
    with pytest.raises(RuleBroken, match="has no debit mandate"):
        await bureau.do("collection.withdraw", contract="sakura")
    with pytest.raises(RuleBroken, match="in katakana"):
        await bureau.do("collection.mandate", contract="sakura", **ACCOUNT | {"holder": "桜"})
    with pytest.raises(RuleBroken, match="no batch 9"):
        await bureau.do("collection.again", batch=9)
