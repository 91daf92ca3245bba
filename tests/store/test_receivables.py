"""R16.1, R16.2, R19: the receivables ledger: what is open, credit, late interest, reminders, acceleration."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from smartdesk_pbx.billing.books import Entry, Posting
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import books, contract, invoice, outbox, receivables
from smartdesk_pbx.store.tables.receivables import book_entry, book_posting
from tests.rules.documents import line
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


# ---- the books -------------------------------------------------------------------------------------


@both
async def test_an_entry_is_booked_once_and_never_otherwise(bureau: Bureau) -> None:
    store = bureau.office.store
    one = Entry("x:1", date(2026, 12, 1), "一", (Posting("bank", 5), Posting("suspense", -5)))
    assert [store.run_now(lambda c: books.post(c, [one, one])) for _ in range(2)] == [1, 0]
    other = Entry("x:1", date(2026, 12, 1), "一", (Posting("bank", 6), Posting("suspense", -6)))
    with pytest.raises(RuleBroken, match="x:1 is booked already with other content"):
        store.run_now(lambda c: books.post(c, [other]))
    assert store.read_now(lambda c: list(books.listing(c))) == [one]
    for change in (update(book_entry).values(text="?"), delete(book_posting), update(book_posting).values(yen=0)):
        with pytest.raises(DBAPIError, match="insert-only"):
            store.run_now(lambda c, change=change: c.execute(change))  # type: ignore[misc]


async def test_r16_1_an_invoice_is_owed_until_it_is_paid(bureau: Bureau) -> None:
    number = bureau.fees("sakura")
    assert await bureau.states("sakura") == {number: (11_000, "open")}
    bureau.today[0] = date(2027, 1, 1)
    assert await bureau.states("sakura") == {number: (11_000, "overdue")}
    await bureau.bank("2026-12-31,11000,ｶ)ｻｸﾗ,")
    assert await bureau.states("sakura") == {number: (0, "paid")}
    assert await bureau.do("receivable.list") == []


@both
async def test_r16_1_a_credit_note_for_what_was_paid_becomes_credit_and_pays_the_next(bureau: Bureau) -> None:
    first = bureau.fees("sakura")
    await bureau.bank("2026-12-05,11000,サクラ,")
    bureau.bill("sakura", line(-1_000), refers_to=first)
    assert await bureau.states("sakura") == {first: (-1_100, "overpaid")}
    assert await bureau.do("receivable.settle") == {"contracts": 1}
    assert (await bureau.do("receivable.show", contract="sakura"))["credit_yen"] == 1_100
    second = bureau.fees("sakura", month="2026-12")
    assert [await bureau.do("receivable.settle") for _ in range(2)] == [{"contracts": 1}, {"contracts": 0}]
    assert await bureau.states("sakura") == {first: (0, "paid"), second: (9_900, "part_paid")}


async def test_credit_is_paid_back_and_never_more_than_there_is(bureau: Bureau) -> None:
    bureau.fees("sakura")
    await bureau.bank("2026-12-05,12000,サクラ,")
    with pytest.raises(RuleBroken, match="the contract's credit is 1000 yen"):
        await bureau.do("receivable.refund", contract="sakura", yen=1_001)
    assert (await bureau.do("receivable.refund", contract="sakura", yen=400))["credit_yen"] == 600
    balances = {one["account"]: one["after_yen"] for one in await bureau.do("books.summary", month="2026-12")}
    assert (balances["bank"], balances["advance"]) == (11_600, -600)


# ---- late interest ---------------------------------------------------------------------------------


@both
async def test_r16_2_late_interest_is_a_document_of_its_own_charged_once(bureau: Bureau) -> None:
    number = bureau.fees("sakura", 100_000)
    bureau.fees("aozora", 100_000)
    await bureau.bank("2027-01-31,110000,サクラ,", "2026-12-31,110000,アオゾラ,")
    bureau.today[0] = date(2027, 1, 31)
    with pytest.raises(RuleBroken, match="2027-01 is not over"):
        await bureau.do("receivable.interest", month="2027-01")
    bureau.today[0] = date(2027, 2, 1)
    (would,) = await bureau.do("receivable.interest", month="2027-01", dry_run=True)
    (made,) = await bureau.do("receivable.interest", month="2027-01")
    assert (would["yen"], made["yen"], made["subscriber"]) == (44 * 31, 44 * 31, "sakura")
    assert await bureau.do("receivable.interest", month="2027-01") == []
    stored = bureau.office.store.read_now(lambda c: invoice.get(c, made["number"])).document
    assert (stored.totals, stored.untaxed_yen, stored.total_yen) == ((), 1_364, 1_364)
    assert stored.due_on == date(2027, 2, 28)
    assert stored.lines[0].code == f"late-interest/{number}" and "31日分" in stored.lines[0].text
    bureau.today[0] = date(2027, 6, 1)
    assert await bureau.do("receivable.interest", month="2027-05") == [], "interest bears none"


async def test_r16_2_what_was_charged_too_much_comes_back(bureau: Bureau) -> None:
    """The bank's file of an earlier day is read after the interest was charged."""
    bureau.fees("sakura", 100_000)
    bureau.today[0] = date(2027, 2, 1)
    (first,) = await bureau.do("receivable.interest", month="2027-01")
    await bureau.bank("2027-01-10,110000,サクラ,")
    bureau.today[0] = date(2027, 3, 1)
    (second,) = await bureau.do("receivable.interest", month="2027-02")
    assert (first["yen"], second["yen"]) == (44 * 31, -44 * 21)
    assert (await bureau.do("receivable.show", contract="sakura"))["open_yen"] == 44 * 10


async def test_r16_2_an_earlier_month_is_not_charged_after_a_later_one(bureau: Bureau) -> None:
    """Its interest would seem charged too much, and come back as a credit note."""
    bureau.fees("sakura", 100_000)
    bureau.today[0] = date(2027, 3, 1)
    await bureau.do("receivable.interest", month="2027-02")
    for dry_run in (True, False):
        with pytest.raises(RuleBroken, match="charged to the end of 2027-02 already"):
            await bureau.do("receivable.interest", month="2027-01", dry_run=dry_run)
    assert await bureau.do("receivable.interest", month="2027-02") == []


async def test_r16_2_interest_that_is_let_off_by_a_credit_note_is_not_charged_anew(bureau: Bureau) -> None:
    number = bureau.fees("sakura", 100_000)
    bureau.today[0] = date(2027, 2, 1)
    (made,) = await bureau.do("receivable.interest", month="2027-01")
    bureau.bill("sakura", line(-made["yen"], "none", f"late-interest/{number}"), refers_to=made["number"])
    assert (await bureau.states("sakura"))[made["number"]] == (0, "paid")
    assert await bureau.do("receivable.interest", month="2027-01") == []
    bureau.today[0] = date(2027, 3, 1)
    (more,) = await bureau.do("receivable.interest", month="2027-02")
    assert more["yen"] == 44 * 28, "what ran on since is charged"


async def test_r16_2_interest_ends_on_the_bank_s_day_however_late_the_payment_is_assigned(bureau: Bureau) -> None:
    bureau.fees("sakura", 100_000)
    await bureau.bank("2027-01-10,110000,ﾀﾞﾚｶ,")
    bureau.today[0] = date(2027, 3, 20)
    await bureau.do("payment.assign", payment=str((await bureau.unmatched())[0].payment), contract="sakura")
    (made,) = await bureau.do("receivable.interest", month="2027-01")
    assert made["yen"] == 44 * 10
    stored = bureau.office.store.read_now(lambda c: invoice.get(c, made["number"])).document
    assert stored.due_on == date(2027, 3, 31), "charged late: due a month after it is known, not before"


async def test_r16_2_the_rate_is_a_setting_of_the_contract(bureau: Bureau) -> None:
    bureau.fees("sakura", 100_000)
    settings = {"late_interest_permille": 73}
    bureau.office.store.run_now(lambda c: contract.set_settings(c, bureau.of["sakura"], settings))
    due = bureau.office.store.read_now(lambda c: receivables.interest_due(c, bureau.of["sakura"], date(2027, 1, 31)))
    assert [charge.yen for charge in due] == [22 * 31]


# ---- acceleration, statements ----------------------------------------------------------------------


@both
async def test_r19_acceleration_makes_all_debts_due_and_interest_runs_from_the_day_after(bureau: Bureau) -> None:
    bureau.fees("sakura", 100_000)
    store, of = bureau.office.store, bureau.of["sakura"]
    for day in (10, 20):  # the first time counts
        store.run_now(lambda c, day=day: receivables.accelerate(c, of, date(2026, 12, day)))  # type: ignore[misc]
    (item,) = store.read_now(lambda c: receivables.items(c, of))
    assert item.due_on == date(2026, 12, 10)
    due = store.read_now(lambda c: receivables.interest_due(c, of, date(2026, 12, 12)))
    assert [charge.yen for charge in due] == [88]
    bureau.fees("sakura", month="2026-12")
    (_, later) = store.read_now(lambda c: receivables.items(c, of))
    assert later.due_on == date(2027, 1, 1), "issued after: due when it is issued"
    bureau.fees("aozora")
    assert store.read_now(lambda c: receivables.items(c, bureau.of["aozora"]))[0].due_on == date(2026, 12, 31)


async def test_r22_r28_what_was_paid_by_month_is_the_basis_of_penalty_and_cap(bureau: Bureau) -> None:
    bureau.fees("sakura")
    bureau.fees("sakura", 20_000, month="2026-12")
    await bureau.bank("2026-12-31,21000,サクラ,")
    paid = bureau.office.store.read_now(lambda c: receivables.paid_by_month(c, bureau.of["sakura"]))
    assert paid == {Month(2026, 11): 11_000, Month(2026, 12): 10_000}


# ---- reminders -------------------------------------------------------------------------------------


@both
async def test_r16_2_reminders_go_out_by_mail_once_per_step(bureau: Bureau) -> None:
    number = bureau.fees("sakura")
    bureau.fees("kaede")
    bureau.today[0] = date(2027, 1, 6)
    assert await bureau.do("receivable.remind") == []
    bureau.later(1)
    dry = await bureau.do("receivable.remind", dry_run=True)
    sent = {one["subscriber"]: one for one in await bureau.do("receivable.remind")}
    assert {one["subscriber"]: one for one in dry} == sent
    assert (sent["sakura"]["letters"], sent["sakura"]["step"], sent["sakura"]["documents"]) == (1, 1, [number])
    assert sent["kaede"]["letters"] == 0, "nobody to write to: it comes up again"
    assert [one["subscriber"] for one in await bureau.do("receivable.remind")] == ["kaede"]
    bureau.later(28)
    last = await bureau.do("receivable.remind", contract="sakura")
    assert [(one["step"], one["is_last"]) for one in last] == [(3, True)]
    letters = bureau.office.store.read_now(lambda c: outbox.listing(c, subscriber_id=bureau.subscribers["sakura"]))
    text = bureau.office.store.read_now(lambda c: outbox.open_letter(c, bureau.office.sealer, letters[1].id))
    assert len(letters) == 2 and "催告" in text.subject and "11,000円" in text.body
    shown = await bureau.do("receivable.show", contract="sakura")
    assert [(one["on"], one["step"]) for one in shown["reminders"]] == [("2027-01-07", 1), ("2027-02-04", 3)]


async def test_r16_2_who_has_paid_is_not_reminded(bureau: Bureau) -> None:
    bureau.fees("sakura")
    await bureau.bank("2027-01-06,11000,サクラ,")
    bureau.today[0] = date(2027, 3, 1)
    assert await bureau.do("receivable.remind") == []


async def test_r16_1_a_bank_s_fee_can_be_borne_and_nothing_else(bureau: Bureau) -> None:
    short, open_one = bureau.fees("sakura"), bureau.fees("aozora")
    await bureau.bank("2026-12-30,10560,サクラ,")
    assert await bureau.states("sakura") == {short: (440, "bank_fee_short")}
    with pytest.raises(RuleBroken, match="is open: only a shortfall"):
        await bureau.do("receivable.waive", invoice=open_one, reason="x")
    assert (await bureau.do("receivable.waive", invoice=short, reason="少額"))["state"] == "paid"
    with pytest.raises(RuleBroken, match="no document 99"):
        await bureau.do("receivable.waive", invoice=99, reason="x")
