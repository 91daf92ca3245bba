"""What a case or a month costs: from the rating entry where the month is closed, else as a preview."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.billing.invoice import Line, Sums, sums
from smartdesk_pbx.billing.rate import RatedCase, Rating, rate
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import agenda, closed
from smartdesk_pbx.store.chargeable import Problem
from smartdesk_pbx.store.draft import cases_of
from smartdesk_pbx.store.judged import head_seqs
from smartdesk_pbx.store.tables import case_file


@dataclass(frozen=True)
class CaseLine:
    """What a case adds to one line of one document. `line` `none`: it is not charged; `number` None: no document.
    Units and yen below 0: a correction took them back."""

    line: str
    text: str
    units: int
    yen: int
    number: int | None


@dataclass(frozen=True)
class CaseRating:
    """What one case costs. `preview`: its month is not closed, everything may still change."""

    case_id: UUID
    contract_id: UUID
    month: str
    lines: tuple[CaseLine, ...]
    yen: int
    preview: bool


@dataclass(frozen=True)
class Preview:
    """What a month would come to if it were closed now."""

    rating: Rating
    sums: Sums
    problems: tuple[Problem, ...]


def of_case(connection: Connection, case_id: UUID) -> CaseRating | None:
    """What was charged for a case, corrections included; None while its month is not closed for the contract."""
    found = _place(connection, case_id)
    if found is None:
        return None
    contract_id, month = found
    entry = closed.entry_of(connection, contract_id, month)
    lines: list[CaseLine] = []
    if entry is not None:
        lines += _lines(case_id, entry.cases, entry.lines, entry.number)
    for _, one in closed.corrections_of(connection, contract_id, month):
        lines += _lines(case_id, one.cases, one.lines, one.number)
    return _case_rating(case_id, contract_id, month, lines, preview=False) if lines else None


def preview_of_case(connection: Connection, case_id: UUID) -> CaseRating | None:
    """What a case would cost if its month were closed now; None for a case of no contract, or one not judged yet.
    Raises RuleBroken as `preview` does."""
    found = _place(connection, case_id)
    if found is None:
        return None
    contract_id, month = found
    rating = preview(connection, contract_id, Month.parse(month)).rating
    lines = list(_lines(case_id, rating.cases, rating.lines, None))
    return _case_rating(case_id, contract_id, month, lines, preview=True) if lines else None


def preview(connection: Connection, contract_id: UUID, month: Month) -> Preview:
    """A month as it would be closed now. Raises RuleBroken where it cannot be priced: no prices, an unknown option."""
    due = agenda.as_of(connection, month, contract_id)
    if due.basis is None:
        raise RuleBroken("; ".join(problem.wrong for problem in due.problems))
    until = head_seqs(connection, [due.chain])[due.chain]
    rating = rate(due.basis, cases_of(connection, contract_id, due.chain, str(month), until))
    return Preview(rating, sums(rating.lines), due.problems)


def _place(connection: Connection, case_id: UUID) -> tuple[UUID, str] | None:
    """Contract and month of a case."""
    query = select(case_file.c.contract_id, case_file.c.invited_at).where(case_file.c.call_id == case_id)
    row = connection.execute(query).first()
    if row is None or row.contract_id is None:
        return None
    return row.contract_id, str(Month.of(tokyo_date(row.invited_at)))


def _lines(case_id: UUID, rows: Iterable[RatedCase], lines: Iterable[Line], number: int | None) -> Iterator[CaseLine]:
    texts = {line.code: line.text for line in lines}
    for row in rows:
        if row.case_id == case_id:
            yield CaseLine(row.line, texts.get(row.line, ""), row.units, row.yen, number)


def _case_rating(case_id: UUID, contract_id: UUID, month: str, lines: list[CaseLine], *, preview: bool) -> CaseRating:
    return CaseRating(case_id, contract_id, month, tuple(lines), sum(line.yen for line in lines), preview)
