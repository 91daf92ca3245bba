"""The deadline oracle (R12, R18): from when a request takes effect and what it costs, before anybody commits. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import Literal

from smartdesk_pbx.contract.deadlines import last_day_to_ask, plan_change_on, terms
from smartdesk_pbx.contract.lifecycle import Life, PlanFrom
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.requests import ending, expiry, refuse_ended
from smartdesk_pbx.contract.settings import ServiceSettings

What = Literal["plan-change", "cancel"]
_TERMS_AHEAD = 200
LONGEST_WINDOW_DAYS = 62
"""From the deadline of one month to that of the next, with the longest months."""


@dataclass(frozen=True)
class Outcome:
    """Asked from one day to another, both included, it takes effect on a day. Of a cancellation that is the last day,
    and `fee_yen` what the end costs (untaxed); None for a plan change."""

    asked_from: date
    asked_until: date
    effective_on: date
    fee_yen: int | None


@dataclass(frozen=True)
class When:
    """`now`: asked on `asked_on`; `later`: asked after the deadline, None where the term is over by then and is not
    renewed; `free`: the next time at which cancelling costs nothing, where now and later it does.

    `waits`: a plan change already asked for; `ends_on`: an end already known."""

    what: What
    asked_on: date
    now: Outcome
    later: Outcome | None
    free: Outcome | None
    waits: PlanFrom | None
    ends_on: date | None


def when(what: What, life: Life, settings: ServiceSettings, asked_on: date) -> When:
    """What happens to a request made on a day. Raises `RuleBroken` when the contract has ended by then."""
    refuse_ended(life, asked_on, settings)
    now = _outcome(what, life, settings, asked_on)
    after, expires = now.asked_until + timedelta(days=1), expiry(life, settings)
    later = None if expires and after > expires else _outcome(what, life, settings, after)
    free = _free(life, settings, asked_on) if now.fee_yen and later and later.fee_yen else None
    return When(what, asked_on, now, later, free, life.pending_plan(asked_on), life.pending_end(asked_on))


def _outcome(what: What, life: Life, settings: ServiceSettings, asked_on: date) -> Outcome:
    """With the whole run of days on which asking brings the same."""
    effect, expires = _effect(what, life, settings, asked_on), expiry(life, settings)
    days = (asked_on + timedelta(days=n) for n in range(LONGEST_WINDOW_DAYS))
    same = takewhile(
        lambda day: (expires is None or day <= expires) and _effect(what, life, settings, day) == effect, days
    )
    return Outcome(asked_on, max(same), *effect)


def _effect(what: What, life: Life, settings: ServiceSettings, asked_on: date) -> tuple[date, int | None]:
    if what == "plan-change":
        return plan_change_on(asked_on, settings), None
    end = ending(life, settings, asked_on)
    return end.ends_on, end.fee_yen


def _free(life: Life, settings: ServiceSettings, asked_on: date) -> Outcome | None:
    """The next window for asking that ends the contract in the last month of a term."""
    for term in islice(terms(life.started_on, settings), _TERMS_AHEAD):
        first = _first_day_to_ask(term.last_month, settings)
        last = last_day_to_ask(term.last_month, settings)
        if last >= asked_on and ending(life, settings, max(first, asked_on)).fee_yen == 0:
            first = max(first, asked_on)
            return Outcome(first, last, ending(life, settings, first).ends_on, 0)
    return None


def _first_day_to_ask(month: Month, settings: ServiceSettings) -> date:
    """The first day on which a cancellation ends the contract with that month."""
    if settings.late_cancellation_months != 1:
        return month.first
    return min(month.first, last_day_to_ask(month.plus(-1), settings) + timedelta(days=1))
