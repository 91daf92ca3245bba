"""A breach of personal data and its deadlines (個人情報保護法 26, 施行規則 7, 8). Pure.

To be reported to the commission: sensitive data, data that can lead to financial loss, a breach by malice, or one of
more than a thousand persons. The day on which the breach became known is the first day of each deadline; a final
report that falls due on a holiday is due on the next working day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["sensitive", "financial", "malicious", "many", "other"]
Cause = Literal["mistake", "malicious"]
Step = Literal["preliminary", "final", "persons", "note", "closed"]

MANY = 1000
"""More persons than this: to be reported whatever the data (施行規則 7 iv)."""


@dataclass(frozen=True)
class Rules:
    """How long each report may take, in days; the first day is the one on which the breach became known."""

    preliminary_days: int
    final_days: int
    final_malicious_days: int


@dataclass(frozen=True)
class Deadlines:
    """By when what is due. `must_report` False: nothing has to be reported; the dates are those to keep in mind."""

    must_report: bool
    preliminary_on: date
    final_on: date


@dataclass(frozen=True)
class Owed:
    """One thing that is still to be done about a breach. `late`: the deadline has passed."""

    step: Step
    due_on: date | None
    late: bool


def deadlines(
    known_on: date, kind: Kind, cause: Cause, persons: int | None, rules: Rules, is_holiday: Callable[[date], bool]
) -> Deadlines:
    """The deadlines of a breach that became known on a day (Tokyo). `persons` None: not known yet, so it counts as
    many."""
    must_report = kind != "other" or cause == "malicious" or persons is None or persons > MANY
    malicious = cause == "malicious" or kind == "malicious"
    final_days = rules.final_malicious_days if malicious else rules.final_days
    final_on = known_on + timedelta(days=final_days - 1)
    while is_closed(final_on, is_holiday):
        final_on += timedelta(days=1)
    return Deadlines(must_report, known_on + timedelta(days=rules.preliminary_days - 1), final_on)


def is_closed(day: date, is_holiday: Callable[[date], bool]) -> bool:
    """True on days on which offices of the state are closed: weekends, holidays, 29 December to 3 January."""
    new_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() >= 5 or new_year or is_holiday(day)


def owed(due: Deadlines, done: frozenset[Step], today: date) -> list[Owed]:
    """What is still to be done, in the order of its deadlines; nothing once the record is closed. Who was affected is
    to be told without delay, for which the law names no day."""
    if "closed" in done or not due.must_report:
        return []
    dates: tuple[tuple[Step, date | None], ...] = (
        ("preliminary", due.preliminary_on),
        ("persons", None),
        ("final", due.final_on),
    )
    return [Owed(step, on, on is not None and today > on) for step, on in dates if step not in done]
