"""R8.2: who asked often enough to be told the emergency number. Pure.

Requests are counted per contract and caller within a window of days; an anonymous caller's within the call
only. The caller of these functions fetches the counted requests, and writes what was decided as events.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True)
class Counted:
    """This request counts."""


@dataclass(frozen=True)
class NotCounted:
    """This request does not count. `unanswered`: our answer to the last one was not played to its end;
    `limit`: as many as may count in one call have counted."""

    why: Literal["unanswered", "limit"]


def may_count(
    *, counted_in_call: int, answered_since: bool, limit: int, by: Literal["ivr", "agent"] = "ivr"
) -> Counted | NotCounted:
    """Does a request made now count?

    `counted_in_call`: IVR requests of this call that counted already; `answered_since`: our answer to the last
    request of this call was played to its end; `limit`: the setting `ivr_transfer_requests_per_call`.
    An agent's mark always counts. So nobody gets the number by pressing a key N times.
    """
    if by == "agent" or counted_in_call == 0:
        return Counted()
    if not answered_since:
        return NotCounted("unanswered")
    return Counted() if counted_in_call < limit else NotCounted("limit")


@dataclass(frozen=True)
class Refuse:
    """Below the threshold: the number is shown and told to nobody. `count`: requests counted so far."""

    count: int
    threshold: int


@dataclass(frozen=True)
class Release:
    """The threshold is reached: tell the number. `requests`: keys of all counted requests, oldest first."""

    requests: tuple[str, ...]
    threshold: int


@dataclass(frozen=True)
class Missing:
    """The threshold is reached but no emergency number is on file: never release, tell operations."""

    requests: tuple[str, ...]
    threshold: int


def decide(requests: Sequence[str], threshold: int, has_number: bool) -> Refuse | Release | Missing:
    """What to answer to a request. `requests`: keys of the counted ones in the window, this one included if it counts.

    The N-th request releases; after that each further one in the window is told again.
    """
    if len(requests) < threshold:
        return Refuse(len(requests), threshold)
    counted = tuple(requests)
    return Release(counted, threshold) if has_number else Missing(counted, threshold)


def window_start(now: datetime, days: int) -> datetime:
    """Requests at or after this instant are counted: exactly `days` times 24 hours before `now`."""
    return now - timedelta(days=days)
