"""R16.1: double entry. Every entry is balanced, and the receivable is what the documents say is open."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.billing.allocation import allocation_entry, collected_entry
from smartdesk_pbx.billing.books import Entry, Posting, balances, invoice_entry, open_by_document, reversal
from smartdesk_pbx.billing.csv_text import csv_text, guarded
from smartdesk_pbx.billing.journal import COLUMNS, journal_rows, summary, tax_sums
from smartdesk_pbx.billing.payments import Match
from smartdesk_pbx.errors import RuleBroken
from tests.rules.documents import CONTRACT, document, line

DAY = date(2026, 12, 10)


def sides(entry: Entry) -> dict[str, int]:
    return {posting.account: posting.yen for posting in entry.postings}


def test_r16_1_an_invoice_books_sales_and_tax_per_rate_and_untaxed_apart() -> None:
    """R16.1, 適格請求書: a termination fee and late interest stand outside every tax base."""
    fee, late = line(10_000, "none", "early-termination"), line(1_234, "none", "late-interest/3")
    made = invoice_entry(document(7, line(10_000), line(105), line(500, "8"), fee, late))
    assert sides(made) == {
        "receivable": 10_105 + 1_010 + 540 + 10_000 + 1_234, "sales_10": -10_105, "tax_10": -1_010, "sales_8": -500,
        "tax_8": -40, "early_termination": -10_000, "late_interest": -1_234,
    }  # fmt: skip
    assert (made.key, made.kind, made.on) == ("invoice:7", "invoice", date(2026, 11, 30))
    opening = made.postings[0]
    assert (opening.number, opening.contract_id, opening.due_on) == (7, CONTRACT, date(2026, 12, 31))
    assert next(p.number for p in made.postings if p.account == "late_interest") == 3


def test_r16_1_a_credit_note_lowers_the_invoice_it_refers_to_on_the_day_it_is_issued() -> None:
    made = invoice_entry(document(9, line(-1_000), issued_on=DAY, refers_to=7))
    assert sides(made) == {"receivable": -1_100, "sales_10": 1_000, "tax_10": 100}
    assert (made.key, made.on, made.postings[0].number, made.postings[0].due_on) == ("credit-note:9", DAY, 7, None)


def test_r16_1_a_correction_that_charges_more_is_an_amount_of_its_own() -> None:
    made = invoice_entry(document(9, line(150), issued_on=DAY, refers_to=7))
    assert (made.key, made.on, made.postings[0].number) == ("invoice:9", DAY, 9)
    assert made.postings[0].due_on is not None


def test_an_invoice_of_nothing_is_booked_too() -> None:
    assert sides(invoice_entry(document(7, line(0)))) == {"receivable": 0, "sales_untaxed": 0}


def test_what_is_not_balanced_or_names_no_account_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="not balanced"):
        Entry("x:1", DAY, "", (Posting("bank", 5), Posting("suspense", -4)))
    with pytest.raises(ValueError, match="not balanced"):
        Entry("x:1", DAY, "", (Posting("bank", 0),))
    with pytest.raises(RuleBroken, match="no account nonsense"):
        Entry("x:1", DAY, "", (Posting("bank", 5), Posting("nonsense", -5)))


def test_a_reversal_undoes_to_the_yen() -> None:
    entry = invoice_entry(document(7, line(999)))
    back = reversal(entry, DAY, "誤り")
    assert set(balances([entry, back]).values()) == {0}
    assert (back.key, back.kind) == ("reversal:invoice:7", "reversal")


# ---- random lives ----------------------------------------------------------------------------------


@dataclass
class Life:
    """What the books should say, kept by the simplest possible means: a number per document."""

    entries: list[Entry] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)
    bank: int = 0
    advance: int = 0
    collected: int = 0
    sales: int = 0


LINES = st.lists(
    st.tuples(st.integers(1, 50_000), st.sampled_from(["10", "8", "none"])), min_size=1, max_size=4
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("invoice"), LINES),
        st.tuples(st.just("credit"), LINES),
        st.tuples(st.just("pay"), st.integers(1, 80_000)),
        st.tuples(st.just("collect"), st.just(0)),
        st.tuples(st.just("undo"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_r16_1_random_lives_always_balance_and_the_receivable_is_what_is_open(steps: list[tuple[str, object]]) -> None:
    life = Life()
    for i, (what, how) in enumerate(steps, 1):
        _step(life, i, what, how)
    assert open_by_document(life.entries) == life.open
    found = balances(life.entries)
    assert sum(found.values()) == 0
    assert found.get("receivable", 0) == sum(life.open.values())
    assert (found.get("bank", 0), found.get("advance", 0)) == (life.bank, -life.advance)
    assert found.get("collection", 0) == life.collected
    assert sum(yen for name, yen in found.items() if name.startswith("sales")) == -life.sales
    assert sum(one.base_yen for one in tax_sums(life.entries)) == life.sales
    after = {one.account: one.after_yen for one in summary({}, life.entries)}
    assert {name: yen for name, yen in found.items() if yen} == {name: yen for name, yen in after.items() if yen}


def _step(life: Life, i: int, what: str, how: object) -> None:
    if what == "invoice":
        made = document(i, *(line(yen, tax) for yen, tax in how))  # type: ignore[attr-defined]
        life.open[i] = made.total_yen
        _document(life, invoice_entry(made), made.lines)
    elif what == "credit" and life.open:
        of = max(life.open)
        made = document(i, *(line(-yen, tax) for yen, tax in how), refers_to=of)  # type: ignore[attr-defined]
        life.open[of] += made.total_yen
        _document(life, invoice_entry(made), made.lines)
    elif what == "pay" and life.open:
        _pay(life, i, int(str(how)))
    elif what == "collect" and any(yen > 0 for yen in life.open.values()):
        of = next(number for number, yen in life.open.items() if yen > 0)
        life.entries.append(collected_entry(f"{i}", DAY, CONTRACT, of, life.open[of]))
        life.collected += life.open[of]
        life.open[of] = 0
    elif what == "undo":
        _undo(life)


def _undo(life: Life) -> None:
    last = next((entry for entry in reversed(life.entries) if entry.kind == "allocation"), None)
    if last is None or any(entry.key == f"reversal:{last.key}" for entry in life.entries):
        return
    life.entries.append(reversal(last, DAY, "誤り"))
    for posting in last.postings:
        if posting.account == "receivable" and posting.number:
            life.open[posting.number] -= posting.yen
        life.advance += posting.yen if posting.account == "advance" else 0


def _document(life: Life, entry: Entry, lines: tuple[object, ...]) -> None:
    life.entries.append(entry)
    life.sales += sum(one.amount_yen for one in lines)  # type: ignore[attr-defined]


def _pay(life: Life, i: int, yen: int) -> None:
    id_ = UUID(int=i)
    of = min(life.open)
    part = min(yen, max(0, life.open[of]))
    pays = ((of, part),) if part else ()
    postings = Posting("bank", yen, payment_id=id_), Posting("suspense", -yen, payment_id=id_)
    life.entries += [
        Entry(f"payment:{id_}", DAY, "", postings),
        allocation_entry(id_, DAY, Match(CONTRACT, pays, yen - part, "by hand"), 1),
    ]
    life.bank += yen
    life.advance += yen - part
    life.open[of] -= part


# ---- for the accountant ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["=1+1", "+81", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =cmd|' /C calc'!A0", "|x", "%x"]
)
def test_no_cell_becomes_a_formula(cell: str) -> None:
    assert guarded(cell).startswith("'")
    assert guarded("株式会社さくら") == "株式会社さくら" and guarded(-5) == "-5" and guarded(None) == ""


def test_the_journal_has_a_row_per_posting_and_no_negative_amount() -> None:
    entries = [
        invoice_entry(document(7, line(1_000))), invoice_entry(document(9, line(-100), refers_to=7, issued_on=DAY)),
        Entry("payment:x", DAY, "入金 =HYPERLINK(1)", (Posting("bank", 990), Posting("suspense", -990))),
    ]  # fmt: skip
    rows = list(journal_rows(entries))
    assert len(rows) == 8 and all(len(row) == len(COLUMNS) for row in rows)
    debit, credit = COLUMNS.index("借方金額"), COLUMNS.index("貸方金額")
    assert sum(int(str(row[debit] or 0)) for row in rows) == sum(int(str(row[credit] or 0)) for row in rows) == 2_200
    assert rows[1][COLUMNS.index("税区分")] == "課税売上10%"
    text = csv_text(("摘要",), [("=x",), ("入金 =HYPERLINK(1)",)])
    assert text == "摘要\r\n'=x\r\n入金 =HYPERLINK(1)\r\n"


def test_tax_sums_take_credit_notes_off() -> None:
    entries = [
        invoice_entry(document(1, line(1_000), line(200, "8"), line(10_000, "none", "early-termination"))),
        invoice_entry(document(2, line(-300), refers_to=1, issued_on=DAY)),
    ]
    assert [(one.rate, one.base_yen, one.tax_yen) for one in tax_sums(entries)] == [
        ("10", 700, 70), ("8", 200, 16), ("none", 10_000, 0),
    ]  # fmt: skip
