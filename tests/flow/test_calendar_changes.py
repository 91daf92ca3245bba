"""When the answer of a calendar changes: summer time, segments, and the property that `changes` misses nothing."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.contract.hours import is_open
from smartdesk_pbx.flow.calendar import (
    HORIZON,
    Calendar,
    Closure,
    SpecialDays,
    answer,
    changes,
    next_open,
    segments,
)
from smartdesk_pbx.flow.wall import first_instant

OFFICE = ("mon-fri 09:00-18:00", "sat 10:00-12:00 13:00-15:00")
YEAR_END = SpecialDays(name="new-year", days="12-29..01-03")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


def on(text: str, zone: ZoneInfo = TOKYO, fold: int = 0) -> datetime:
    """`2026-11-16 09:00` (a Monday) on the clock of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def seen(calendar: Calendar, since: str, until: str) -> list[tuple[str, str]]:
    """The changes between two days: the instant in UTC, and the value from then on."""
    zone = ZoneInfo(calendar.zone)
    found = changes(calendar, on(since, zone), on(until, zone))
    return [(f"{at.astimezone(UTC):%m-%d %H:%M}", new.value) for at, new in found]


def test_the_hour_that_summer_time_skips() -> None:
    """Berlin 2027-03-28: 02:00 becomes 03:00 (01:00 UTC). New York 2027-03-14: the same at 07:00 UTC."""
    berlin = Calendar(zone="Europe/Berlin", weekly=("sat+sun 22:00-02:30", "sun 02:45-04:00"), holidays="none")
    assert seen(berlin, "2027-03-28 00:00", "2027-03-28 12:00") == [("03-28 02:00", "closed")], "one stretch till 04:00"
    gone = Calendar(zone="America/New_York", weekly=("sun 02:15-02:45",), holidays="none")
    assert seen(gone, "2027-03-14 00:00", "2027-03-15 00:00") == [], "hours that no clock showed"
    late = Calendar(zone="America/New_York", weekly=("sun 02:30-03:15",), holidays="none")
    assert seen(late, "2027-03-14 00:00", "2027-03-15 00:00") == [("03-14 07:00", "open"), ("03-14 07:15", "closed")]


def test_the_hour_that_comes_twice_counts_the_first_time() -> None:
    """Berlin 2026-10-25: 03:00 becomes 02:00 (01:00 UTC). New York 2026-11-01: 02:00 becomes 01:00 (06:00 UTC)."""
    berlin = Calendar(zone="Europe/Berlin", weekly=("sat 22:00-02:30", "sun 05:00-06:00"), holidays="none")
    assert seen(berlin, "2026-10-24 23:00", "2026-10-25 12:00") == [
        *(("10-25 00:30", "closed"), ("10-25 04:00", "open"), ("10-25 05:00", "closed"))
    ]
    second = answer(berlin, on("2026-10-25 02:10", BERLIN, fold=1))
    assert second.value == "closed" and "Sunday 2026-10-25 02:10 (the second time) in Europe/Berlin" in second.why
    york = Calendar(zone="America/New_York", weekly=("sun 01:30-09:00",), holidays="none")
    assert seen(york, "2026-11-01 00:00", "2026-11-02 00:00") == [("11-01 05:30", "open"), ("11-01 14:00", "closed")]


def test_hours_keep_the_wall_clock_over_the_year() -> None:
    calendar = Calendar(zone="Europe/Berlin", weekly=("mon-fri 09:00-17:00",), holidays="none")
    found = list(changes(calendar, on("2026-10-01", BERLIN), on("2027-10-01", BERLIN)))
    assert {f"{at.astimezone(BERLIN):%H:%M} {new.value}" for at, new in found} == {"09:00 open", "17:00 closed"}
    assert len(found) == 2 * 261


@pytest.mark.parametrize("zone", ["America/St_Johns", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe"])
@pytest.mark.parametrize("year", [2010, 2011])
def test_days_follow_each_other_also_where_clocks_jump_over_midnight(zone: str, year: int) -> None:
    midnights = [first_instant(ZoneInfo(zone), date(year, 1, 1) + timedelta(days=i), 0) for i in range(366)]
    assert midnights == sorted(midnights)
    round_the_clock = Calendar(zone=zone, weekly=("mon-sun 00:00-24:00",), holidays="none")
    assert next(changes(round_the_clock, midnights[0], midnights[-1]), None) is None


def test_a_day_that_has_begun_does_not_end_when_the_clock_is_put_back_over_its_midnight() -> None:
    """Newfoundland, Sunday 2010-11-07: at 00:01 the clock went back to 23:01 of Saturday."""
    sunday = SpecialDays(name="sunday", days="2010-11-07")
    calendar = Calendar(zone="America/St_Johns", weekly=("mon-sun 00:00-24:00",), exceptions=(sunday,))
    found = [
        new.value for _, new in changes(calendar, datetime(2010, 11, 6, tzinfo=UTC), datetime(2010, 11, 9, tzinfo=UTC))
    ]
    assert found == ["exception sunday", "open"]
    again = on("2010-11-06 23:30", ZoneInfo("America/St_Johns"), fold=1)
    assert answer(calendar, again).value == "exception sunday"


def test_a_closure_that_begins_in_the_hour_that_comes_twice() -> None:
    calendar = Calendar(zone="Europe/Berlin", weekly=("mon-sun 00:00-24:00",), holidays="none")
    closure = Closure(on("2026-10-25 02:30", BERLIN), None)
    assert answer(calendar, on("2026-10-25 02:10", BERLIN), [closure]).value == "open"
    assert answer(calendar, on("2026-10-25 02:10", BERLIN, fold=1), [closure]).value == "closed", "50 minutes later"


def test_next_open() -> None:
    calendar = Calendar(weekly=OFFICE, exceptions=(YEAR_END,))
    assert next_open(calendar, on("2026-12-28 18:00")) == on("2027-01-04 09:00")
    assert next_open(calendar, on("2026-11-24 10:00")) == on("2026-11-24 10:00"), "it is open"
    assert next_open(Calendar(weekly=("mon-sun closed",)), on("2026-11-24 10:00")) is None


def test_segments_are_the_combinations_that_occur_with_an_example_inside() -> None:
    calendars = {
        "desk": Calendar(weekly=("mon-fri 09:00-18:00",), exceptions=(YEAR_END,)),
        "sales": Calendar(weekly=("mon-fri 10:00-18:00",), holidays="none"),
    }
    since = on("2026-11-24 09:59")
    found = segments(calendars, since, since + HORIZON)
    assert [tuple(v for _, v in one.answers) for one in found] == [
        ("open", "closed"),
        ("open", "open"),
        ("closed", "closed"),
        ("exception new-year", "closed"),
        ("exception new-year", "open"),
        ("holiday", "closed"),
        ("holiday", "open"),
    ], "never closed while sales is open"
    assert found[0].example == on("2026-11-24 09:59:30") and found[1].example == on("2026-11-24 10:05")
    for one in found:
        assert one.answers == tuple((name, answer(calendars[name], one.example).value) for name in calendars)
    assert [one.answers for one in segments({}, since, since + HORIZON)] == [()]


def test_thirteen_months_take_no_time() -> None:
    weekly = ("mon-fri 07:00-09:00 09:30-12:00 13:00-18:00 22:00-04:00", "sat+sun 10:00-12:00 13:00-15:00")
    calendar = Calendar(zone="Europe/Berlin", weekly=weekly, exceptions=(YEAR_END,))
    begun = time.process_time()
    assert len(list(changes(calendar, on("2035-01-01"), on("2035-01-01") + HORIZON))) > 2500
    assert time.process_time() - begun < 0.5


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


_quarter = st.integers(0, 95).map(lambda i: _clock(i * 15))
_span = st.tuples(_quarter, _quarter).filter(lambda s: s[0] != s[1]).map("-".join)
_line = st.tuples(
    st.sampled_from(["mon-fri", "sat+sun", "mon-sun", "fri-mon"]), st.lists(_span, min_size=1, max_size=2)
)
_lines = st.lists(_line.map(lambda line: " ".join((line[0], *line[1]))), min_size=1, max_size=3).map(tuple)
_days = st.sampled_from(["12-29..01-03", "10-25", "03-28", "2027-03-13..2027-03-15", "11-01", "02-29", "2026-11-22"])
_special = st.builds(
    SpecialDays, name=st.sampled_from(["a", "b"]), days=_days, hours=st.lists(_span, max_size=2).map(tuple)
)
_calendars = st.builds(
    Calendar,
    zone=st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    weekly=_lines,
    holidays=st.sampled_from(["JP", "none"]),
    closed=st.lists(_days, max_size=2).map(tuple),
    exceptions=st.lists(_special, max_size=2, unique_by=lambda one: one.days).map(tuple),
)
_starts = st.one_of(
    st.sampled_from([datetime(2026, 10, 24, 22), datetime(2027, 3, 27, 22), datetime(2026, 10, 31, 22)]),
    st.sampled_from([datetime(2027, 3, 13, 22), datetime(2026, 12, 30, 20), datetime(2028, 2, 28, 10)]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 1)),
).map(lambda at: at.replace(tzinfo=UTC, second=0, microsecond=0))
_closures = st.lists(
    st.tuples(st.integers(-60, 1500), st.none() | st.integers(0, 600)), max_size=2
)  # minutes after the start, and how many


@settings(max_examples=60, deadline=None)
@given(_calendars, _starts, _closures)
@example(Calendar(zone="Europe/Berlin", weekly=("mon-sun 22:00-02:30",)), datetime(2026, 10, 24, 22, tzinfo=UTC), [])
def test_changes_are_exactly_what_sampling_every_minute_finds(
    calendar: Calendar, since: datetime, spans: list[tuple[int, int | None]]
) -> None:
    closures = [
        Closure(since + begin * MINUTE, None if lasts is None else since + (begin + lasts) * MINUTE)
        for begin, lasts in spans
    ]
    minutes = [since + i * MINUTE for i in range(1, 1600)]
    before, sampled = answer(calendar, since, closures).value, []
    for at in minutes:
        now = answer(calendar, at, closures)
        if now.value != before:
            sampled.append((at, now))
        before = now.value
    assert list(changes(calendar, since, minutes[-1] + MINUTE, closures)) == sampled


@settings(max_examples=200, deadline=None)
@given(_lines, st.lists(_days, max_size=2), st.booleans(), st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)))
def test_r7_4_answering_hours_and_calendars_read_the_same_lines_alike(
    weekly: tuple[str, ...], closed: list[str], hol: bool, when: datetime
) -> None:
    """Two readings that share the words but not the way: R7.4 by minutes of the day, a calendar by instants."""
    lines = (*weekly, "hol 10:00-03:00") if hol else weekly
    calendar = Calendar(weekly=lines, closed=tuple(closed), holidays="JP" if hol else "none")
    at = when.replace(tzinfo=UTC)
    assert (answer(calendar, at).value == "open") == is_open(lines, closed, at)
