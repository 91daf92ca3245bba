"""Closed months computed again from the ledger: byte-equal, or it says what differs (R16.1); and with other prices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from smartdesk_pbx.billing import entry as entries
from smartdesk_pbx.billing.correction import difference
from smartdesk_pbx.billing.entry import Correction, RatingEntry
from smartdesk_pbx.billing.invoice import Line, frozen, sums
from smartdesk_pbx.billing.prices import INCLUDED, Prices, codes
from smartdesk_pbx.billing.rate import rate
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import agenda, closed, invoice
from smartdesk_pbx.store.chargeable import Due
from smartdesk_pbx.store.closed import Closed
from smartdesk_pbx.store.draft import cases_of
from smartdesk_pbx.store.judged import head_seqs


@dataclass(frozen=True)
class Differs:
    """Something of a closed month that does not come out of the ledger again."""

    contract_id: UUID
    month: str
    number: int | None
    wrong: str


@dataclass(frozen=True)
class WhatIf:
    """One contract under other prices, yen with tax. `now_yen` None: the month cannot be priced as things are."""

    contract_id: UUID
    plan: str
    cases: int
    now_yen: int | None
    then_yen: int


def rerate(connection: Connection, row: Closed) -> list[Differs]:
    """Every difference between a closed month and what its judgements and prices give now; empty when it holds."""
    entry = closed.entry_of(connection, row.contract_id, row.month)
    if entry is None:
        return [Differs(row.contract_id, row.month, row.number, "the rating entry is gone from the ledger")]
    again = _again(connection, row, entry)
    wrong = []
    if entries.written(again) != entries.written(entry):
        wrong.append(Differs(row.contract_id, row.month, entry.number, "the rating entry comes out otherwise"))
    numbered = [(again.number, again.lines), *((c.number, c.lines) for c in again.corrections)]
    for number, lines in numbered:
        if number is not None and (said := _document_differs(connection, number, lines, row.chain_seq)):
            wrong.append(Differs(row.contract_id, row.month, number, said))
    return wrong


def _again(connection: Connection, row: Closed, entry: RatingEntry) -> RatingEntry:
    cases = cases_of(connection, row.contract_id, row.chain, row.month, entry.until)
    rating = rate(entry.basis, cases)
    corrections = tuple(_correction_again(connection, row, entry, one) for one in entry.corrections)
    return msgspec.structs.replace(entry, lines=rating.lines, cases=rating.cases, corrections=corrections)


def _correction_again(connection: Connection, row: Closed, entry: RatingEntry, one: Correction) -> Correction:
    cases = cases_of(connection, row.contract_id, row.chain, one.month, entry.until)
    lacked = difference(rate(one.basis, cases), closed.charged(connection, row.contract_id, one.month, row.month))
    return msgspec.structs.replace(one, lines=lacked.lines, cases=lacked.cases)


def _document_differs(connection: Connection, number: int, lines: tuple[Line, ...], seq: int) -> str:
    """What is wrong with a stored document, "" for nothing: amounts from the ledger, who and when from itself."""
    try:
        stored = invoice.get(connection, number)
    except RuleBroken as error:
        return str(error)
    summed = sums(lines)
    again = msgspec.structs.replace(
        stored.document, lines=lines, totals=summed.totals, untaxed_yen=summed.untaxed_yen, total_yen=summed.total_yen
    )
    if frozen(again).decode() != stored.content:
        return "the document comes out otherwise"
    return "" if stored.document.head.seq == seq else "the document names another ledger entry"


def closed_months(connection: Connection, month: Month, contract_id: UUID | None = None) -> Sequence[Closed]:
    """The closed contracts of a month, or the one."""
    found = closed.closed_in(connection, month)
    return [row for id, row in found.items() if contract_id in (None, id)]


def whatif(connection: Connection, month: Month, prices: Mapping[str, Prices]) -> Iterator[WhatIf]:
    """R15: what a month would have charged under other price tables, contract by contract; closed or not. Nothing is
    written. Contracts of plans that are not among the tables are left out."""
    for due in agenda.running(connection, month):
        if due.plan in prices:
            yield _whatif(connection, month, due, prices[due.plan])


def _whatif(connection: Connection, month: Month, due: Due, table: Prices) -> WhatIf:
    until = head_seqs(connection, [due.chain])[due.chain]
    cases = cases_of(connection, due.id, due.chain, str(month), until)
    entry = closed.entry_of(connection, due.id, str(month))
    basis = entry.basis if entry else due.basis
    now_yen = None if basis is None else sums(rate(basis, cases).lines).total_yen
    then = _fitted(due, table).basis_with(table)
    return WhatIf(due.id, due.plan, len(cases), now_yen, sums(rate(then, cases).lines).total_yen)


def _fitted(due: Due, table: Prices) -> Due:
    """The contract without those own prices and options that the other table does not know."""
    known = {INCLUDED, *codes(table)}
    own = {code: yen for code, yen in due.settings.price_overrides.items() if code in known}
    options = tuple(option for option in due.settings.options if option.partition(":")[0] in known)
    return replace(due, settings=due.settings.model_copy(update={"price_overrides": own, "options": options}))
