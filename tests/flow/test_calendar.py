"""Calendars of flows: what is answered at any instant, and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.flow.calendar import (
    Answer,
    Calendar,
    Closure,
    SpecialDays,
    answer,
    changes,
    next_open,
)

OFFICE = ("mon-fri 09:00-18:00", "sat 10:00-12:00 13:00-15:00")
YEAR_END = SpecialDays(name="new-year", days="12-29..01-03")


def on(text: str, zone: ZoneInfo = TOKYO, fold: int = 0) -> datetime:
    """`2026-11-16 09:00` (a Monday) on the clock of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def value(calendar: Calendar, text: str, closures: Sequence[Closure] = ()) -> str:
    return answer(calendar, on(text, ZoneInfo(calendar.zone)), closures).value


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-24 08:59:59", "closed"),
        ("2026-11-24 09:00", "open"),
        ("2026-11-24 17:59:59", "open"),
        ("2026-11-24 18:00", "closed"),
        ("2026-11-21 12:30", "closed"),
        ("2026-11-22 10:00", "closed"),
        ("2026-11-23 00:00", "holiday"),  # 勤労感謝の日, a Monday
        ("2026-11-23 23:59:59", "holiday"),
        ("2026-05-06 10:00", "holiday"),  # 振替休日: Constitution Day fell on a Sunday
        ("2026-09-22 10:00", "holiday"),  # 国民の休日
        ("2026-12-31 10:00", "open"),  # 大晦日, a Thursday: no national holiday
        ("2027-01-01 10:00", "holiday"),
    ],
)
def test_a_week_and_national_holidays(when: str, expected: str) -> None:
    assert value(Calendar(weekly=OFFICE), when) == expected


def test_holidays_with_a_line_of_their_own_or_none_at_all() -> None:
    labour_day = "2026-11-23 10:00"
    assert value(Calendar(weekly=(*OFFICE, "hol 10:00-12:00")), labour_day) == "open"
    assert value(Calendar(weekly=(*OFFICE, "hol 10:00-12:00")), "2026-11-23 09:30") == "closed"
    assert value(Calendar(weekly=(*OFFICE, "hol closed")), labour_day) == "closed"
    assert value(Calendar(weekly=OFFICE, holidays="none"), labour_day) == "open"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-21 05:59", "open"),  # Friday's night
        ("2026-11-21 06:00", "closed"),
        ("2026-11-23 03:00", "holiday"),  # Sunday has no night
        ("2026-11-23 23:00", "holiday"),
        ("2026-11-24 03:00", "closed"),  # the holiday had no night
        ("2026-11-24 22:00", "open"),
        ("2026-11-26 03:00", "open"),  # Wednesday's night runs into a company day
        ("2026-11-26 06:00", "closed"),
        ("2026-11-27 03:00", "closed"),
        ("2026-12-29 05:59", "open"),  # Monday's night runs into the exception
        ("2026-12-29 06:00", "exception new-year"),
        ("2027-01-03 23:59", "exception new-year"),
        ("2027-01-04 00:00", "closed"),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(when: str, expected: str) -> None:
    nights = Calendar(weekly=("mon-fri 22:00-06:00",), closed=("2026-11-26",), exceptions=(YEAR_END,))
    assert value(nights, when) == expected


def test_nights_of_holidays_and_of_exceptions_are_theirs() -> None:
    party = SpecialDays(name="party", days="2026-12-24", hours=("20:00-04:00",))
    calendar = Calendar(weekly=(*OFFICE, "hol 20:00-02:00"), exceptions=(party,))
    assert [value(calendar, f"2026-11-{t}") for t in ("23 10:00", "24 01:59", "24 02:00")] == [
        "closed",
        "open",
        "closed",
    ]
    assert [value(calendar, f"2026-12-{t}") for t in ("24 10:00", "25 03:59", "25 04:00", "25 10:00")] == [
        *("closed", "open", "closed", "open")
    ]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-12-28 10:00", "open"),
        ("2026-12-29 00:00", "exception new-year"),
        ("2027-01-01 10:00", "exception new-year"),  # before the national holiday
        ("2027-01-03 10:00", "exception new-year"),
        ("2027-01-04 10:00", "open"),
        ("2031-12-31 10:00", "exception new-year"),
        ("2028-02-29 10:00", "closed"),
        ("2028-02-28 10:00", "open"),
        ("2028-03-01 10:00", "open"),
        ("2027-03-01 10:00", "open"),  # no leap day, and none in its place
    ],
)
def test_yearly_ranges_over_the_turn_of_the_year_and_a_leap_day(when: str, expected: str) -> None:
    assert value(Calendar(weekly=OFFICE, closed=("02-29",), exceptions=(YEAR_END,)), when) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-08-10 11:00", "open"),  # summer's hours
        ("2026-08-10 09:30", "closed"),
        ("2026-08-11 11:00", "open"),  # 山の日: the exception stands before the holiday
        ("2026-08-13 11:00", "exception obon"),  # listed before summer
        ("2026-08-15 11:00", "closed"),  # a stocktaking inside both
        ("2026-08-16 11:00", "open"),  # a Sunday, and a company day: summer stands before both
        ("2026-09-01 09:30", "open"),
    ],
)
def test_the_first_exception_that_holds_a_day_counts(when: str, expected: str) -> None:
    exceptions = (
        SpecialDays(name="stock", days="2026-08-15", hours=("closed",)),
        SpecialDays(name="obon", days="08-13..08-15"),
        SpecialDays(name="summer", days="08-01..08-31", hours=("10:00-12:00", "13:00-15:00")),
    )
    calendar = Calendar(weekly=OFFICE, closed=("2026-08-16",), exceptions=exceptions)
    assert value(calendar, when) == expected
    assert calendar.values == ("open", "closed", "holiday", "exception obon"), "only days without hours need a way"


def test_a_closure_lies_above_everything_until_it_ends() -> None:
    calendar = Calendar(weekly=OFFICE, exceptions=(YEAR_END,))
    noon = on("2026-11-24 12:00:30")
    typhoon = [Closure(noon, None, "typhoon")]
    assert value(calendar, "2026-11-24 12:00:29", typhoon) == "open"
    assert value(calendar, "2026-11-24 12:00:30", typhoon) == value(calendar, "2027-01-01 10:00", typhoon) == "closed"
    assert [at for at, _ in changes(calendar, on("2026-11-24 10:00"), on("2027-02-01"), typhoon)] == [noon]
    assert next_open(calendar, noon, typhoon) is None

    short = [Closure(noon, noon + timedelta(seconds=45))]
    after = list(changes(calendar, on("2026-11-24 10:00"), on("2026-11-24 17:00"), short))
    assert [(f"{at.astimezone(TOKYO):%H:%M:%S}", new.value) for at, new in after] == [
        ("12:00:30", "closed"),
        ("12:01:15", "open"),
    ]
    assert next_open(calendar, noon, short) == noon + timedelta(seconds=45)


@pytest.mark.parametrize(
    ("when", "closures", "why"),
    [
        ("2026-11-24 10:00", (), "Tuesday 2026-11-24 10:00 in Asia/Tokyo is within mon-fri 09:00-18:00"),
        ("2026-11-24 19:00", (), "Tuesday 2026-11-24 19:00 in Asia/Tokyo is outside mon-fri 09:00-18:00"),
        ("2026-11-22 10:00", (), "Sunday 2026-11-22 10:00 in Asia/Tokyo is on a day without hours"),
        ("2026-11-23 10:00", (), "Monday 2026-11-23 10:00 in Asia/Tokyo is national holiday 勤労感謝の日"),
        ("2026-12-30 10:00", (), "Wednesday 2026-12-30 10:00 in Asia/Tokyo is in exception new-year (12-29..01-03)"),
        ("2026-08-13 10:00", (), "Thursday 2026-08-13 10:00 in Asia/Tokyo is in company days 08-12..08-14"),
        (
            "2026-12-24 10:00",
            (),
            "Thursday 2026-12-24 10:00 in Asia/Tokyo is outside 20:00-02:00 of exception party (2026-12-24)",
        ),
        (
            "2026-12-25 01:00",
            (),
            "Friday 2026-12-25 01:00 in Asia/Tokyo is within 20:00-02:00 of exception party (2026-12-24)"
            " of Thursday 2026-12-24",
        ),
        (
            "2026-11-24 10:00",
            (Closure(on("2026-11-24 09:30"), on("2026-11-25 09:00"), "power cut"),),
            "closed since Tuesday 2026-11-24 09:30 in Asia/Tokyo until Wednesday 2026-11-25 09:00 in Asia/Tokyo"
            " (power cut)",
        ),
        (
            "2026-11-24 10:00",
            (Closure(on("2026-11-24 09:30"), None),),
            "closed since Tuesday 2026-11-24 09:30 in Asia/Tokyo until further notice",
        ),
    ],
)
def test_every_answer_says_why(when: str, closures: Sequence[Closure], why: str) -> None:
    party = SpecialDays(name="party", days="2026-12-24", hours=("20:00-02:00",))
    calendar = Calendar(weekly=OFFICE, closed=("08-12..08-14",), exceptions=(YEAR_END, party))
    assert answer(calendar, on(when), closures).why == why


def test_why_of_holidays_with_hours_and_of_closed_lines() -> None:
    calendar = Calendar(weekly=(*OFFICE, "sun closed", "hol 10:00-12:00"))
    assert answer(calendar, on("2026-11-23 10:00")).why.endswith(
        "within hol 10:00-12:00 (national holiday 勤労感謝の日)"
    )
    assert answer(calendar, on("2026-11-22 10:00")).why.endswith("is closed by sun closed")
    shut = SpecialDays(name="stock", days="03-31", hours=("closed",))
    said = answer(Calendar(weekly=OFFICE, exceptions=(shut,)), on("2027-03-31 10:00"))
    assert said == Answer("closed", "Wednesday 2027-03-31 10:00 in Asia/Tokyo is closed by exception stock (03-31)")
