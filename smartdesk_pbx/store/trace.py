"""From a line of a document back to the cases behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.billing.entry import Correction, RatingEntry
from smartdesk_pbx.billing.invoice import Document
from smartdesk_pbx.billing.prices import codes
from smartdesk_pbx.billing.rate import RatedCase
from smartdesk_pbx.store import closed
from smartdesk_pbx.store.tables import case_file
from smartdesk_pbx.store.tables.money import closed_month, correction

_ASKED_AT_ONCE = 500


@dataclass(frozen=True)
class Traced:
    """What one case adds to a line; below 0 where a correction takes it back."""

    case_id: UUID
    arrived_at: datetime | None
    number: str | None
    """The assigned number that was called."""
    case_class: str | None
    rule: str | None
    units: int
    yen: int


@dataclass(frozen=True)
class Behind:
    """`from_prices`: since when the price table of the line is valid, "" where it stands in none."""

    from_prices: str
    cases: tuple[Traced, ...]


def behind(connection: Connection, document: Document, code: str) -> Behind:
    """The cases behind a line of a document in order of arrival; none for a fee, nor for a credit note by hand (the
    invoice that it refers to has them)."""
    charge = _charge(connection, document)
    if charge is None:
        return Behind("", ())
    prices = charge.basis.prices
    priced = code in codes(prices) or any(row.line == code for row in charge.cases)
    rows = [row for row in charge.cases if row.line == code]
    return Behind(prices.valid_from if priced else "", tuple(_traced(connection, rows)))


def _charge(connection: Connection, document: Document) -> RatingEntry | Correction | None:
    """What the close computed for a document."""
    own = select(closed_month.c.month).where(closed_month.c.contract_id == document.contract_id)
    month = connection.execute(own.where(closed_month.c.number == document.number)).scalar()
    if month is not None:
        return closed.entry_of(connection, document.contract_id, month)
    later = select(correction.c.closed_in).where(correction.c.contract_id == document.contract_id)
    closed_in = connection.execute(later.where(correction.c.number == document.number)).scalar()
    entry = closed.entry_of(connection, document.contract_id, closed_in) if closed_in else None
    return next((one for one in entry.corrections if one.number == document.number), None) if entry else None


def _traced(connection: Connection, rows: Sequence[RatedCase]) -> Iterable[Traced]:
    files: dict[UUID, Any] = {}
    columns = (
        case_file.c.call_id, case_file.c.invited_at, case_file.c.number, case_file.c.case_class, case_file.c.rule,
    )  # fmt: skip
    for start in range(0, len(rows), _ASKED_AT_ONCE):
        asked = [row.case_id for row in rows[start : start + _ASKED_AT_ONCE]]
        for file in connection.execute(select(*columns).where(case_file.c.call_id.in_(asked))):
            files[file.call_id] = file
    for row in rows:
        of = files.get(row.case_id)
        at, number, case_class, rule = of[1:] if of else (None, None, None, None)
        yield Traced(row.case_id, at, number, case_class, rule, row.units, row.yen)
