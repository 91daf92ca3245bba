"""Hours as a person writes them, and R7.4: the hours of human answering, in Tokyo. Pure.

A person writes `mon-fri 09:00-18:00`, `sat+sun 10:00-12:00 13:00-15:00`, `hol closed`; nothing at all means round the
clock. A span may run over midnight (`22:00-06:00`): it belongs to the day on which it begins. Days on which the company
is closed are written `2026-08-13..2026-08-15` or `12-29..01-03`. The calendars of flows are written in the same words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import RuleBroken

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "hol")
"""Days of a week, and national holidays (国民の祝日): with a line for them, no other line counts on one."""

HOLIDAY = 7
DAY_MINUTES = 1440

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_DATE = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})", re.ASCII)
_LEAP_YEAR = 2000
_FOUR_YEARS = 1461

SPAN_RIGHT = "write 09:00-18:00"
HOURS_RIGHT = "write 'mon-fri 09:00-18:00', 'sat+sun 10:00-12:00 13:00-15:00', 'hol closed'"
CLOSED_RIGHT = "write 2026-08-13, 2026-08-13..2026-08-15, or without the year for every year: 12-29..01-03"


@dataclass(frozen=True)
class Span:
    """Minutes since midnight of its day; `to` is outside and beyond 1440 when the span runs over midnight."""

    since: int
    to: int


@dataclass(frozen=True)
class Line:
    """The spans of some days (0 Monday … 6 Sunday, 7 holidays)."""

    days: frozenset[int]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class ClosedDays:
    """First and last day, (year, month, day); year 0 in both for every year."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]

    def holds(self, day: date) -> bool:
        """Is `day` one of them?"""
        this = (day.year if self.first[0] else 0, day.month, day.day)
        if self.first <= self.last:
            return self.first <= this <= self.last
        return this >= self.first or this <= self.last  # over the turn of a year


@cache
def read_line(text: str) -> Line:
    """One line of hours. Raises `RuleBroken` that says what is wrong."""
    words = text.split()
    if len(words) < 2:
        raise RuleBroken(f"{text!r} needs days and times")
    days = frozenset(day for part in words[0].lower().split("+") for day in _days(part))
    if words[1:] == ["closed"]:
        return Line(days, ())
    return Line(days, tuple(read_span(word) for word in words[1:]))


def _days(part: str) -> Iterable[int]:
    first, _, last = part.partition("-")
    last = last or first
    if first not in DAYS or last not in DAYS or (first != last and "hol" in (first, last)):
        raise RuleBroken(f"{part!r} is no day of a week: {', '.join(DAYS)}, or mon-fri")
    since, to = DAYS.index(first), DAYS.index(last)
    return (HOLIDAY,) if since == HOLIDAY else ((since + i) % 7 for i in range((to - since) % 7 + 1))


@cache
def read_span(word: str) -> Span:
    """One span of time, `09:00-18:00`. Raises `RuleBroken`."""
    found = _SPAN.fullmatch(word)
    if not found:
        raise RuleBroken(f"{word!r} is no span of time ({SPAN_RIGHT})")
    since, to = (int(found[i]) * 60 + int(found[i + 1]) for i in (1, 3))
    if since >= DAY_MINUTES or to > DAY_MINUTES or since == to:
        raise RuleBroken(f"{word!r} begins and ends between 00:00 and 24:00, at different times")
    return Span(since, to if to > since else to + DAY_MINUTES)


@cache
def read_closed(text: str) -> ClosedDays:
    """A company day or a run of them. Raises `RuleBroken`."""
    first, dots, last = text.partition("..")
    days = ClosedDays(_day(first, text), _day(last if dots else first, text))
    if bool(days.first[0]) != bool(days.last[0]) or (days.first[0] and days.last < days.first):
        raise RuleBroken(f"{text!r} does not run from a day to a later one")
    return days


def all_held(days: ClosedDays, by: ClosedDays) -> bool:
    """Is each of `days` one of `by`?"""
    if days.first[0] and by.first[0]:
        return by.first <= days.first and days.last <= by.last
    if by.first[0]:
        return False  # every year is more than once
    begin = date(*days.first) if days.first[0] else date(_LEAP_YEAR, 1, 1)
    some_years = range(begin.toordinal(), min(begin.toordinal() + _FOUR_YEARS, date.max.toordinal() + 1))
    return all(by.holds(day) for day in map(date.fromordinal, some_years) if days.holds(day))


def _day(text: str, whole: str) -> tuple[int, int, int]:
    found = _DATE.fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        year, month, day = int(found[1] or 0), int(found[2]), int(found[3])
        date(year or _LEAP_YEAR, month, day)
    except ValueError:
        within = "" if text == whole else f"{whole!r}: "
        raise RuleBroken(f"{within}{text.strip()!r} is no day") from None
    return year, month, day


def is_open(answering_hours: Sequence[str], closed_days: Sequence[str], at: datetime) -> bool:
    """R7.4: do humans answer at this instant? The two settings as written; no hours means round the clock.

    Raises `RuleBroken` for a setting that cannot be read.
    """
    lines = [read_line(text) for text in answering_hours] or [Line(frozenset(range(7)), (Span(0, DAY_MINUTES),))]
    closed = [read_closed(text) for text in closed_days]
    local = at.astimezone(TOKYO)
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    return any(s.since <= minute < s.to for s in _spans_of(today, lines, closed)) or any(
        s.since <= minute + DAY_MINUTES < s.to for s in _spans_of(yesterday, lines, closed)
    )


def _spans_of(day: date, lines: Sequence[Line], closed: Sequence[ClosedDays]) -> list[Span]:
    if any(days.holds(day) for days in closed):
        return []
    kind = kind_of_day(day, lines)
    return [span for line in lines if kind in line.days for span in line.spans]


def kind_of_day(day: date, lines: Iterable[Line]) -> int:
    """Which lines count on `day`: those of its day of the week (0 Monday), or of holidays once a line names them."""
    named = any(HOLIDAY in line.days for line in lines)
    return HOLIDAY if named and is_holiday(day) else day.weekday()


def is_holiday(day: date) -> bool:
    """Is it a national holiday of Japan, substitutes (振替休日) and days between (国民の休日) included?"""
    return holiday_name(day) is not None


@cache
def holiday_name(day: date) -> str | None:
    """What the national holiday of Japan on this day is called, in Japanese; None on any other day."""
    import jpholiday  # takes 0.07 s, which a command that needs no holiday should not spend

    return jpholiday.is_holiday_name(day)
