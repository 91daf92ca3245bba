"""R31: one month ahead, and the version in force, by Tokyo's calendar."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.terms import (
    Version,
    check_effective,
    digest,
    earliest_effective,
    in_force,
    letter_text,
    notice_deadline,
)
from smartdesk_pbx.errors import RuleBroken

DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))


def version(name: str, effective_on: date, hour: int = 0) -> Version:
    return Version(name, "利用規約", name, digest(name), effective_on, datetime(2026, 1, 1, hour, tzinfo=UTC))


@pytest.mark.parametrize(
    ("effective_on", "by"),
    [
        (date(2026, 11, 15), date(2026, 10, 15)),
        (date(2026, 3, 31), date(2026, 2, 28)),
        (date(2028, 3, 31), date(2028, 2, 29)),
        (date(2028, 3, 29), date(2028, 2, 29)),
        (date(2027, 3, 29), date(2027, 2, 28)),
        (date(2027, 1, 1), date(2026, 12, 1)),
        (date(2026, 12, 31), date(2026, 11, 30)),
    ],
)
def test_r31_one_month_ahead_is_the_same_day_of_the_previous_month_or_its_last(effective_on: date, by: date) -> None:
    """Article 31.3."""
    assert notice_deadline(effective_on) == by


@given(DAYS)
def test_r31_the_earliest_day_is_in_time_and_the_day_before_is_not(told_on: date) -> None:
    earliest = earliest_effective(told_on)
    assert notice_deadline(earliest) >= told_on > notice_deadline(earliest - timedelta(days=1))
    assert 28 <= (earliest - told_on).days <= 31


@given(DAYS)
def test_r31_the_deadline_lies_in_the_month_before_and_never_after_the_same_day(effective_on: date) -> None:
    deadline = notice_deadline(effective_on)
    assert (effective_on.replace(day=1) - timedelta(days=1)).month == deadline.month
    last = calendar.monthrange(deadline.year, deadline.month)[1]
    assert deadline.day == min(effective_on.day, last)


def test_r31_a_notice_that_would_come_too_late_is_refused_and_says_when_it_would_not() -> None:
    first = version("1", date(2024, 1, 1))
    check_effective(date(2026, 11, 15), date(2026, 10, 15), [first])
    with pytest.raises(RuleBroken, match=r"by 2026-10-15.*may come into force on 2026-11-16"):
        check_effective(date(2026, 11, 15), date(2026, 10, 16), [first])
    check_effective(date(2024, 1, 1), date(2024, 1, 1), [])  # the first version changes nothing


def test_r31_the_version_in_force_is_the_latest_that_has_begun() -> None:
    first, second = version("1", date(2024, 1, 1)), version("2", date(2026, 11, 15))
    mended = version("2a", date(2026, 11, 15), hour=1)
    every = [second, first, mended]
    assert in_force(every, date(2023, 12, 31)) is None
    assert in_force(every, date(2026, 11, 14)) == first
    assert in_force(every, date(2026, 11, 15)) == in_force(every, date(2030, 1, 1)) == mended


def test_r31_the_notice_names_the_day_and_what_use_after_it_means() -> None:
    text = letter_text(version("2027-01", date(2027, 1, 1)))
    assert "効力発生日　2027年1月1日" in text and "2027-01" in text and "第31条第4項" in text
