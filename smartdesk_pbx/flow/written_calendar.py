"""A calendar as a person writes it under `calendars:` of a flow. `flow/calendar.py` says what it answers. Pure."""

import difflib
from collections.abc import Callable
from itertools import combinations
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from smartdesk_pbx.contract.hours import (
    CLOSED_RIGHT,
    DAYS,
    HOLIDAY,
    HOURS_RIGHT,
    SPAN_RIGHT,
    Span,
    all_held,
    read_closed,
    read_line,
    read_span,
)
from smartdesk_pbx.errors import RuleBroken

CLOSED = "closed"


def _wrong(said: str) -> PydanticCustomError:
    return PydanticCustomError("calendar", "{text}", {"text": said})


def _readable(read: Callable[[str], object], right: str) -> AfterValidator:
    """A text that `read` must be able to read; what it says against it, and what is right, is told."""

    def check(text: str) -> str:
        try:
            read(text)
        except RuleBroken as error:
            raise _wrong(str(error) if "write" in str(error) else f"{error}; {right}") from None
        return text

    return AfterValidator(check)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
        known = "/" in name or name == "UTC"  # not "localtime", which is another zone on another machine
    except (OSError, ValueError, LookupError):
        known = False
    if known and not name.startswith(("posix/", "right/")):
        return name
    lower = {zone.lower(): zone for zone in available_timezones() if "/" in zone}
    near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.65)
    raise _wrong(f"there is no time zone {name!r}; " + (f"did you mean {lower[near[0]]!r}?" if near else _ZONE_RIGHT))


_ZONE_RIGHT = "write a name of the IANA time zones, such as 'Asia/Tokyo' or 'Europe/Berlin'"


def _span_or_closed(text: str) -> None:
    if text != CLOSED:
        read_span(text)


class SpecialDays(BaseModel):
    """Days with a way or with hours of their own.

    Without `hours` the calendar answers `exception NAME` all day, and an `hours` node gives that name a way of its own.
    With `hours` it answers `open` within them and `closed` outside; `hours: [closed]` is closed all day. The same name
    may stand several times, for days that do not follow each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="what the way is called in an `hours` node")
    days: Annotated[str, _readable(read_closed, CLOSED_RIGHT)] = Field(description=CLOSED_RIGHT)
    hours: tuple[Annotated[str, _readable(_span_or_closed, SPAN_RIGHT)], ...] = Field(
        (), description="such as 09:00-15:00, or closed; none: a way of its own all day"
    )

    @field_validator("hours")
    @classmethod
    def _closed_stands_alone(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        if CLOSED in hours and len(hours) > 1:
            raise _wrong(f"{CLOSED!r} and hours on the same days; leave one of them out")
        return hours

    @property
    def value(self) -> str:
        """The answer on these days, when they have no hours: `exception NAME`."""
        return f"exception {self.name}"

    @property
    def spans(self) -> tuple[Span, ...]:
        """The hours, read."""
        return tuple(read_span(text) for text in self.hours if text != CLOSED)


class Calendar(BaseModel):
    """When a flow is open. It answers `open`, `closed`, `holiday` or `exception NAME` for any instant.

    The first of these that applies decides about a day:

    1. `exceptions`, the first listed one that holds the day;
    2. `closed`: days on which the company is closed, once (2026-08-13..2026-08-15) or every year (12-29..01-03);
       a single day with its year stands in quotes: '2026-08-13';
    3. national holidays of Japan with substitutes (`holidays: none` for none): `holiday` all day, unless a line of
       `weekly` gives them hours, as in `hol 10:00-12:00` or `hol closed`. 12/31 is no national holiday;
    4. `weekly`: `mon-fri 09:00-18:00`, `sat+sun 10:00-12:00 13:00-15:00`; a day without a line is closed.

    Times are those of the clock on the wall in `zone`. Hours that run over midnight (`22:00-06:00`) belong to the day
    on which they begin: those of the evening before a holiday go on until they end. A time that summer time skips
    counts from the moment of the skip, one that comes twice counts the first time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: Annotated[str, AfterValidator(_zone)] = Field("Asia/Tokyo", description="IANA time zone")
    weekly: tuple[Annotated[str, _readable(read_line, HOURS_RIGHT)], ...] = Field(description=HOURS_RIGHT)
    holidays: Literal["JP", "none"] = Field("JP", description="whose national holidays count")
    closed: tuple[Annotated[str, _readable(read_closed, CLOSED_RIGHT)], ...] = Field((), description=CLOSED_RIGHT)
    exceptions: tuple[SpecialDays, ...] = Field((), description="the first listed one that holds a day counts")

    @field_validator("weekly")
    @classmethod
    def _says_one_thing(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        if not lines:
            raise _wrong("no hours at all; write 'mon-sun 00:00-24:00' for round the clock, 'mon-sun closed' for never")
        read = {text: read_line(text) for text in lines}
        for shut in (text for text in lines if not read[text].spans):
            for text in lines:
                both = sorted(read[text].days & read[shut].days)
                if read[text].spans and both:
                    days = ", ".join(DAYS[day] for day in both)
                    raise _wrong(f"{shut!r} does not close what {text!r} opens; name {days} in one of them only")
        return lines

    @field_validator("exceptions")
    @classmethod
    def _each_can_count(cls, exceptions: tuple[SpecialDays, ...]) -> tuple[SpecialDays, ...]:
        for early, late in combinations(exceptions, 2):
            if all_held(read_closed(late.days), read_closed(early.days)):
                told = (
                    f"exception {late.name!r} ({late.days}) never counts: {early.name!r} ({early.days}) stands before"
                )
                raise _wrong(f"{told} it and holds all its days; list {late.name!r} first")
        return exceptions

    @model_validator(mode="after")
    def _knows_holidays(self) -> Self:
        if self.holidays == "none" and self.names_holidays:
            raise _wrong("weekly has a line for 'hol', but holidays: none; take one of them away")
        return self

    @property
    def names_holidays(self) -> bool:
        """Does a line of `weekly` give national holidays hours of their own?"""
        return any(HOLIDAY in read_line(text).days for text in self.weekly)

    @property
    def values(self) -> tuple[str, ...]:
        """Every value that it can answer: the ways of an `hours` node."""
        holiday = ("holiday",) if self.holidays == "JP" and not self.names_holidays else ()
        named = dict.fromkeys(one.value for one in self.exceptions if not one.hours)
        return ("open", "closed", *holiday, *named)
