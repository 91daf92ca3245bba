"""R8.3, R8.4: when complaints about a subscriber become a breach, and how much of their use is forbidden. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True)
class Complaint:
    """A case that is marked as a complaint about a subscriber."""

    call_id: UUID
    arrived_at: datetime


@dataclass(frozen=True)
class Below:
    """Fewer than the threshold in any window. `count`: the most that lie in one window with the case asked about."""

    count: int
    threshold: int


@dataclass(frozen=True)
class Breach:
    """The threshold is reached: a breach of Article 8.1 is deemed. `cases`: those of that window, by arrival."""

    cases: tuple[UUID, ...]
    threshold: int
    window_days: int


def weigh(complaints: Sequence[Complaint], latest: UUID, threshold: int, window_days: int) -> Below | Breach:
    """What a complaint weighs with the others about the same subscriber. `latest`: the case just marked.

    Complaints count together when they arrived within `window_days` times 24 hours of each other; when they were
    marked does not matter, so the same marks give the same answer in whatever order they come.
    """
    ordered = sorted(complaints, key=lambda c: (c.arrived_at, c.call_id))
    window, most = timedelta(days=window_days), 0
    best: tuple[UUID, ...] = ()
    for i, first in enumerate(ordered):
        together = [c.call_id for c in ordered[i:] if c.arrived_at < first.arrived_at + window]
        if latest in together and len(together) > most:
            most, best = len(together), tuple(together)
    return Breach(best, threshold, window_days) if most >= threshold else Below(most, threshold)


@dataclass(frozen=True)
class Use:
    """R8.3: how many calls with a human a subscriber had in a time, and how many of them were a forbidden use."""

    calls: int
    forbidden: int

    @property
    def percent(self) -> float:
        """The share of forbidden use, to one decimal; 0 without calls."""
        return round(100 * self.forbidden / self.calls, 1) if self.calls else 0.0

    def too_much(self, limit_percent: int) -> bool:
        """Has the share reached the setting `forbidden_use_percent`?"""
        return self.calls > 0 and 100 * self.forbidden >= limit_percent * self.calls
