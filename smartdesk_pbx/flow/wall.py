"""The clock on the wall of a zone, read both ways. Pure.

A time that the clock skips in spring counts from the moment of the skip; one that it shows twice in autumn counts the
first time. So a span of hours is one unbroken stretch, and of two times of a day the later never comes first.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Names of `date.weekday()`, whatever the locale of the machine."""


@lru_cache(maxsize=16384)
def first_instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The instant (UTC) at which the clock first shows `minute` of `day` or later; 1440 is the next midnight."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # Skipped: fold 1 reads it by the offset after the skip, which gives an instant before it; fold 0 one after it.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _skip(zone, before, instant)


def _skip(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second with the offset that holds at `after`; another one holds at `before`."""
    offset = after.astimezone(zone).utcoffset()

    def is_past(second: int) -> bool:
        return (before + timedelta(seconds=second)).astimezone(zone).utcoffset() == offset

    whole = int((after - before).total_seconds())
    return before + timedelta(seconds=bisect_left(range(whole), True, key=is_past))


def day_at(zone: ZoneInfo, at: datetime) -> date:
    """The day in the zone: the last one whose midnight has come."""
    day = at.astimezone(zone).date()
    tomorrow = day + timedelta(days=1)  # a clock put back over midnight shows the old day a second time
    return tomorrow if first_instant(zone, tomorrow, 0) <= at else day


def on_the_wall(zone: ZoneInfo, at: datetime) -> str:
    """An instant as a person reads it: `Tuesday 2026-11-24 10:00 in Asia/Tokyo`."""
    local = at.astimezone(zone)
    again = " (the second time)" if local.fold else ""
    return f"{WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}{again} in {zone.key}"
