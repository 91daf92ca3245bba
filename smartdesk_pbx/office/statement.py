"""R22, R28: the statement of a contract: fees paid and scheduled, the penalty and the damages cap that follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import Line, sums
from smartdesk_pbx.contract.deadlines import term_on
from smartdesk_pbx.contract.lifecycle import Span
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.penalty import DamagesCap, Penalty, damages_cap, penalty
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.contract import Which, find_any
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import agreement, closed, rating, receivables
from smartdesk_pbx.store.agreement import Agreed


@dataclass(frozen=True)
class MonthFee:
    """The fee of a month with tax, without late interest and early-termination fee; `paid_yen`: what came in for it.
    `fee_yen` None: no price table is in force for it (`why`)."""

    month: str
    fee_yen: int | None
    paid_yen: int
    closed: bool
    why: str = ""


@dataclass(frozen=True)
class Cap:
    """Article 28.3. `months`: whose fees it is made of, with yen; `expected`: those of them that are not paid."""

    months: tuple[tuple[str, int], ...]
    expected: tuple[str, ...]
    yen: int


@dataclass(frozen=True)
class Statement:
    """`until`: the last day that fees are scheduled for: of the term, or of the contract where it ends before.
    Amounts of months that are not closed are previews."""

    contract: str
    on: date
    from_on: date
    until: date
    months: tuple[MonthFee, ...]
    paid_yen: int
    scheduled_yen: int
    penalty: Penalty
    damages_cap: Cap
    unpriced: tuple[str, ...]


async def show(office: Office, params: Which) -> Statement:
    """The statement as of today. It charges nothing; nothing already paid is given back either (R19.3)."""

    def look(connection: Connection) -> Statement:
        one = agreement.agreed(connection, find_any(connection, params.contract).id)
        return _statement(connection, one, tokyo_date(office.store.now(connection)))

    return await office.store.read(look)


def _statement(connection: Connection, one: Agreed, today: date) -> Statement:
    span = agreement.span_of(connection, one.contract.id)
    if span is None:
        raise RuleBroken("no fees run for this contract yet: it is not live (setting charges_begin)")
    until = span.ended_on or term_on(max(today, span.started_on), span.started_on, one.settings).to_on
    paid = receivables.paid_by_month(connection, one.contract.id)
    months = tuple(_months(connection, one.contract.id, span, until, paid))
    scheduled = {
        Month.parse(m.month): m.fee_yen - m.paid_yen for m in months if m.fee_yen is not None and m.fee_yen > m.paid_yen
    }
    fees = {Month.parse(m.month): m.fee_yen for m in months if m.fee_yen is not None}
    return Statement(
        str(one.contract.id), today, span.started_on, until, months, sum(paid.values()), sum(scheduled.values()),
        penalty(paid, scheduled, one.settings),
        _cap(damages_cap(paid, fees, _used_months(span, today), one.settings)),
        tuple(m.month for m in months if m.fee_yen is None),
    )  # fmt: skip


def _months(
    connection: Connection, contract_id: UUID, span: Span, until: date, paid: dict[Month, int]
) -> Iterator[MonthFee]:
    month = Month.of(span.started_on)
    while month <= Month.of(until):
        entry = closed.entry_of(connection, contract_id, str(month))
        try:
            lines = entry.lines if entry else rating.preview(connection, contract_id, month).rating.lines
            yield MonthFee(str(month), _fee_yen(lines), paid.get(month, 0), entry is not None)
        except RuleBroken as error:
            yield MonthFee(str(month), None, paid.get(month, 0), False, str(error))
        month = month.plus(1)


def _cap(found: DamagesCap) -> Cap:
    months = tuple((str(month), yen) for month, yen in found.months)
    return Cap(months, tuple(str(month) for month in found.expected), found.yen)


def _fee_yen(lines: tuple[Line, ...]) -> int:
    """With tax; what stands outside of every tax base (the early-termination fee) is no fee of the month."""
    found = sums(lines)
    return found.total_yen - found.untaxed_yen


def _used_months(span: Span, today: date) -> int:
    """How many whole months the service was used so far."""
    last = min(today, span.ended_on or today)
    months = (last.year - span.started_on.year) * 12 + last.month - span.started_on.month
    return max(0, months - (last.day < span.started_on.day))
