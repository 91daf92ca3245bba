"""Months and civil dates are Tokyo's, whatever the machine's zone."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.month import Month, midnight, tokyo_date
from smartdesk_pbx.errors import RuleBroken


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_the_25th_ends_in_tokyo(zone: str) -> None:
    assert os.environ["TZ"] == zone
    assert tokyo_date(datetime(2026, 11, 25, 14, 59, 59, tzinfo=UTC)) == date(2026, 11, 25)
    assert tokyo_date(datetime(2026, 11, 25, 15, 0, 0, tzinfo=UTC)) == date(2026, 11, 26)
    assert Month(2026, 12).starts_at == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_leap_years_and_year_ends() -> None:
    assert Month(2028, 2).last == date(2028, 2, 29)
    assert Month(2100, 2).last == date(2100, 2, 28)
    assert Month(2026, 12).plus(1) == Month(2027, 1)
    assert Month(2026, 1).plus(-1) == Month(2025, 12)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.integers(-1000, 1000))
def test_months_tile_the_calendar(day: date, months: int) -> None:
    month = Month.of(day)
    assert month.first <= day <= month.last
    assert month.ends_at == month.plus(1).starts_at
    assert month.plus(months).plus(-months) == month
    assert Month.parse(str(month)) == month
    assert month.starts_at <= midnight(day) < month.ends_at


@pytest.mark.parametrize("text", ["2026-13", "2026-0", "26-01", "2026-1", "2026-01-01", "", "0000-01", "２０２６-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match="write it as 2026-11"):
        Month.parse(text)


def test_a_naive_time_has_no_date() -> None:
    with pytest.raises(ValueError, match="zone"):
        tokyo_date(datetime(2026, 11, 25))
