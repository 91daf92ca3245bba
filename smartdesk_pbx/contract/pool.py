"""R7.1: the operator's own numbers, and which of them may be assigned to whom. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

PoolState = Literal["free", "assigned", "quarantined", "ported_out"]

PoolEvent = Literal["stocked", "assigned", "refused", "released", "freed", "ported_out", "ported_in"]
"""What can become of a number. `refused`: Article 7.1, somebody asked for it and did not get it."""


@dataclass(frozen=True)
class Pooled:
    """A number, E.164, that the operator holds or once held. `carrier`: whose exchange it is on, "" unknown."""

    number: str
    state: PoolState
    since: datetime
    quarantined_until: date | None
    """The first day on which another subscriber may have it."""
    carrier: str

    def state_on(self, today: date) -> PoolState:
        """The state on that day (Tokyo): a quarantine ends by itself."""
        over = self.state == "quarantined" and self.quarantined_until is not None and self.quarantined_until <= today
        return "free" if over else self.state


def refusal(number: Pooled, today: date, *, asks: UUID, had: UUID | None) -> str | None:
    """Article 7.1: why the subscriber `asks` cannot have this number today, as a text that says what to do; None:
    it can be assigned. `had`: the subscriber who had it last, who may take it back out of its quarantine."""
    state = number.state_on(today)
    if state == "assigned":
        return f"{number.number} is assigned already; release it first"
    if state == "ported_out":
        where = f" to {number.carrier}" if number.carrier else ""
        return f"{number.number} was ported out{where}; calls to it do not arrive here (smartdesk number port-in)"
    if state == "quarantined" and asks != had:
        return (
            f"{number.number} is in quarantine until {number.quarantined_until}: callers of its last subscriber may "
            "still ring it; take another, or end it: smartdesk number free"
        )
    return None


def quarantined_until(released_on: date, days: int) -> date | None:
    """The first day on which a number released that day may go to another subscriber; None: at once."""
    return released_on + timedelta(days=days) if days else None
