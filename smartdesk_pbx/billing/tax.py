"""Consumption tax: once per rate and document, rounded down (適格請求書); untaxed amounts stand outside. Pure."""

from collections.abc import Iterable
from typing import Literal, Protocol

import msgspec

Tax = Literal["10", "8", "none"]
"""The category of a price: the standard rate, the reduced rate, or not taxable (不課税)."""

TAXES: tuple[Tax, ...] = ("10", "8", "none")


class TaxTotal(msgspec.Struct, frozen=True):
    """All lines of one rate (percent) together: their base and the tax on it. Both negative in a credit note."""

    rate: int
    base_yen: int
    tax_yen: int


class Priced(Protocol):
    """A line as far as tax is concerned."""

    @property
    def amount_yen(self) -> int: ...
    @property
    def tax(self) -> Tax: ...


def tax_yen(base_yen: int, rate: int) -> int:
    """The tax on a base, a fraction of a yen dropped: a negative base gives exactly what the positive one gave."""
    tax = abs(base_yen) * rate // 100
    return tax if base_yen >= 0 else -tax


def totals(lines: Iterable[Priced]) -> tuple[TaxTotal, ...]:
    """One total per rate that occurs, the highest rate first; the tax is rounded once on the sum of each."""
    bases: dict[int, int] = {}
    for line in lines:
        if line.tax != "none":
            bases[int(line.tax)] = bases.get(int(line.tax), 0) + line.amount_yen
    return tuple(TaxTotal(rate, bases[rate], tax_yen(bases[rate], rate)) for rate in sorted(bases, reverse=True))


def untaxed(lines: Iterable[Priced]) -> int:
    """The sum of the lines that are not taxable, yen."""
    return sum(line.amount_yen for line in lines if line.tax == "none")
