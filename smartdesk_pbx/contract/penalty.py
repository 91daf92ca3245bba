"""R22, R28: what a contract's fees mean for the penalty and for the cap on damages. Pure; a statement, no charge."""

from collections.abc import Mapping
from dataclasses import dataclass

from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import ServiceSettings


@dataclass(frozen=True)
class Penalty:
    """Article 22.2: so many times the fees paid, or those scheduled, whichever is higher."""

    paid_yen: int
    scheduled_yen: int
    times: int
    yen: int


@dataclass(frozen=True)
class DamagesCap:
    """Article 28.3. `months`: which months' fees it is made of; `expected`: those of them not paid but expected,
    because the service was used for a shorter time."""

    months: tuple[tuple[Month, int], ...]
    expected: tuple[Month, ...]
    yen: int


def penalty(paid: Mapping[Month, int], scheduled: Mapping[Month, int], settings: ServiceSettings) -> Penalty:
    """Article 22.2. `paid`, `scheduled`: yen by month."""
    paid_yen, scheduled_yen = sum(paid.values()), sum(scheduled.values())
    times = settings.penalty_times
    return Penalty(paid_yen, scheduled_yen, times, times * max(paid_yen, scheduled_yen))


def damages_cap(
    paid: Mapping[Month, int], scheduled: Mapping[Month, int], used_months: int, settings: ServiceSettings
) -> DamagesCap:
    """Article 28.3: the fees paid for ⚙ three months, the latest or the highest; where the service was used for less,
    what three months of use would have cost."""
    wanted = settings.damages_cap_months
    if used_months < wanted:
        return _expected(paid, scheduled, wanted)
    order = sorted(paid.items(), key=lambda item: item[1] if settings.damages_cap_basis == "highest" else item[0])
    chosen = sorted(order[-wanted:])
    return DamagesCap(tuple(chosen), (), sum(yen for _, yen in chosen))


def _expected(paid: Mapping[Month, int], scheduled: Mapping[Month, int], wanted: int) -> DamagesCap:
    """The first months of the contract; one of which nothing is known is expected to cost what the one before did."""
    known = sorted({*paid, *scheduled})
    if not known:
        return DamagesCap((), (), 0)
    chosen: list[tuple[Month, int]] = []
    for month in (known[0].plus(n) for n in range(wanted)):
        before = chosen[-1][1] if chosen else 0
        yen = max(paid.get(month, 0), scheduled.get(month, 0)) if month in known else before
        chosen.append((month, yen))
    expected = tuple(month for month, _ in chosen if month not in paid)
    return DamagesCap(tuple(chosen), expected, sum(yen for _, yen in chosen))
