"""R16.2: late interest of 14.6 % a year, by day, from the day after the due date. R19: acceleration."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.billing.interest import Rate, accrued, charges
from smartdesk_pbx.billing.items import Item, Paid, due_after, paid_by_month, state
from smartdesk_pbx.contract.month import Month
from tests.rules.documents import CONTRACT

RATE = Rate(146, 365)
DUE = date(2026, 12, 31)


def item(yen: int = 110_000, *paid: Paid, due_on: date = DUE, charged: int = 0, bears: int | None = None) -> Item:
    return Item(1, CONTRACT, Month(2026, 11), due_on, yen, yen if bears is None else bears, charged, paid)


def later(days: int) -> date:
    return DUE + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "yen"),
    [(-30, 0), (0, 0), (1, 44), (2, 88), (31, 1_364), (365, 16_060), (366, 16_104)],
)
def test_r16_2_interest_runs_from_the_day_after_the_due_date_and_is_rounded_down(days: int, yen: int) -> None:
    """110,000 yen at 14.6 % are 44 yen a day; a year of 365 days gives 14.6 % exactly, leap years go on by day."""
    assert accrued(item(), later(days), RATE).yen == yen


def test_r16_2_the_day_of_payment_bears_interest_and_the_next_does_not() -> None:
    paid = item(110_000, Paid(later(10), 110_000))
    assert [accrued(paid, later(n), RATE).yen for n in (9, 10, 11, 99)] == [396, 440, 440, 440]
    assert accrued(paid, later(99), RATE).days == 10
    assert accrued(item(110_000, Paid(later(0), 110_000)), later(99), RATE).yen == 0


def test_r16_2_a_part_payment_lowers_what_bears_interest_from_the_next_day() -> None:
    part = item(110_000, Paid(later(10), 60_000))
    assert accrued(part, later(20), RATE).yen == (110_000 * 10 + 50_000 * 10) * 146 // 365_000


def test_r16_2_interest_bears_no_interest() -> None:
    """Simple interest: of 110,000 yen, 10,000 are late interest of before."""
    assert accrued(item(bears=100_000), later(10), RATE).yen == 400
    interest_first = item(110_000, Paid(later(0), 10_000), bears=100_000)
    assert accrued(interest_first, later(10), RATE).yen == 400


def test_r16_2_the_rounding_is_once_per_document_however_often_it_is_charged() -> None:
    one, total = item(333), 0
    for days in range(1, 400, 7):
        due = charges([replace(one, charged_yen=total)], later(days), RATE)
        total += sum(charge.yen for charge in due)
    assert total == accrued(one, later(393), RATE).yen == 333 * 393 * 146 // 365_000


def test_r16_2_too_much_charged_is_given_back_when_an_earlier_payment_comes_to_light() -> None:
    (back,) = charges([item(110_000, Paid(later(5), 110_000), charged=440)], later(40), RATE)
    assert (back.yen, back.number) == (-220, 1)


@given(
    st.integers(1, 10**7), st.lists(st.tuples(st.integers(-40, 500), st.integers(1, 10**6)), max_size=6),
    st.integers(-10, 600),
)  # fmt: skip
def test_r16_2_interest_is_the_sum_of_the_days(yen: int, paid: list[tuple[int, int]], until: int) -> None:
    """Against counting day by day, with fractions."""
    one = item(yen, *(Paid(later(days), part) for days, part in paid))
    product = 0
    for day in range(1, until + 1):
        before = sum(part for days, part in paid if days < day)
        product += max(0, yen - before)
    assert accrued(one, later(until), RATE).yen == int(Fraction(product * 146, 365_000))


@pytest.mark.parametrize(
    ("due", "issued", "accelerated", "expected"),
    [
        (date(2026, 12, 31), date(2026, 12, 1), None, date(2026, 12, 31)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 10), date(2026, 12, 10)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 10), date(2026, 12, 31)),
        (date(2027, 1, 31), date(2027, 1, 1), date(2026, 12, 10), date(2027, 1, 1)),
    ],
)
def test_r19_all_debts_become_due_that_day_and_later_documents_at_their_issue(
    due: date, issued: date, accelerated: date | None, expected: date
) -> None:
    assert due_after(due, issued, accelerated) == expected


@pytest.mark.parametrize(
    ("paid", "on", "name"),
    [
        (0, DUE, "open"), (0, later(1), "overdue"), (50_000, DUE, "part_paid"), (50_000, later(1), "overdue"),
        (109_120, later(1), "bank_fee_short"), (109_119, later(1), "overdue"), (110_000, later(1), "paid"),
        (110_001, later(1), "overpaid"),
    ],
)  # fmt: skip
def test_r16_1_a_shortfall_by_a_bank_fee_is_a_named_state(paid: int, on: date, name: str) -> None:
    one = item(110_000, *((Paid(DUE, paid),) if paid else ()))
    assert state(one, on, 880) == name


def test_r22_what_was_paid_of_each_months_fees() -> None:
    """R22, R28: late interest is no fee, and money pays interest first."""
    items = [
        item(11_000, Paid(DUE, 11_000)), item(11_500, Paid(DUE, 6_000), bears=11_000),
        replace(item(500, Paid(DUE, 500), bears=0), month=Month(2026, 12)),
    ]  # fmt: skip
    assert paid_by_month(items) == {Month(2026, 11): 11_000 + 5_500, Month(2026, 12): 0}
