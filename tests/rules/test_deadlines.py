"""R11, R12, R18: terms, the 25th, the last day, the fee."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.deadlines import (
    cancellation_on,
    early_fee_yen,
    expires_in,
    last_day_to_ask,
    plan_change_on,
    term_on,
    terms,
)
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.settings import ServiceSettings

BUILT_IN = ServiceSettings()
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def settings(**changed: object) -> ServiceSettings:
    return ServiceSettings.model_validate(changed)


@pytest.mark.parametrize(
    ("at", "plan", "end"),
    [
        ("2026-11-25T14:59:59Z", "2026-12-01", "2026-11-30"),  # the 25th, 23:59:59 in Tokyo
        ("2026-11-25T15:00:00Z", "2027-01-01", "2026-12-31"),  # the 26th, 00:00:00
        ("2026-11-30T15:00:00Z", "2027-01-01", "2026-12-31"),  # December the 1st, 00:00:00
        ("2026-12-25T14:59:59.999999Z", "2027-01-01", "2026-12-31"),
        ("2026-12-25T15:00:00Z", "2027-02-01", "2027-01-31"),
        ("2028-01-26T00:00:00Z", "2028-03-01", "2028-02-29"),
        ("2027-01-26T00:00:00Z", "2027-03-01", "2027-02-28"),
    ],
)
def test_r12_r18_the_25th_and_the_26th_in_tokyo(at: str, plan: str, end: str) -> None:
    """R12, R18.2: whatever the machine's zone, the day of the request is Tokyo's."""
    day = tokyo_date(datetime.fromisoformat(at))
    assert plan_change_on(day, BUILT_IN) == date.fromisoformat(plan)
    assert cancellation_on(day, BUILT_IN) == date.fromisoformat(end)


@given(DAYS)
def test_r12_a_plan_changes_on_a_first_at_least_four_days_ahead(day: date) -> None:
    on = plan_change_on(day, BUILT_IN)
    assert on.day == 1
    assert on == (Month.of(day).plus(1) if day.day <= 25 else Month.of(day).plus(2)).first
    assert on - day >= timedelta(days=4)
    assert plan_change_on(day + timedelta(days=1), BUILT_IN) >= on


@given(DAYS)
def test_r18_a_contract_ends_on_a_last_day_never_before_the_request(day: date) -> None:
    end = cancellation_on(day, BUILT_IN)
    assert (end + timedelta(days=1)).day == 1 and end >= day
    assert Month.of(end) == Month.of(day).plus(0 if day.day <= 25 else 1)


@given(DAYS, st.integers(1, 31), st.integers(1, 12))
def test_r18_the_deadline_and_the_delay_are_settings(day: date, deadline: int, late: int) -> None:
    """R18.2: when the terms are silent (after the 25th), a named setting speaks."""
    agreed = settings(request_deadline_day=deadline, late_cancellation_months=late)
    assert Month.of(cancellation_on(day, agreed)) == Month.of(day).plus(0 if day.day <= deadline else late)
    last = last_day_to_ask(Month.of(day), agreed)
    assert last == min(Month.of(day).last, Month.of(day).first + timedelta(days=deadline - 1))


@pytest.mark.parametrize(
    ("started", "months", "first", "second"),
    [
        ("2026-04-01", 12, "2027-03-31", "2028-03-31"),
        ("2026-04-15", 12, "2027-04-14", "2028-04-14"),
        ("2026-01-31", 1, "2026-02-28", "2026-03-30"),
        ("2024-02-29", 12, "2025-02-28", "2026-02-28"),
        ("2026-12-31", 2, "2027-02-28", "2027-04-30"),
    ],
)
def test_r11_a_term_ends_on_the_eve_of_its_day(started: str, months: int, first: str, second: str) -> None:
    """R11, Civil Code 143: the eve of the day of the same number, or the last day of a month without one."""
    agreed = settings(term_months=months, renewal_months=months)
    found = list(islice(terms(date.fromisoformat(started), agreed), 2))
    assert [term.to_on.isoformat() for term in found] == [first, second]


@given(DAYS, st.integers(1, 36), st.integers(1, 36), st.sampled_from(["day", "month"]))
def test_r11_terms_follow_each_other_without_gap(day: date, months: int, renewal: int, counts: str) -> None:
    agreed = settings(term_months=months, renewal_months=renewal, term_counts_from=counts)
    found = list(islice(terms(day, agreed), 6))
    assert found[0].from_on == day
    for one, other in pairwise(found):
        assert other.from_on == one.to_on + timedelta(days=1) and other.number == one.number + 1
    distances = [
        (b.last_month.year - a.last_month.year) * 12 + b.last_month.number - a.last_month.number
        for a, b in pairwise(found)
    ]
    assert all(abs(distance - renewal) <= 1 for distance in distances)
    assert term_on(found[3].to_on, day, agreed) == found[3]


def test_r11_the_started_month_may_count_as_whole() -> None:
    agreed = settings(term_counts_from="month")
    assert next(terms(date(2026, 4, 15), agreed)).to_on == date(2027, 3, 31)


def test_r11_without_renewal_there_is_one_term() -> None:
    agreed = settings(renewal_months=0)
    assert len(list(terms(date(2026, 4, 1), agreed))) == 1
    assert term_on(date(2030, 1, 1), date(2026, 4, 1), agreed).to_on == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("ends", "yen"),
    [
        ("2027-03-31", 0),  # the first term's last month
        ("2027-02-28", 10_000),
        ("2027-04-30", 10_000),
        ("2028-03-31", 0),  # that of the renewal
        ("2026-04-30", 10_000),
    ],
)
def test_r18_3_fee_outside_the_last_month(ends: str, yen: int) -> None:
    """R18.3: 10,000 yen, untaxed, unless the end falls in the term's last month."""
    assert early_fee_yen(date.fromisoformat(ends), date(2026, 4, 1), BUILT_IN) == yen


def test_r18_3_a_term_that_expires_within_a_month_makes_it_the_last_one() -> None:
    """The contract ends on the 31st; the term of the 15th expired on the 14th of that month."""
    assert early_fee_yen(date(2027, 4, 30), date(2026, 4, 15), BUILT_IN) == 0
    assert early_fee_yen(date(2027, 1, 31), date(2026, 1, 31), BUILT_IN) == 0
    assert early_fee_yen(date(2027, 3, 31), date(2026, 4, 15), BUILT_IN) == 10_000


@given(DAYS, st.integers(1, 36), st.integers(0, 36), st.integers(0, 100))
def test_r18_3_the_fee_is_due_in_exactly_the_months_without_an_expiry(
    day: date, months: int, renewal: int, ahead: int
) -> None:
    agreed = settings(term_months=months, renewal_months=renewal, cancellation_fee_yen=7)
    month = Month.of(day).plus(ahead)
    expiries = {term.last_month for term in islice(terms(day, agreed), 110)}
    assert expires_in(month, day, agreed) == (month in expiries)
    assert early_fee_yen(month.last, day, agreed) == (0 if month in expiries else 7)


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        tokyo_date(datetime(2026, 11, 25))
    assert tokyo_date(datetime(2026, 11, 25, 15, tzinfo=UTC)) == date(2026, 11, 26)
