"""Calendars as people write them: each kind of mistake says where it stands and what would be right."""

from typing import Any

import pytest
from pydantic import ValidationError

from smartdesk_pbx.flow.calendar import Calendar, SpecialDays

OFFICE = ("mon-fri 09:00-18:00", "sat 10:00-12:00 13:00-15:00")
YEAR_END = SpecialDays(name="new-year", days="12-29..01-03")


@pytest.mark.parametrize(
    ("written", "loc", "said"),
    [
        ({"zone": "Asia/Tokio"}, ("zone",), "no time zone 'Asia/Tokio'; did you mean 'Asia/Tokyo'?"),
        ({"zone": "tokyo"}, ("zone",), "did you mean 'Asia/Tokyo'?"),
        ({"zone": "localtime"}, ("zone",), "write a name of the IANA time zones, such as 'Asia/Tokyo'"),
        ({"zone": "../../etc/passwd"}, ("zone",), "no time zone"),
        ({"zone": "Asia"}, ("zone",), "no time zone"),
        ({"zone": "right/Asia/Tokyo"}, ("zone",), "no time zone"),
        ({"weekly": ["mon-fri 9-18"]}, ("weekly", 0), "'9-18' is no span of time (write 09:00-18:00)"),
        ({"weekly": [*OFFICE, "hol"]}, ("weekly", 2), "'hol' needs days and times; write 'mon-fri 09:00-18:00'"),
        ({"weekly": []}, ("weekly",), "write 'mon-sun 00:00-24:00' for round the clock"),
        (
            {"weekly": ["mon-fri 09:00-18:00", "wed closed"]},
            ("weekly",),
            "'wed closed' does not close what 'mon-fri 09:00-18:00' opens; name wed in one of them only",
        ),
        ({"weekly": ["hol 10:00-12:00"], "holidays": "none"}, (), "a line for 'hol', but holidays: none"),
        ({"holidays": "US"}, ("holidays",), "'JP' or 'none'"),
        ({"closed": ["2026-02-30"]}, ("closed", 0), "'2026-02-30' is no day; write 2026-08-13"),
        ({"closed": ["12-29..02-30"]}, ("closed", 0), "'12-29..02-30': '02-30' is no day; write"),
        ({"closed": ["12-29", "2027-01-03..2026-12-29"]}, ("closed", 1), "does not run from a day to a later one"),
        ({"exceptions": [{"name": "New Year", "days": "01-01"}]}, ("exceptions", 0, "name"), "match pattern"),
        ({"exceptions": [{"name": "x", "days": "new year"}]}, ("exceptions", 0, "days"), "'new year' is no day; write"),
        (
            {"exceptions": [{"name": "x", "days": "01-01", "hours": ["09:00-12:00", "13-15"]}]},
            ("exceptions", 0, "hours", 1),
            "'13-15' is no span of time (write 09:00-18:00)",
        ),
        (
            {"exceptions": [{"name": "x", "days": "01-01", "hours": ["closed", "09:00-12:00"]}]},
            ("exceptions", 0, "hours"),
            "'closed' and hours on the same days",
        ),
        (
            {"exceptions": [{"name": "summer", "days": "07-01..08-31"}, {"name": "obon", "days": "2026-08-13"}]},
            ("exceptions",),
            "exception 'obon' (2026-08-13) never counts: 'summer' (07-01..08-31) stands before it",
        ),
        ({"weakly": []}, ("weakly",), "not permitted"),
    ],
)
def test_mistakes_say_where_and_what_would_be_right(
    written: dict[str, Any], loc: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        Calendar.model_validate({"weekly": OFFICE, **written})
    (found,) = raised.value.errors()
    assert found["loc"] == loc and said in found["msg"]
    assert found["msg"].count(f"{found['input']!r}") <= 1, "what was written is not said twice"


def test_all_mistakes_at_once() -> None:
    with pytest.raises(ValidationError) as raised:
        Calendar.model_validate({"zone": "Mars", "weekly": ["x", "y"], "closed": ["z"], "exceptions": [{}]})
    assert len(raised.value.errors()) == 6


@pytest.mark.parametrize(
    ("early", "late", "shadowed"),
    [
        ("12-29..01-03", "01-01", True),
        ("12-29..01-03", "2026-12-31..2027-01-02", True),
        ("12-29..01-03", "2026-12-28..2027-01-02", False),
        ("2026-08-01..2026-08-31", "2026-08-13..2026-08-15", True),
        ("2026-08-01..2026-08-31", "2026-08-13..2026-09-15", False),
        ("2026-08-01..2026-08-31", "08-13..08-15", False),
        ("02-28..03-01", "02-29", True),
        ("02-28", "02-28..02-29", False),
        ("01-01..12-31", "9999-12-31", True),
    ],
)
def test_an_exception_that_can_never_count_is_refused(early: str, late: str, shadowed: bool) -> None:
    written = {"weekly": OFFICE, "exceptions": [{"name": "a", "days": early}, {"name": "b", "days": late}]}
    if shadowed:
        with pytest.raises(ValidationError, match="never counts"):
            Calendar.model_validate(written)
    else:
        assert len(Calendar.model_validate(written).exceptions) == 2


def test_a_calendar_survives_storage() -> None:
    calendar = Calendar(weekly=OFFICE, closed=("02-29",), exceptions=(YEAR_END,))
    again = Calendar.model_validate_json(calendar.model_dump_json())
    assert again == calendar and hash(again) == hash(calendar)
