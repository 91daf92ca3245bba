"""What a closed month lacks: its rating made again with all that is known now, less what was charged before. Pure.

R16.1: a document is never changed; the difference becomes a further one, with its own tax.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from smartdesk_pbx.billing.invoice import Line
from smartdesk_pbx.billing.rate import RatedCase, Rating


def difference(now: Rating, before: Sequence[Rating]) -> Rating:
    """The lines and case rows by which `now` differs from all of `before` together; both empty when it does not.

    Lines of one code, price and tax are netted; a line whose price was another is taken back at the old price.
    """
    signed = [(1, now), *((-1, rating) for rating in before)]
    return Rating(tuple(_lines(signed)), tuple(_cases(signed)))


def _lines(signed: Sequence[tuple[int, Rating]]) -> Iterator[Line]:
    net: dict[tuple[str, int, str], Line] = {}
    for sign, line in ((sign, line) for sign, rating in signed for line in rating.lines):
        key = (line.code, line.unit_yen, line.tax)
        old = net.get(key)
        quantity, yen, cases = (old.quantity, old.amount_yen, old.cases) if old else (0, 0, 0)
        net[key] = msgspec.structs.replace(
            old or line,
            quantity=quantity + sign * line.quantity,
            amount_yen=yen + sign * line.amount_yen,
            cases=cases + sign * line.cases,
        )
    return (line for line in net.values() if line.quantity or line.amount_yen)


def _cases(signed: Sequence[tuple[int, Rating]]) -> Iterator[RatedCase]:
    """Rows that changed, and those that are new though they cost nothing."""
    net: dict[tuple[UUID, str], tuple[int, int, int]] = {}
    for sign, row in ((sign, row) for sign, rating in signed for row in rating.cases):
        units, yen, times = net.get((row.case_id, row.line), (0, 0, 0))
        net[row.case_id, row.line] = (units + sign * row.units, yen + sign * row.yen, times + sign)
    for (case_id, line), (units, yen, times) in net.items():
        if units or yen or times > 0:
            yield RatedCase(case_id, line, units, yen)


def reversed_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines of a credit note that takes these back."""
    return tuple(
        msgspec.structs.replace(line, quantity=-line.quantity, amount_yen=-line.amount_yen, cases=-line.cases)
        for line in lines
    )
