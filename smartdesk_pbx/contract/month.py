"""Civil dates and months of the terms: Asia/Tokyo, whatever the machine's zone (R29-R33). Pure."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import RuleBroken


class Month(NamedTuple):
    """A calendar month. Months compare in order of time; `str` gives `2026-11`."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The month in which a civil date lies."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The month written as `2026-11`. Raises `RuleBroken` for anything else."""
        found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        if not found or int(found[1]) == 0:
            raise RuleBroken(f"{text!r} is no month: write it as 2026-11")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    def plus(self, months: int) -> "Month":
        """The month so many months later, earlier when negative."""
        year, zero_based = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, zero_based + 1)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def starts_at(self) -> datetime:
        """Midnight in Tokyo at which it begins, as aware UTC."""
        return midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """Midnight in Tokyo at which the next one begins, as aware UTC: outside of this month."""
        return midnight(self.last + timedelta(days=1))


def tokyo_date(at: datetime) -> date:
    """The civil date in Tokyo of an instant. Raises ValueError for a naive one, whose zone nobody knows."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no zone")
    return at.astimezone(TOKYO).date()


def midnight(day: date) -> datetime:
    """The instant at which a civil date begins in Tokyo, as aware UTC."""
    return datetime.combine(day, time(), TOKYO).astimezone(UTC)
