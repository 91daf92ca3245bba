"""What the close of a month comes to for some contracts: read from the ledger, rated, nothing written yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from smartdesk_pbx.billing.correction import difference
from smartdesk_pbx.billing.entry import Correction
from smartdesk_pbx.billing.prices import Basis, Prices
from smartdesk_pbx.billing.rate import JudgedCase, Rating, rate
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import closed
from smartdesk_pbx.store import prices as price_tables
from smartdesk_pbx.store.chargeable import Due, Problem
from smartdesk_pbx.store.judged import Ruling, head_seqs, in_force, rulings


@dataclass(frozen=True)
class Draft:
    """The charge of one contract. `corrections` have no numbers yet; `until`, `next_seq`: see `Closed`."""

    due: Due
    basis: Basis
    rating: Rating
    corrections: tuple[Correction, ...]
    until: int
    next_seq: int


def drafts(connection: Connection, month: Month, batch: Sequence[Due]) -> Iterator[Draft | Problem]:
    """The drafts of contracts without problems, in order, from one moment of the ledger. A contract that does not run
    and has nothing to charge gives none; one whose cases cannot be priced gives a problem."""
    after: dict[UUID, int] = {}
    for one in batch:
        seq = one.last.next_seq if one.last else 0
        after[one.chain] = min(seq, after.get(one.chain, seq))
    until = head_seqs(connection, after)
    found = rulings(connection, after)
    for one in batch:
        try:
            draft = _draft(connection, month, one, found[one.chain], until[one.chain])
        except RuleBroken as error:
            yield Problem(one.id, str(error), "give it a price: smartdesk plan price FILE")
            continue
        if draft is not None:
            yield draft


def _draft(connection: Connection, month: Month, one: Due, found: Sequence[Ruling], until: int) -> Draft | None:
    assert one.basis is not None
    starts, ends = month.starts_at, month.ends_at
    here: list[Ruling] = []
    late: set[str] = set()
    next_seq = until
    for ruling in found:
        if ruling.contract_id != one.id:
            continue
        arrived = ruling.case.arrived_at
        if arrived >= ends:
            next_seq = min(next_seq, ruling.seq - 1)
        elif arrived >= starts:
            here.append(ruling)
        elif one.last is None or ruling.seq > one.last.until_seq:
            late.add(str(Month.of(tokyo_date(arrived))))
    rating = rate(one.basis, in_force(here))
    fixed = _corrections(connection, one, sorted(late | one.one_offs_changed), until)
    if not (one.runs or fixed or rating.net_yen or any(ruling.case.billable for ruling in here)):
        return None
    return Draft(one, one.basis, rating, fixed, until, next_seq)


def _corrections(connection: Connection, one: Due, months: Sequence[str], until: int) -> tuple[Correction, ...]:
    found = (_correction(connection, one, month, until) for month in months)
    return tuple(correction for correction in found if correction is not None)


def _correction(connection: Connection, one: Due, month: str, until: int) -> Correction | None:
    """What a month before this close lacks; None for nothing."""
    entry = closed.entry_of(connection, one.id, month)
    basis = entry.basis if entry else _basis_unclosed(connection, one, Month.parse(month))
    if basis is None:
        return None
    basis = msgspec.structs.replace(basis, one_offs=one.one_offs_in(month))
    cases = cases_of(connection, one.id, one.chain, month, until)
    lacks = difference(rate(basis, cases), closed.charged(connection, one.id, month))
    if not lacks.lines and (entry is None or not lacks.cases):
        return None
    return Correction(month, None, entry.number if entry else None, basis, lacks.lines, lacks.cases)


def _basis_unclosed(connection: Connection, one: Due, month: Month) -> Basis | None:
    """A month that was never closed for the contract: nothing ran in it, or there were no prices yet (then it stays
    uncharged)."""
    prices: Mapping[str, Prices] = price_tables.in_force(connection, month)
    plan = one.agreed.life.plan_on(month.first)
    return Basis(prices[plan], runs=False) if plan in prices else None


def cases_of(connection: Connection, contract_id: UUID, chain: UUID, month: str, until: int) -> list[JudgedCase]:
    """The cases of a contract and month as the chain knew them when `until` was its last entry."""
    before = [row for row in closed.months_of(connection, contract_id) if row.month < month]
    bounds = Month.parse(month)
    found = rulings(connection, {chain: before[-1].next_seq if before else 0})[chain]
    return in_force(
        ruling
        for ruling in found
        if ruling.contract_id == contract_id
        and ruling.seq <= until
        and bounds.starts_at <= ruling.case.arrived_at < bounds.ends_at
    )
