"""R11, R12, R18: from when what is asked for takes effect, and what it costs. Civil dates of Tokyo. Pure.

"Up to the 25th" includes the whole of that day: a request of the 26th, 00:00, is late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import ServiceSettings


@dataclass(frozen=True)
class Term:
    """R11: one term of a contract, both days included. `number` counts from 1; above it the term is a renewal."""

    number: int
    from_on: date
    to_on: date

    @property
    def last_month(self) -> Month:
        """The month in which it expires (満了月): whoever ends the contract then owes no fee."""
        return Month.of(self.to_on)


def plan_change_on(asked_on: date, settings: ServiceSettings) -> date:
    """Article 12: a plan change asked for up to the 25th is in force from the 1st of next month, later from the 1st
    of the month after next."""
    late = asked_on.day > settings.request_deadline_day
    return Month.of(asked_on).plus(2 if late else 1).first


def cancellation_on(received_on: date, settings: ServiceSettings) -> date:
    """Article 18.2: the last day of a contract whose cancellation was received that day."""
    late = received_on.day > settings.request_deadline_day
    return Month.of(received_on).plus(settings.late_cancellation_months if late else 0).last


def last_day_to_ask(month: Month, settings: ServiceSettings) -> date:
    """The last day of `month` on which a request still counts for it."""
    return min(month.last, date(month.year, month.number, 1) + timedelta(days=settings.request_deadline_day - 1))


def terms(started_on: date, settings: ServiceSettings) -> Iterator[Term]:
    """Article 11: the terms of a contract in order; endless where it is renewed, one where it is not."""
    begins = Month.of(started_on).first if settings.term_counts_from == "month" else started_on
    from_on, months = started_on, settings.term_months
    for number in count(1):
        to_on = _expiry(begins, months)
        yield Term(number, from_on, to_on)
        if not settings.renewal_months:
            return
        from_on, months = to_on + timedelta(days=1), months + settings.renewal_months


def term_on(day: date, started_on: date, settings: ServiceSettings) -> Term:
    """The term in which a day lies; the last one for a day after all of them, the first for one before."""
    found = None
    for found in terms(started_on, settings):
        if day <= found.to_on:
            break
    assert found is not None
    return found


def expires_in(month: Month, started_on: date, settings: ServiceSettings) -> bool:
    """Whether a term of the contract expires in that month."""
    for term in terms(started_on, settings):
        if term.last_month >= month:
            return term.last_month == month
    return False


def early_fee_yen(ends_on: date, started_on: date, settings: ServiceSettings) -> int:
    """Article 18.3: what an end by cancellation on that day costs, untaxed; 0 in the last month of a term."""
    return 0 if expires_in(Month.of(ends_on), started_on, settings) else settings.cancellation_fee_yen


def _expiry(begins: date, months: int) -> date:
    """The last day of so many months from a day on (Civil Code 143): the eve of the day of the same number, or the
    last day of a month that has none."""
    month = Month.of(begins).plus(months)
    if begins.day > month.last.day:
        return month.last
    return month.first.replace(day=begins.day) - timedelta(days=1)
