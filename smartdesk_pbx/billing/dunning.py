"""R16.2: which documents are to be reminded of today, and how strongly. Pure.

A document is reminded of once per step, and of a step that was missed only the strongest is sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from smartdesk_pbx.billing.interest import Rate, accrued
from smartdesk_pbx.billing.items import Item


@dataclass(frozen=True)
class Policy:
    """⚙ of one contract: `days`: so many days after the due date comes step 1, 2, …; smaller amounts are left alone."""

    days: tuple[int, ...]
    least_yen: int
    rate: Rate


@dataclass(frozen=True)
class Reminder:
    """One document to be reminded of: step from 1, what is open, late interest up to the day."""

    number: int
    contract_id: UUID
    due_on: date
    step: int
    is_last: bool
    open_yen: int
    interest_yen: int
    days_late: int


def reminders(
    items: Iterable[Item],
    sent: Mapping[int, int],
    claimed: frozenset[int],
    policies: Mapping[UUID, Policy],
    today: date,
) -> list[Reminder]:
    """What is to be sent today, by contract and number. `sent`: document → strongest step sent so far; `claimed`:
    documents that the collection company is debiting just now, which are left alone until its result is known."""
    found = [
        _reminder(item, step, policies[item.contract_id], today)
        for item in items
        if item.number not in claimed
        and (step := _step(item, policies[item.contract_id], today)) > sent.get(item.number, 0)
    ]
    return sorted(found, key=lambda one: (str(one.contract_id), one.number))


def _step(item: Item, policy: Policy, today: date) -> int:
    """The strongest step whose day has come; 0 for none."""
    if item.open_yen < max(1, policy.least_yen):
        return 0
    return sum(today >= item.due_on + timedelta(days=days) for days in policy.days)


def _reminder(item: Item, step: int, policy: Policy, today: date) -> Reminder:
    interest = accrued(item, today, policy.rate)
    owed = max(0, interest.yen - item.charged_yen)
    late = (today - item.due_on).days
    last = step == len(policy.days)
    return Reminder(item.number, item.contract_id, item.due_on, step, last, item.open_yen, owed, late)


def by_contract(found: Sequence[Reminder]) -> dict[UUID, list[Reminder]]:
    """The reminders of each contract: one letter each."""
    letters: dict[UUID, list[Reminder]] = {}
    for one in found:
        letters.setdefault(one.contract_id, []).append(one)
    return letters
