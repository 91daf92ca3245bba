"""What a calendar answers at any instant, and when its answer changes. Pure: aware datetimes in, UTC out.

A day of a calendar has hours and a value outside them. Hours that run over midnight belong to the day on which they
begin, whatever the next day is. A closure of the called number lies above everything.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from smartdesk_pbx.contract.hours import (
    DAY_MINUTES,
    Span,
    holiday_name,
    kind_of_day,
    read_closed,
    read_line,
)
from smartdesk_pbx.flow.wall import WEEKDAYS, day_at, first_instant, on_the_wall
from smartdesk_pbx.flow.written_calendar import Calendar, SpecialDays

__all__ = [
    "HORIZON",
    "Answer",
    "Calendar",
    "Closure",
    "Segment",
    "SpecialDays",
    "answer",
    "changes",
    "next_open",
    "segments",
]

HORIZON = timedelta(days=400)
"""How far ahead calendars are looked at: 13 months and some days."""

INSIDE = timedelta(minutes=5)
"""How far the example of a segment lies inside its first stretch, when that is long enough."""


@dataclass(frozen=True)
class Closure:
    """A number is closed from an instant on; without `until` until somebody opens it again."""

    since: datetime
    until: datetime | None
    reason: str = ""

    def holds(self, at: datetime) -> bool:
        """Does it hold at this instant?"""
        return self.since <= at and (self.until is None or at < self.until)

    def why(self, zone: ZoneInfo) -> str:
        """As a sentence, in the time of `zone`."""
        end = on_the_wall(zone, self.until) if self.until else "further notice"
        return f"closed since {on_the_wall(zone, self.since)} until {end}" + (self.reason and f" ({self.reason})")


@dataclass(frozen=True)
class Answer:
    """`open`, `closed`, `holiday` or `exception NAME`; `why` is a sentence for people."""

    value: str
    why: str


@dataclass(frozen=True)
class Segment:
    """A combination of answers that really occurs: (calendar, value) in the flow's order; `example` is in UTC."""

    answers: tuple[tuple[str, str], ...]
    example: datetime


@dataclass(frozen=True)
class _Day:
    """One day: its hours, each with what it is called, and the value outside them with the end of its sentence."""

    hours: tuple[tuple[Span, str], ...]
    otherwise: str
    why: str


@lru_cache(maxsize=16384)
def _day(calendar: Calendar, day: date) -> _Day:
    for one in calendar.exceptions:
        if read_closed(one.days).holds(day):
            return _special(one)
    for text in calendar.closed:
        if read_closed(text).holds(day):
            return _Day((), "closed", f"is in company days {text}")
    holiday = holiday_name(day) if calendar.holidays == "JP" else None
    if holiday and not calendar.names_holidays:
        return _Day((), "holiday", f"is national holiday {holiday}")
    return _of_the_week(calendar.weekly, day, f" (national holiday {holiday})" if holiday else "")


def _special(one: SpecialDays) -> _Day:
    called = f"exception {one.name} ({one.days})"
    if not one.hours:
        return _Day((), one.value, f"is in {called}")
    label = f"{' '.join(one.hours)} of {called}"
    if not one.spans:
        return _Day((), "closed", f"is closed by {called}")
    return _Day(tuple((span, label) for span in one.spans), "closed", f"is outside {label}")


def _of_the_week(weekly: Sequence[str], day: date, holiday: str) -> _Day:
    lines = {text: read_line(text) for text in weekly}
    kind = kind_of_day(day, lines.values())
    today = [text for text in lines if kind in lines[text].days]
    hours = tuple((span, text + holiday) for text in today for span in lines[text].spans)
    if hours:
        return _Day(hours, "closed", f"is outside {', '.join(today)}{holiday}")
    return _Day((), "closed", f"is closed by {', '.join(today)}{holiday}" if today else "is on a day without hours")


def answer(calendar: Calendar, at: datetime, closures: Iterable[Closure] = ()) -> Answer:
    """What the calendar says at an instant, `closures` of the number before everything else."""
    at, zone = at.astimezone(UTC), ZoneInfo(calendar.zone)
    for closure in closures:
        if closure.holds(at):
            return Answer("closed", closure.why(zone))
    today = day_at(zone, at)
    for begun in (today, today - timedelta(days=1)):
        for span, label in _day(calendar, begun).hours:
            if first_instant(zone, begun, span.since) <= at < first_instant(zone, begun, span.to):
                night = "" if begun == today else f" of {WEEKDAYS[begun.weekday()]} {begun}"
                return Answer("open", f"{on_the_wall(zone, at)} is within {label}{night}")
    plan = _day(calendar, today)
    return Answer(plan.otherwise, f"{on_the_wall(zone, at)} {plan.why}")


def changes(
    calendar: Calendar, since: datetime, until: datetime, closures: Sequence[Closure] = ()
) -> Iterator[tuple[datetime, Answer]]:
    """Every instant (UTC, ascending) after `since` and before `until` at which the value becomes another one."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    value = answer(calendar, since, closures).value
    for at in _edges(calendar, since, until, closures):
        new = answer(calendar, at, closures)
        if new.value != value:
            value = new.value
            yield at, new


def _edges(calendar: Calendar, since: datetime, until: datetime, closures: Sequence[Closure]) -> Iterator[datetime]:
    """Every instant between at which the answer might change, in order and found day by day."""
    zone = ZoneInfo(calendar.zone)
    ends = [at.astimezone(UTC) for one in closures for at in (one.since, one.until) if at is not None]
    day = day_at(zone, since)
    begin = first_instant(zone, day, 0)
    while begin < until:
        end = first_instant(zone, day, DAY_MINUTES)
        edges = {begin, *ends}
        for begun in (day - timedelta(days=1), day):
            for span, _ in _day(calendar, begun).hours:
                edges |= {first_instant(zone, begun, span.since), first_instant(zone, begun, span.to)}
        yield from sorted(at for at in edges if begin <= at < end and since < at < until)
        day, begin = day + timedelta(days=1), end


def next_open(calendar: Calendar, at: datetime, closures: Sequence[Closure] = ()) -> datetime | None:
    """When it is open next (UTC): `at` itself when it is open then; None when not within `HORIZON`."""
    if answer(calendar, at, closures).value == "open":
        return at.astimezone(UTC)
    coming = changes(calendar, at, at.astimezone(UTC) + HORIZON, closures)
    return next((when for when, new in coming if new.value == "open"), None)


def segments(calendars: Mapping[str, Calendar], since: datetime, until: datetime) -> tuple[Segment, ...]:
    """The distinct combinations of answers that occur from `since` to before `until`, in the order of their first time.

    An example lies some minutes inside the first stretch of its combination. Without calendars there is one segment.
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    now = {name: answer(calendar, since).value for name, calendar in calendars.items()}
    found: dict[tuple[tuple[str, str], ...], datetime] = {}
    begin = since
    for at, name, value in [*_merged(calendars, since, until), (until, "", "")]:
        if at > begin:
            found.setdefault(tuple(now.items()), _inside(begin, at))
        begin = at
        if name:
            now[name] = value
    return tuple(Segment(*pair) for pair in found.items())


def _merged(calendars: Mapping[str, Calendar], since: datetime, until: datetime) -> Iterator[tuple[datetime, str, str]]:
    return heapq.merge(
        *(
            [(at, name, new.value) for at, new in changes(calendar, since, until)]
            for name, calendar in calendars.items()
        )
    )


def _inside(begin: datetime, end: datetime) -> datetime:
    """A little after `begin`, and on a full minute where the stretch has room for it."""
    if end - begin < 2 * INSIDE:
        return begin + (end - begin) / 2
    return (begin + INSIDE).replace(second=0, microsecond=0)
