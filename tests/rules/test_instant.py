"""Times as operations type them: Tokyo's, unless an offset says otherwise."""

from datetime import UTC, datetime

import pytest

from smartdesk_pbx.contract.instant import read_instant, read_until, shown
from smartdesk_pbx.errors import RuleBroken

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
"""10:30 on a Tuesday in Tokyo."""


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-24T01:30:00+00:00"),
        ("2026-12-01 09:00", "2026-12-01T00:00:00+00:00"),
        ("2026-12-01T09:00:07", "2026-12-01T00:00:07+00:00"),
        ("2026-12-01T09:00:00+01:00", "2026-12-01T08:00:00+00:00"),
        ("2026-12-01T09:00Z", "2026-12-01T09:00:00+00:00"),
        ("18:00", "2026-11-24T09:00:00+00:00"),
        ("08:15:30", "2026-11-23T23:15:30+00:00"),
    ],
)
def test_an_instant_is_tokyos_unless_an_offset_is_given(text: str, utc: str) -> None:
    assert read_instant(text, NOW).isoformat() == utc


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-12-01", "2026-13-01 09:00", "9h", "25:00", "1 Dec 2026"])
def test_what_is_no_instant_is_told_with_what_would_be(text: str) -> None:
    with pytest.raises(RuleBroken, match=r"is no time: write 2026-12-01 09:00 \(Tokyo\), 2026-12-01T09:00:00\+09:00"):
        read_instant(text, NOW)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        (None, "2026-11-24T15:00:00+00:00"),
        ("2026-11-24", "2026-11-24T15:00:00+00:00"),
        ("2026-11-30", "2026-11-30T15:00:00+00:00"),
        ("18:00", "2026-11-24T09:00:00+00:00"),
        ("2026-11-30 12:00", "2026-11-30T03:00:00+00:00"),
    ],
)
def test_closed_until_the_end_of_today_of_a_day_or_a_time(text: str | None, utc: str) -> None:
    found = read_until(text, NOW)
    assert found and found.isoformat() == utc


def test_until_further_notice_has_no_end() -> None:
    assert read_until("further notice", NOW) is None


def test_just_after_midnight_today_is_the_new_day() -> None:
    found = read_until(None, datetime(2026, 11, 24, 15, 0, 1, tzinfo=UTC))
    assert found == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-23", "10:30", "2026-11-24T10:29:59"])
def test_an_end_that_has_passed_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match=r"has passed; it is Tue 2026-11-24 10:30"):
        read_until(text, NOW)


def test_what_is_no_end_is_told_with_what_would_be() -> None:
    with pytest.raises(RuleBroken, match="2026-12-01 for all of that day, or 'further notice'"):
        read_until("soon", NOW)


def test_seconds_are_shown_where_there_are_any() -> None:
    assert (shown(NOW), shown(NOW.replace(second=5))) == ("Tue 2026-11-24 10:30", "Tue 2026-11-24 10:30:05")
