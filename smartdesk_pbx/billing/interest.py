"""R16.2: late interest, simple, by day, from the day after the due date to the day of payment. Pure.

One division per document, rounded down: the sum of what is charged month by month is always what one
charge over the whole time would have been.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from smartdesk_pbx.billing.items import Item


@dataclass(frozen=True)
class Rate:
    """⚙ `permille` of the amount a year (146 are 14.6 %), in a year of `day_base` days, leap years too."""

    permille: int
    day_base: int


@dataclass(frozen=True)
class Accrued:
    """Late interest on one document up to a day, that day included: days late, and yen rounded down."""

    days: int
    yen: int


@dataclass(frozen=True)
class Charge:
    """Late interest on document `number` that is still to be billed, from the day after `due_on` to `until`. Negative
    when too much was billed, because a payment came to light that was earlier than known."""

    number: int
    due_on: date
    until: date
    days: int
    yen: int


def accrued(item: Item, until: date, rate: Rate) -> Accrued:
    """Article 16.2: the interest on a document from the day after its due date to `until` or the day it was paid.

    A payment counts for the day it came in: that day still bears interest, the next no more.
    """
    product, days, since = 0, 0, item.due_on
    moves = sorted((max(one.on, item.due_on), one.yen) for one in item.paid if one.on <= until)
    owed = item.billed_yen
    for on, yen in [*moves, (until, 0)]:
        base = max(0, min(item.bears_yen, owed))
        late = max(0, (on - since).days)
        product += base * late
        days += late if base else 0
        since, owed = max(since, on), owed - yen
    return Accrued(days, product * rate.permille // (1000 * rate.day_base))


def charges(items: Iterable[Item], until: date, rate: Rate) -> list[Charge]:
    """What is to be billed on top of what was, document by document in order of their numbers; nothing for 0 yen."""
    found = []
    for item in sorted(items, key=lambda item: item.number):
        due = accrued(item, until, rate)
        if due.yen != item.charged_yen:
            found.append(Charge(item.number, item.due_on, until, due.days, due.yen - item.charged_yen))
    return found
