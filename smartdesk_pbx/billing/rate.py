"""The rating of one contract and month (R15): judgements in order of arrival against a price table. Pure.

Each billable unit is taken by a free allowance of its class, else by the included units, else by the steps beyond.
Every yen of a case line stands in the rows of the cases behind it, so a line can be told case by case.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from smartdesk_pbx.billing.invoice import Line
from smartdesk_pbx.billing.prices import INCLUDED, NOT_CHARGED, Allowance, Basis, Prices
from smartdesk_pbx.billing.tax import Tax
from smartdesk_pbx.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """A case as its last judgement has it. `units` 0 when it is not billable."""

    case_id: UUID
    arrived_at: datetime
    billable: bool
    units: int
    case_class: str
    surcharges: tuple[str, ...] = ()


class RatedCase(msgspec.Struct, frozen=True, array_like=True):
    """What one case costs on one line: `[case, line, units, yen]`; `units` of what the line counts. A case stands on
    several lines when its units fall into several steps, or it carries surcharges; on `none` when it is not charged."""

    case_id: UUID
    line: str
    units: int
    yen: int


class Rating(msgspec.Struct, frozen=True):
    """The charge of a month: the lines of the invoice, and what each case adds to which of them."""

    lines: tuple[Line, ...]
    cases: tuple[RatedCase, ...]

    @property
    def net_yen(self) -> int:
        """All lines together, without tax."""
        return sum(line.amount_yen for line in self.lines)


def rate(basis: Basis, judged: Iterable[JudgedCase]) -> Rating:
    """The rating of a month. Cases come in any order; the order of arrival decides (ties: by id).

    Raises `RuleBroken` for a surcharge that the table does not price.
    """
    ordered = sorted(judged, key=lambda case: (case.arrived_at, case.case_id.int))
    meter = _Meter(basis.prices)
    rows = tuple(row for case in ordered for row in meter.take(case))
    return Rating((*_fees(basis), *_case_lines(basis.prices, rows), *_one_offs(basis)), rows)


class _Meter:
    """How much of each allowance, of the included units and of each step is left in the month."""

    def __init__(self, prices: Prices) -> None:
        self._allowances = prices.allowances
        self._left = {a.code: a.units for a in prices.allowances}
        self._steps: list[tuple[str, int, int | None]] = [
            (INCLUDED, 0, prices.included), *((step.code, step.yen, step.units) for step in prices.steps)
        ]  # fmt: skip
        self._surcharges = {one.code: one.yen for one in prices.surcharges}
        self._plan = prices.plan

    def take(self, case: JudgedCase) -> Iterator[RatedCase]:
        if not case.billable:
            yield RatedCase(case.case_id, NOT_CHARGED, 0, 0)
            return
        units = case.units
        for allowance in self._allowances:
            if units and (free := self._free(allowance, case, units)):
                units -= free
                yield RatedCase(case.case_id, allowance.code, free, 0)
        while units:
            code, yen, units_here = self._step(units)
            units -= units_here
            yield RatedCase(case.case_id, code, units_here, units_here * yen)
        for surcharge, times in Counter(case.surcharges).items():
            yield RatedCase(case.case_id, surcharge, times, times * self._surcharge_yen(surcharge))

    def _free(self, allowance: Allowance, case: JudgedCase, units: int) -> int:
        if allowance.classes and case.case_class not in allowance.classes:
            return 0
        free = min(units, self._left[allowance.code])
        self._left[allowance.code] -= free
        return free

    def _step(self, units: int) -> tuple[str, int, int]:
        """The step in force: its code, its price, and how many of `units` it takes."""
        while self._steps[0][2] == 0:
            del self._steps[0]
        code, yen, left = self._steps[0]
        if left is None:
            return code, yen, units
        taken = min(units, left)
        self._steps[0] = (code, yen, left - taken)
        return code, yen, taken

    def _surcharge_yen(self, code: str) -> int:
        if code not in self._surcharges:
            raise RuleBroken(f"surcharge {code!r} has no price in the prices of {self._plan}")
        return self._surcharges[code]


def _fees(basis: Basis) -> Iterator[Line]:
    if not basis.runs:
        return
    for fee in basis.prices.fees:
        if (fee.part is None or fee.part in basis.parts) and (basis.starts or not fee.once):
            yield Line(fee.code, fee.text, 1, fee.yen, fee.yen, fee.tax)
    prices = {option.code: option for option in basis.prices.options}
    for chosen in basis.options:
        option = prices[chosen.code]
        yield Line(option.code, option.text, chosen.count, option.yen, chosen.count * option.yen, option.tax)


def _case_lines(prices: Prices, rows: Sequence[RatedCase]) -> Iterator[Line]:
    """A line for each code that some case stands on, in the order of the price table."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        found = sums.setdefault(row.line, [0, 0, 0])
        found[0] += row.units
        found[1] += row.yen
        found[2] += 1
    for code, text, unit_yen, tax in _case_prices(prices):
        if code in sums:
            units, yen, cases = sums[code]
            yield Line(code, text, units, unit_yen, yen, tax, cases)


def _case_prices(prices: Prices) -> Iterator[tuple[str, str, int, Tax]]:
    """Code, text, yen and tax of every line that cases may stand on."""
    for allowance in prices.allowances:
        yield allowance.code, allowance.text, 0, prices.cases_tax
    yield INCLUDED, prices.included_text, 0, prices.cases_tax
    for i, step in enumerate(prices.steps):
        yield step.code, prices.step_text(i), step.yen, prices.cases_tax
    for surcharge in prices.surcharges:
        yield surcharge.code, surcharge.text, surcharge.yen, surcharge.tax


def _one_offs(basis: Basis) -> Iterator[Line]:
    for one in basis.one_offs:
        yield Line(one.code, one.text, 1, one.yen, one.yen, "none")
