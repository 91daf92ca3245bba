"""What the daemon does once on each day of Tokyo, each as an operation that leaves its trace."""

from collections.abc import Sequence
from datetime import date

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import perform

DAILY = ("contract.due", "receivable.settle", "keep.run", "reconcile.catch-up")
"""Operations without parameters that may be repeated: several nodes do them, and so may a person."""

RETRY_S = 600.0


class Daily:
    """Remembers what was done today. One that fails is tried again after a while and keeps nothing else waiting."""

    def __init__(self, office: Office, names: Sequence[str] = DAILY) -> None:
        self._office = office
        self._names = names
        self._done: dict[str, date] = {}
        self._again_s: dict[str, float] = {}

    async def turn(self) -> None:
        """Do what was not done yet on this day. Raises the first error, after all were tried."""
        today, now_s = tokyo_date(self._office.clock.now()), self._office.clock.running_s()
        errors = []
        for name in self._names:
            if self._done.get(name) == today or now_s < self._again_s.get(name, 0.0):
                continue
            try:
                await perform(self._office, name, {})
                self._done[name] = today
            except Exception as error:
                self._again_s[name] = now_s + RETRY_S
                errors.append(error)
        if errors:
            raise errors[0]
