"""R16.1: the bank's files: every line once, matched by rules, the rest assigned by hand; a bank's fee is named."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from smartdesk_pbx.errors import Mistakes, RuleBroken
from tests.rules.test_zengin import END, data, header, trailer
from tests.store.owed import Bureau, both, make_bureau


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """SQLite; PostgreSQL too where a test asks for `both`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def bureau(url: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    made = make_bureau(url, tmp_path)
    yield made
    await made.office.store.close()


def counts(answer: dict[str, Any]) -> tuple[int, int, int, int]:
    return answer["new"], answer["repeated"], answer["matched"], answer["unmatched"]


@both
async def test_r16_1_the_same_file_and_overlapping_files_count_nothing_twice(bureau: Bureau) -> None:
    number = bureau.fees("sakura")
    rows = ["2026-12-05,11000,サクラ,", "2026-12-05,700,ﾀﾞﾚｶ,"]
    assert counts(await bureau.bank(*rows)) == (2, 0, 1, 1)
    assert counts(await bureau.bank(*rows)) == (0, 2, 0, 0)
    assert counts(await bureau.bank(*rows, "2026-12-06,1,ﾀﾞﾚｶ,", file="more.csv")) == (1, 2, 0, 1)
    assert await bureau.states("sakura") == {number: (0, "paid")}
    balances = {one["account"]: one["after_yen"] for one in await bureau.do("books.summary")}
    assert (balances["bank"], balances["suspense"]) == (11_701, -701)
    assert [one.yen for one in await bureau.unmatched()] == [1, 700]


async def test_a_dry_run_says_the_same_and_changes_nothing(bureau: Bureau) -> None:
    number = bureau.fees("sakura")
    would = await bureau.bank("2026-12-05,11000,サクラ,", dry_run=True)
    assert await bureau.states("sakura") == {number: (11_000, "open")}
    assert await bureau.do("payment.list") == []
    did = await bureau.bank("2026-12-05,11000,サクラ,")
    assert counts(would) == counts(did) == (1, 0, 1, 0)
    assert [one["result"] for one in would["lines"]] == ["payer and amount"] == [o["result"] for o in did["lines"]]


async def test_r16_1_two_lines_of_one_file_pay_one_after_the_other(bureau: Bureau) -> None:
    first, second = bureau.fees("sakura"), bureau.fees("sakura", month="2026-12")
    answer = await bureau.bank("2026-12-05,11000,サクラ,", "2026-12-06,11000,サクラ,")
    assert sorted(one["documents"] for one in answer["lines"]) == [[first], [second]]
    assert await bureau.states("sakura") == {first: (0, "paid"), second: (0, "paid")}


async def test_r16_1_a_zengin_notice_is_taken_in(bureau: Bureau) -> None:
    number = bureau.fees("aozora")
    rows = b"".join([header(), data(10_340, "ｱｵｿﾞﾗ", edi=f"NO.{number}"), trailer(1, 10_340), END])
    answer = await bureau.do("payment.import", file="n.txt", content=b64encode(rows).decode(), format="zengin")
    assert answer["lines"][0]["result"] == "number, short by the bank's fee"
    assert await bureau.states("aozora") == {number: (660, "bank_fee_short")}


async def test_a_damaged_file_leaves_nothing_behind(bureau: Bureau) -> None:
    with pytest.raises(Mistakes, match=r"bank\.csv:3"):
        await bureau.bank("2026-12-05,11000,サクラ,", "2026-12-05,x,y,z")
    assert await bureau.do("payment.list") == []
    with pytest.raises(RuleBroken, match="base64"):
        await bureau.do("payment.import", file="x", content="?")


async def test_r16_1_what_is_unmatched_says_why_and_is_assigned_by_hand(bureau: Bureau) -> None:
    first, second = bureau.fees("sakura"), bureau.fees("sakura", 5_000, month="2026-12")
    await bureau.bank("2026-12-05,5500,ﾔﾏﾀﾞ ﾀﾛｳ,")
    (one,) = await bureau.unmatched()
    assert "no contract is known to be paid by ﾔﾏﾀﾞ" in one.why or "ヤマダ" in one.why
    assert one.perhaps == (second,)
    answer = await bureau.do("payment.assign", payment=str(one.payment), invoices=[second])
    assert (answer["documents"], answer["credit_yen"]) == ([second], 0)
    assert await bureau.states("sakura") == {first: (11_000, "open"), second: (0, "paid")}
    with pytest.raises(RuleBroken, match="all 5500 yen are assigned"):
        await bureau.do("payment.assign", payment=str(one.payment), invoices=[first])
    answer = await bureau.bank("2026-12-09,11000,ヤマダ タロウ,", file="b2.csv")
    assert counts(answer) == (1, 0, 1, 0), "the payer is known from now on"


@both
async def test_r16_1_too_much_is_kept_as_credit_and_what_was_assigned_can_be_taken_back(bureau: Bureau) -> None:
    number = bureau.fees("sakura")
    await bureau.bank("2026-12-05,15000,ﾔﾏﾀﾞ,")
    payment = str((await bureau.unmatched())[0].payment)
    answer = await bureau.do("payment.assign", payment=payment, contract="sakura", remember=False)
    assert (answer["documents"], answer["credit_yen"]) == ([number], 4_000)
    back = await bureau.do("payment.undo", payment=payment, reason="別の契約者")
    assert (back["state"], back["left_yen"]) == ("unmatched", 15_000)
    assert await bureau.states("sakura") == {number: (11_000, "open")}
    with pytest.raises(RuleBroken, match="is set against nothing"):
        await bureau.do("payment.undo", payment=payment, reason="x")
    await bureau.do("payment.assign", payment=payment, contract="sakura")
    second = bureau.fees("sakura", month="2026-12")
    await bureau.do("receivable.settle")
    assert await bureau.states("sakura") == {number: (0, "paid"), second: (7_000, "part_paid")}
    with pytest.raises(RuleBroken, match="has been used for another document"):
        await bureau.do("payment.undo", payment=payment, reason="x")
    assert await bureau.states("sakura") == {number: (0, "paid"), second: (7_000, "part_paid")}


async def test_a_payment_goes_to_one_contract_or_back(bureau: Bureau) -> None:
    a, b = bureau.fees("sakura"), bureau.fees("aozora")
    await bureau.bank("2026-12-05,22000,ﾔﾏﾀﾞ,", "2026-12-05,9,ﾔﾏﾀﾞ,")
    small, big = sorted(await bureau.unmatched(), key=lambda one: one.yen)
    with pytest.raises(RuleBroken, match="several contracts"):
        await bureau.do("payment.assign", payment=str(big.payment), invoices=[a, b])
    with pytest.raises(RuleBroken, match="name one: invoices, a contract, or"):
        await bureau.do("payment.assign", payment=str(big.payment))
    with pytest.raises(RuleBroken, match="no payment"):
        await bureau.do("payment.assign", payment=str(uuid4()), contract="sakura")
    assert (await bureau.do("payment.return", payment=str(small.payment), reason="誤振込"))["state"] == "matched"
    await bureau.do("payment.assign", payment=str(big.payment), invoices=[a])
    await bureau.bank("2026-12-06,1,ﾀﾅｶ,", file="c.csv")
    (rest,) = await bureau.unmatched()
    with pytest.raises(RuleBroken, match=f"document {a} is paid"):
        await bureau.do("payment.assign", payment=str(rest.payment), invoices=[a])


async def test_r16_1_a_payer_is_named_and_forgotten(bureau: Bureau) -> None:
    bureau.fees("kaede")
    answer = await bureau.do("payment.payer", contract="kaede", name="ﾊﾅｺ")
    assert answer["payers"] == ["ハナコ"]
    assert counts(await bureau.bank("2026-12-05,100,ハナコ,"))[2] == 1
    assert (await bureau.do("payment.payer", contract="kaede", name="はなこ", remove=True))["payers"] == []
    with pytest.raises(RuleBroken, match="no known payer"):
        await bureau.do("payment.payer", contract="kaede", name="はなこ", remove=True)
