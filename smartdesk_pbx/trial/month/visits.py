"""Which calls come in the month: for each subscriber and day, by weekday and hour, each with what its caller wants.

Seeded: the same seed gives the same calls.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Literal

import jpholiday

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.trial.month.cast import Member, role_of

Wish = Literal["human", "info", "transfer", "gives-up", "hangs-up", "wrong-number", "silent", "sales", "fax", "test"]

_WISHES: dict[Wish, float] = {
    "human": 62, "info": 12, "gives-up": 5, "hangs-up": 7, "wrong-number": 4, "sales": 4.5, "silent": 2, "fax": 1.5,
    "transfer": 2,
}  # fmt: skip
_HOURS = (.3, .2, .1, .1, .2, .5, 1, 2.5, 6, 12, 13, 11, 7, 10, 12, 12, 11, 8, 5, 3.5, 2.5, 1.5, 1, .6)  # fmt: skip
"""How the calls of a weekday fall on its hours."""
_QUIET_HOURS = (.4, .3, .2, .1, .1, .3, .8, 1.5, 3, 6, 8, 8, 7, 7, 7, 7, 7, 6, 5, 4, 3, 2, 1.2, .8)  # fmt: skip
_WEEKDAYS = (1.25, 1.05, 1.0, 0.95, 1.0)
_QUIET_DAY = 0.16
_REGULARS = 14
"""So many callers of a subscriber call again and again."""

PERSISTENT = "0310909001"
"""Insists on being connected directly, on three days (R8.2)."""
NUMBER_KNOWN_AT = datetime(2026, 10, 13, 12, tzinfo=TOKYO)
"""From then on the new subscriber forwards to us; the contract is live only a day later."""
TESTER = "0310909002"
"""The number from which test calls come (R9)."""


@dataclass(frozen=True)
class Visit:
    """One call. `caller` None: withheld. `talk_s`: how long it takes with an agent; `patience_s`: how long the caller
    waits for one; `agent_ends`: who hangs up; `complains`: about the subscriber (R8.4); `luck` in 0…1 decides what is
    left open here (does the agent write it down in time?)."""

    at: datetime
    member: Member
    caller: str | None
    wish: Wish
    talk_s: float
    patience_s: float
    agent_ends: bool
    luck: float
    complains: bool = False


def visits(seed: int, members: Sequence[Member], days: Sequence[date]) -> list[Visit]:
    """All calls of the days in order of arrival; what the month's story needs comes besides, whatever the days."""
    random = Random(f"visits {seed}")
    found = [v for day in days for member in members for v in _of_day(random, member, day)]
    return sorted([*filter(_is_known, found), *_of_story(random, members)], key=lambda visit: visit.at)


def _is_known(visit: Visit) -> bool:
    return visit.member.role != "new" or visit.at >= NUMBER_KNOWN_AT


def _of_day(random: Random, member: Member, day: date) -> Iterator[Visit]:
    quiet = day.weekday() >= 5 or jpholiday.is_holiday(day)
    mean = member.calls_a_weekday * (_QUIET_DAY if quiet else _WEEKDAYS[day.weekday()])
    for _ in range(_poisson(random, mean)):
        hour = random.choices(range(24), _QUIET_HOURS if quiet else _HOURS)[0]
        at = datetime.combine(day, time(hour), TOKYO) + timedelta(seconds=random.uniform(0, 3600))
        wish = random.choices(list(_WISHES), list(_WISHES.values()))[0]
        yield _visit(random, member, at, wish)


def _visit(random: Random, member: Member, at: datetime, wish: Wish) -> Visit:
    return Visit(
        at=at, member=member, caller=_caller(random, member, wish), wish=wish, talk_s=_talk_s(random, wish),
        patience_s=random.uniform(25, 90), agent_ends=random.random() < 0.3, luck=random.random(),
    )  # fmt: skip


def _caller(random: Random, member: Member, wish: Wish) -> str | None:
    if wish in ("wrong-number", "sales", "fax", "silent"):
        return None if random.random() < 0.25 else f"0319{random.randrange(10**6):06}"
    if random.random() < 0.05:
        return None
    if random.random() < 0.4:
        return f"0315{int(member.slug[1:]):02}{random.randrange(_REGULARS):04}"
    return f"0318{random.randrange(10**6):06}"


def _talk_s(random: Random, wish: Wish) -> float:
    if wish in ("fax", "silent"):
        return random.uniform(4, 9)
    if wish == "wrong-number":
        return random.uniform(8, 25)
    if wish == "sales":
        return random.uniform(20, 70)
    return min(900.0, random.lognormvariate(math.log(85), 0.6))


def _of_story(random: Random, members: Sequence[Member]) -> Iterable[Visit]:
    """Complaints about one subscriber, and a caller who will be connected directly."""
    bad, other = role_of(members, "complained-of"), role_of(members, "cancels-late")
    for day, hour, minute in ((15, 10, 4), (16, 14, 31), (19, 11, 17), (20, 9, 48), (20, 16, 22), (21, 10, 36)):
        at = datetime(2026, 10, day, hour, minute, tzinfo=TOKYO)
        yield Visit(at, bad, f"0318{random.randrange(10**6):06}", "human", 160.0 + day, 120.0, False, 0.9, True)
    for day, hour in ((6, 11), (8, 15), (9, 10)):
        at = datetime(2026, 10, day, hour, 20, tzinfo=TOKYO)
        yield Visit(at, other, PERSISTENT, "transfer", 0.0, 0.0, False, 0.0)


def _poisson(random: Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count
