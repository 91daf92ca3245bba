"""What a plan costs from a month on (R15), and what one contract has of it. Pure; a file is read by `price_file`.

Yen are without tax. The values are kept whole in each rating entry, so that a month can be rated again from the
ledger alone.
"""

from collections.abc import Mapping, Sequence

import msgspec

from smartdesk_pbx.billing.tax import Tax
from smartdesk_pbx.errors import RuleBroken

INCLUDED = "included"
"""The line of cases that the monthly fee covers; as an override: how many units it covers."""

NOT_CHARGED = "none"
"""Where a case stands that the rules did not judge billable."""


class MonthlyFee(msgspec.Struct, frozen=True):
    """Charged for each month that runs, never prorated. `part`: only where that part is agreed (R2.1); `once`: only in
    the month in which the contract starts."""

    code: str
    text: str
    yen: int
    tax: Tax
    part: str | None = None
    once: bool = False


class Step(msgspec.Struct, frozen=True):
    """A price per unit beyond the included ones. `units`: how many units it holds for; None for all that follow.
    `text` empty: the line says from which case to which."""

    code: str
    yen: int
    units: int | None = None
    text: str = ""


class Allowance(msgspec.Struct, frozen=True):
    """So many units a month of these classes are free and do not use up the included ones. No classes: of any."""

    code: str
    text: str
    units: int
    classes: tuple[str, ...] = ()


class Extra(msgspec.Struct, frozen=True):
    """The price of a surcharge (per billable case that carries it) or of an option (a month, each)."""

    code: str
    text: str
    yen: int
    tax: Tax


class Prices(msgspec.Struct, frozen=True):
    """One price table. The last step holds for all further units. Codes are unique; each is the code of a line."""

    plan: str
    valid_from: str
    included: int
    cases_text: str
    cases_tax: Tax
    steps: tuple[Step, ...]
    fees: tuple[MonthlyFee, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    surcharges: tuple[Extra, ...] = ()
    options: tuple[Extra, ...] = ()

    @property
    def included_text(self) -> str:
        """The line of the included units."""
        return f"{self.cases_text}（基本料金に含む）"

    def step_text(self, i: int) -> str:
        """The line of the i-th step: its own text, else such as 請求対象案件（31～80件目）."""
        step = self.steps[i]
        first = self.included + sum(one.units or 0 for one in self.steps[:i]) + 1
        if step.text or (first == 1 and step.units is None):
            return step.text or self.cases_text
        to = "件目以降" if step.units is None else f"～{first + step.units - 1}件目"
        return f"{self.cases_text}（{first}{to}）"


class Chosen(msgspec.Struct, frozen=True):
    """So many of an option."""

    code: str
    count: int = 1


class OneOff(msgspec.Struct, frozen=True):
    """A charge of one month that stands in no price table, untaxed (R18.3)."""

    code: str
    text: str
    yen: int


class Basis(msgspec.Struct, frozen=True):
    """All that the charge of one contract and month rests on, but for the judgements. `runs` False: no monthly fees
    (R16.3); `starts`: it is the month of the start."""

    prices: Prices
    parts: tuple[str, ...] = ()
    options: tuple[Chosen, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    runs: bool = True
    starts: bool = False

    @property
    def one_off_yen(self) -> int:
        """All one-off charges together."""
        return sum(one.yen for one in self.one_offs)


def with_overrides(prices: Prices, overrides: Mapping[str, int]) -> Prices:
    """The table with a contract's own prices by code, and its own number of `included` units (R3).

    Raises `RuleBroken` for a code that the table does not have.
    """
    if unknown := sorted(set(overrides) - codes(prices) - {INCLUDED}):
        known = ", ".join([INCLUDED, *sorted(codes(prices))])
        raise RuleBroken(f"price_overrides: {', '.join(unknown)}: not in the prices of {prices.plan} (one of {known})")
    if not overrides:
        return prices
    changed = {
        name: tuple(_priced(one, overrides) for one in getattr(prices, name))
        for name in ("fees", "steps", "surcharges", "options", "allowances")
    }
    return msgspec.structs.replace(prices, included=overrides.get(INCLUDED, prices.included), **changed)


def _priced(one: MonthlyFee | Step | Extra | Allowance, overrides: Mapping[str, int]) -> object:
    if one.code not in overrides:
        return one
    field = "units" if isinstance(one, Allowance) else "yen"
    return msgspec.structs.replace(one, **{field: overrides[one.code]})


def codes(prices: Prices) -> set[str]:
    """Every code that has a price or a number of free units in a table."""
    groups: Sequence[Sequence[MonthlyFee | Step | Extra | Allowance]] = (
        prices.fees, prices.steps, prices.allowances, prices.surcharges, prices.options,
    )  # fmt: skip
    return {one.code for group in groups for one in group}


def check_options(prices: Prices, chosen: Sequence[Chosen]) -> None:
    """Raises `RuleBroken` for an option that the table does not have."""
    known = {option.code for option in prices.options}
    if unknown := sorted({one.code for one in chosen} - known):
        raise RuleBroken(
            f"options: {', '.join(unknown)}: not in the prices of {prices.plan} "
            f"({'one of ' + ', '.join(sorted(known)) if known else 'it has none'})"
        )
