"""適格請求書: tax once per rate and document, untaxed items apart; the registration number; canonical bytes."""

from datetime import date
from uuid import UUID

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.billing.invoice import Document, Head, Issuer, Line, Recipient, change, due_on, frozen, sums, thaw
from smartdesk_pbx.billing.registration import check_digit, registration_number
from smartdesk_pbx.billing.tax import Tax, TaxTotal, tax_yen, totals, untaxed
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import RuleBroken


def line(yen: int, tax: Tax = "10", text: str = "x") -> Line:
    return Line("c", text, 1, yen, yen, tax)


def test_r16_1_tax_is_rounded_once_per_rate_and_invoice() -> None:
    """Three lines of 105 yen at 10 %: 31 yen, not 3 × 10 = 30."""
    assert totals([line(105)] * 3) == (TaxTotal(10, 315, 31),)


def test_r16_1_taken_back_line_by_line_an_invoice_comes_back_to_the_yen() -> None:
    lines = [line(105, text=str(n)) for n in range(3)] + [line(1000, "none")]
    notes = [change(lines[n:], lines[n + 1 :]) for n in range(4)]
    assert [note.total_yen for note in notes] == [-115, -116, -115, -1000]
    assert sum(note.total_yen for note in notes) == -sums(lines).total_yen
    assert notes[3].totals == () and notes[3].untaxed_yen == -1000


def test_r16_1_each_rate_has_its_total_and_untaxed_items_stand_outside_of_both() -> None:
    lines = [line(109), line(99, "8"), line(10_000, "none"), line(99, "8")]
    assert sums(lines).totals == (TaxTotal(10, 109, 10), TaxTotal(8, 198, 15))
    assert sums(lines).untaxed_yen == untaxed(lines) == 10_000
    assert sums(lines).total_yen == 109 + 10 + 198 + 15 + 10_000


@given(st.integers(0, 10**12), st.sampled_from([8, 10]))
def test_r16_1_a_credit_note_takes_back_exactly_the_tax_that_was_charged(base: int, rate: int) -> None:
    assert tax_yen(-base, rate) == -tax_yen(base, rate)
    assert 0 <= base * rate - 100 * tax_yen(base, rate) < 100


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.sampled_from(["10", "8", "none"])), max_size=20))
def test_r16_1_the_total_is_bases_taxes_and_untaxed_items(lines: list[tuple[int, Tax]]) -> None:
    found = sums([line(yen, tax) for yen, tax in lines])
    assert found.total_yen - sum(t.tax_yen for t in found.totals) == sum(yen for yen, _ in lines)
    assert found.untaxed_yen == sum(yen for yen, tax in lines if tax == "none")


@pytest.mark.parametrize("month", [Month(2027, 1), Month(2028, 1), Month(2026, 12), Month(2026, 4)])
def test_r16_1_due_on_the_last_day_of_next_month_in_leap_years_and_at_year_ends(month: Month) -> None:
    last = {Month(2027, 1): (2027, 2, 28), Month(2028, 1): (2028, 2, 29), Month(2026, 12): (2027, 1, 31)}
    assert due_on(month) == date(*last.get(month, (2026, 5, 31)))


@pytest.mark.parametrize(
    "number", ["T7000012050002", "t7000012050002", "Ｔ７００００１２０５０００２", "T7-0000-1205-0002"]
)
def test_a_registration_number_is_read_as_people_write_it(number: str) -> None:
    assert registration_number(number) == "T7000012050002"


def test_a_mistyped_digit_of_a_registration_number_is_noticed() -> None:
    right = "T7000012050002"
    for i in range(1, 14):
        for digit in "0123456789":
            wrong = right[:i] + digit + right[i + 1 :]
            # A 9 for a 0 in the base (and back) is the one slip that this check digit cannot see.
            if {digit, right[i]} <= {"0", "9"} or wrong == right:
                continue
            with pytest.raises(RuleBroken, match=r"check digit"):
                registration_number(wrong)
    for shape in ("7000012050002", "T700001205000", "T70000120500022", "X7000012050002", ""):
        with pytest.raises(RuleBroken, match="T and 13 digits"):
            registration_number(shape)


def test_the_check_digit_is_that_of_known_company_numbers() -> None:
    for number in ("7000012050002", "1180301018771", "8700110005901"):
        assert check_digit(number[1:]) == int(number[0])


def document(lines: tuple[Line, ...], note: str = "") -> Document:
    summed = sums(lines)
    return Document(
        number=7, kind="invoice", contract_id=UUID(int=1), subscriber_id=UUID(int=2), month="2026-10",
        issued_on=date(2026, 11, 2), due_on=date(2026, 11, 30), issuer=Issuer("株式会社甲", "東京都", "T7000012050002"),
        recipient=Recipient("株式会社乙"), lines=lines, totals=summed.totals, untaxed_yen=summed.untaxed_yen,
        total_yen=summed.total_yen, head=Head(UUID(int=2), 9, "a" * 64), note=note,
    )  # fmt: skip


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**52), 2**52))
def test_the_bytes_of_a_document_are_rfc_8785_and_give_it_back(text: str, yen: int) -> None:
    made = document((line(yen, "none", text),), note=text)
    content = frozen(made)
    assert thaw(content) == made
    assert content == rfc8785.dumps(msgspec.json.decode(content))
