"""R23, R25: how long personal data is kept, and what a legal hold keeps longer. Pure.

The ledger itself is never erased: only the keys of its sealed parts, and recordings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from smartdesk_pbx.contract.month import midnight
from smartdesk_pbx.contract.settings import ServiceSettings

HoldScope = Literal["case", "caller", "contract", "subscriber", "everything"]
What = Literal["personal", "recordings"]
"""What of a case is erased: the keys of its sealed parts, or its recordings."""

Because = Literal["retention", "request", "decision"]
"""Why something is erased: its time is over, the person asked for it, or operations decided so."""


@dataclass(frozen=True)
class Subject:
    """What a hold can name of a case. `caller_key` None: anonymous."""

    call_id: UUID
    subscriber_id: UUID | None
    contract_id: UUID | None
    caller_key: str | None


@dataclass(frozen=True)
class Hold:
    """A legal hold in force: nothing that it names is erased. `subject` is text; "" for everything."""

    scope: HoldScope
    subject: str


@dataclass(frozen=True)
class Limits:
    """Calls that arrived before these instants have outlived their time."""

    recordings_before: datetime
    personal_before: datetime


def limits(settings: ServiceSettings, today: date) -> Limits:
    """R23: the limits of a contract on a day (Tokyo): a call of day D with N days is kept through day D + N."""
    return Limits(
        midnight(today - timedelta(days=settings.recordings_kept_days)),
        midnight(today - timedelta(days=settings.personal_kept_days)),
    )


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March, so that nothing is erased too early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def identity_is_due(ended_on: date | None, years: int, today: date) -> bool:
    """R4.1: the identity record may go: the contract ended so many years ago and the day is over."""
    return ended_on is not None and today > years_after(ended_on, years)


class Holds:
    """All holds in force, ready to be asked."""

    def __init__(self, holds: Iterable[Hold]) -> None:
        self._named = {(one.scope, one.subject) for one in holds}

    def keeps(self, case: Subject) -> bool:
        """True when a case must not be erased."""
        names = (
            ("everything", ""),
            ("case", str(case.call_id)),
            ("caller", case.caller_key),
            ("contract", str(case.contract_id)),
            ("subscriber", str(case.subscriber_id)),
        )
        return any(name in self._named for name in names)

    def keeps_subscriber(self, subscriber_id: UUID, contracts: Iterable[UUID] = ()) -> bool:
        """True when what is on file about a subscriber must not be erased."""
        return (
            ("everything", "") in self._named
            or ("subscriber", str(subscriber_id)) in self._named
            or any(("contract", str(one)) in self._named for one in contracts)
        )
