"""What other judgements of some cases would do to their months, in yen."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import sums
from smartdesk_pbx.billing.rate import JudgedCase, rate
from smartdesk_pbx.contract.case_rules import Judgement
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import agenda, closed
from smartdesk_pbx.store.contract import slugs as slugs_of
from smartdesk_pbx.store.draft import cases_of
from smartdesk_pbx.store.judged import head_seqs


@dataclass(frozen=True)
class MonthEffect:
    """A contract's month, yen with tax; None, and why, where it cannot be priced."""

    month: str
    contract: str
    subscriber: str
    before_yen: int | None
    after_yen: int | None
    because: str = ""


def effects(
    connection: Connection, placed: Mapping[UUID, tuple[UUID, datetime]], changed: Mapping[UUID, Judgement]
) -> list[MonthEffect]:
    """By month and contract. `placed`: contract and arrival of each changed case. Nothing is written."""
    cases: defaultdict[tuple[Month, UUID], dict[UUID, JudgedCase]] = defaultdict(dict)
    for call_id, judgement in changed.items():
        contract_id, at = placed[call_id]
        cases[Month.of(tokyo_date(at)), contract_id][call_id] = JudgedCase(
            call_id, at, judgement.billable, judgement.units, judgement.case_class, judgement.surcharges
        )
    slugs = slugs_of(connection)
    return [
        _effect(connection, month, contract_id, slugs.get(contract_id, ""), cases[month, contract_id])
        for month, contract_id in sorted(cases)
    ]


def _effect(
    connection: Connection, month: Month, contract_id: UUID, slug: str, changed: Mapping[UUID, JudgedCase]
) -> MonthEffect:
    def unknown(because: str) -> MonthEffect:
        return MonthEffect(str(month), str(contract_id), slug, None, None, because)

    due = agenda.as_of(connection, month, contract_id)
    entry = closed.entry_of(connection, contract_id, str(month))
    basis = entry.basis if entry else due.basis
    if basis is None:
        return unknown("; ".join(problem.wrong for problem in due.problems) or "no price table")
    until = head_seqs(connection, [due.chain])[due.chain]
    before = cases_of(connection, contract_id, due.chain, str(month), until)
    after = [changed.get(one.case_id, one) for one in before]
    # Cases that are not closed yet are in no ledger: they change nothing here.
    try:
        now_yen, then_yen = (sums(rate(basis, cases).lines).total_yen for cases in (before, after))
    except RuleBroken as error:
        return unknown(str(error))
    return MonthEffect(str(month), str(contract_id), slug, now_yen, then_yen)
