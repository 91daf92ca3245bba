"""R7.4: the hours of human answering: weeks, national holidays, company days, nights; always Tokyo's clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.contract.hours import is_holiday, is_open, read_closed, read_line
from smartdesk_pbx.contract.settings import ServiceSettings, faults
from smartdesk_pbx.errors import RuleBroken

OFFICE = ("mon-fri 09:00-18:00", "sat 10:00-12:00 13:00-15:00")


def at(text: str) -> datetime:
    """A time in Tokyo, `2026-11-16 09:00` (a Monday)."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("when", "is_it"),
    [
        ("2026-11-16 08:59:59", False),
        ("2026-11-16 09:00:00", True),
        ("2026-11-16 17:59:59", True),
        ("2026-11-16 18:00:00", False),
        ("2026-11-21 12:30:00", False),
        ("2026-11-21 13:00:00", True),
        ("2026-11-22 11:00:00", False),
    ],
)
def test_r7_4_a_week_of_hours_to_the_second(when: str, is_it: bool) -> None:
    assert is_open(OFFICE, (), at(when)) is is_it
    assert is_open(OFFICE, (), at(when).astimezone(UTC)) is is_it, "whatever zone the instant is written in"


def test_r7_4_nothing_written_means_round_the_clock() -> None:
    assert is_open((), (), at("2026-01-01 03:00"))
    assert not is_open((), ("01-01",), at("2026-01-01 03:00"))


@pytest.mark.parametrize(
    ("when", "is_it"),
    [
        ("2026-11-20 21:59", False),
        ("2026-11-20 22:00", True),
        ("2026-11-21 05:59", True),
        ("2026-11-21 06:00", False),
        ("2026-11-21 22:00", False),
        ("2026-11-16 00:30", False),
        ("2026-11-17 00:30", True),
    ],
)
def test_r7_4_a_night_belongs_to_the_day_on_which_it_begins(when: str, is_it: bool) -> None:
    assert is_open(("mon-fri 22:00-06:00",), (), at(when)) is is_it


def test_r7_4_national_holidays_have_hours_of_their_own_once_a_line_names_them() -> None:
    labour_day = "2026-11-23 10:00"  # 勤労感謝の日, a Monday
    assert is_open(OFFICE, (), at(labour_day)), "without a line for holidays they are ordinary days"
    assert not is_open((*OFFICE, "hol closed"), (), at(labour_day))
    assert is_open((*OFFICE, "hol 10:00-12:00"), (), at(labour_day))
    assert not is_open((*OFFICE, "hol 10:00-12:00"), (), at("2026-11-23 13:00"))
    assert is_open((*OFFICE, "hol closed"), (), at("2026-11-24 10:00"))


@pytest.mark.parametrize(
    ("day", "is_it"),
    [
        (date(2026, 5, 6), True),  # 振替休日: Constitution Day fell on a Sunday
        (date(2026, 9, 22), True),  # 国民の休日: between two holidays
        (date(2026, 3, 20), True),  # 春分の日
        (date(2028, 2, 29), False),
        (date(2026, 8, 13), False),
    ],
)
def test_r7_4_substitute_holidays_are_known(day: date, is_it: bool) -> None:
    assert is_holiday(day) is is_it


@pytest.mark.parametrize(
    ("when", "is_it"),
    [
        ("2026-12-28 10:00", True),
        ("2026-12-29 10:00", False),
        ("2027-01-01 10:00", False),
        ("2027-01-04 10:00", True),
        ("2026-08-12 10:00", True),
        ("2026-08-13 10:00", False),
        ("2026-08-14 10:00", False),
        ("2027-08-13 10:00", True),
    ],
)
def test_r7_4_company_days_also_over_the_turn_of_the_year(when: str, is_it: bool) -> None:
    assert is_open(OFFICE, ("12-29..01-03", "2026-08-13..2026-08-14"), at(when)) is is_it


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_r7_4_whole_days_of_every_kind_leave_no_gap(when: datetime) -> None:
    assert is_open(("mon-sun 00:00-24:00", "hol 00:00-24:00"), (), when)
    assert is_open(("mon-sun 06:00-06:00".replace("06:00-06:00", "06:00-05:59"),), (), when) or (
        when.astimezone(TOKYO).strftime("%H:%M") == "05:59"
    )


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_r7_4_a_closed_day_is_closed_and_its_neighbours_are_not(day: date) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=TOKYO)
    for closed in (f"{day}", f"{day:%m-%d}", f"{day}..{day}"):
        assert not is_open((), (closed,), noon)
        assert is_open((), (closed,), noon + timedelta(days=1)) and is_open((), (closed,), noon - timedelta(days=1))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("monday 09:00-18:00", "'monday' is no day"),
        ("mon-hol 09:00-18:00", "is no day of a week"),
        ("mon 9:00-18:00", "write 09:00-18:00"),
        ("mon 09:00-09:00", "at different times"),
        ("mon 09:00-24:30", "between 00:00 and 24:00"),
        ("mon", "needs days and times"),
    ],
)
def test_r7_4_hours_that_cannot_be_read_say_why(line: str, said: str) -> None:
    with pytest.raises(RuleBroken, match=said):
        read_line(line)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-08-15..2026-08-13", "08-13..2026-08-15", "tomorrow", "13-01"])
def test_r7_4_company_days_that_are_none(text: str) -> None:
    with pytest.raises(RuleBroken):
        read_closed(text)


def test_r7_4_mistakes_in_settings_name_the_setting() -> None:
    found = faults({"answering_hours": ["mon-fri 9-18"], "closed_days": ["02-30"]})
    assert [f.loc for f in found] == [("answering_hours", 0), ("closed_days", 0)]
    assert "write 09:00-18:00" in found[0].wrong and "mon-fri 09:00-18:00" in found[0].right
    assert ServiceSettings(answering_hours=OFFICE, closed_days=("12-29..01-03",)).answering_hours == OFFICE
