"""The contracts whose month is to be closed, what each has agreed, and what stands in the way of each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from smartdesk_pbx.billing.prices import Prices
from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.lifecycle import Span, span
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import agreement, closed
from smartdesk_pbx.store import prices as price_tables
from smartdesk_pbx.store.agreement import Agreed
from smartdesk_pbx.store.chargeable import Due, Problem
from smartdesk_pbx.store.closed import Closed
from smartdesk_pbx.store.judged import head_seqs
from smartdesk_pbx.store.tables import case_file
from smartdesk_pbx.store.tables import plan as plans
from smartdesk_pbx.store.tables.lifecycle import contract_event

_SHOWN_CASES = 3


@dataclass(frozen=True)
class _Known:
    """What is looked up once for all contracts."""

    month: Month
    prices: Mapping[str, Prices]
    prices_before: Mapping[str, Prices]
    last: Mapping[UUID, Closed]
    own_then: Mapping[UUID, Mapping[str, Any]]
    """Contracts' own settings at the end of the month, where they were changed since."""
    plan_layers: Mapping[str, Mapping[str, Any]]
    charged: Mapping[UUID, Mapping[str, int]]
    open_cases: Mapping[UUID, list[UUID]]


def due(connection: Connection, month: Month, contract_id: UUID | None = None) -> list[Due]:
    """The contracts whose `month` is still to be closed, oldest first, or just the one: those that run in it, and
    those that do not but about which the ledger or a fee says something new."""
    known = _known(connection, month)
    done = closed.closed_in(connection, month)
    asked = agreement.all_agreed(connection) if contract_id is None else [agreement.agreed(connection, contract_id)]
    found = [_due(one, known) for one in asked if one.contract.id not in done]
    heads = head_seqs(connection, {one.chain for one in found if not one.runs})
    return [one for one in found if one.runs or _fee_owed(one) or (_can_owe(one) and _has_news(one, heads))]


def running(connection: Connection, month: Month) -> list[Due]:
    """All contracts that run in a month, closed or not, oldest first."""
    known = _known(connection, month)
    found = (_due(one, known) for one in agreement.all_agreed(connection))
    return [one for one in found if one.runs]


def as_of(connection: Connection, month: Month, contract_id: UUID) -> Due:
    """One contract in a month, closed or not: what it has agreed, and what would stand in the way."""
    return _due(agreement.agreed(connection, contract_id), _known(connection, month))


def _known(connection: Connection, month: Month) -> _Known:
    return _Known(
        month,
        price_tables.in_force(connection, month),
        price_tables.in_force(connection, month.plus(-1)),
        closed.last_before(connection, month),
        _settings_then(connection, month),
        {row.id: row.settings for row in connection.execute(select(plans.c.id, plans.c.settings))},
        closed.charged_one_offs(connection),
        _open_cases(connection, month),
    )


def _settings_then(connection: Connection, month: Month) -> dict[UUID, Mapping[str, Any]]:
    """What a month is charged by are the settings at its end, not those of the day on which it is closed."""
    query = select(contract_event.c.contract_id, contract_event.c.doc).where(
        contract_event.c.kind == "settings_changed", contract_event.c.at >= month.ends_at
    )
    found: dict[UUID, Mapping[str, Any]] = {}
    for contract_id, text in connection.execute(query.order_by(contract_event.c.seq.desc())):
        doc = msgspec.json.decode(text, type=Doc)
        if doc.settings_before is not None:
            found[contract_id] = doc.settings_before
    return found


def _open_cases(connection: Connection, month: Month) -> dict[UUID, list[UUID]]:
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    query = select(case_file.c.contract_id, case_file.c.call_id).where(
        case_file.c.invited_at >= month.starts_at,
        case_file.c.invited_at < month.ends_at,
        case_file.c.contract_id.is_not(None),
        case_file.c.closed_at.is_(None),
    )
    for contract_id, call_id in connection.execute(query.order_by(case_file.c.invited_at)):
        found[contract_id].append(call_id)
    return found


def _fee_owed(one: Due) -> bool:
    """A fee of this month, also of a contract that ends before any monthly fee ran; or one of an earlier month that
    was found or waived late."""
    return bool(one.one_offs_changed or one.one_offs_in(str(one.month)))


def _can_owe(one: Due) -> bool:
    """Without prices, and never charged: announcements that its callers hear keep no month open."""
    return one.basis is not None or one.last is not None


def _has_news(one: Due, heads: Mapping[UUID, int]) -> bool:
    """Was anything written to the chain after the last rating entry, which itself is one more than was read for it?"""
    return heads[one.chain] > (one.last.until_seq + 1 if one.last else 0)


def _due(one: Agreed, known: _Known) -> Due:
    contract = one.contract
    spanned = span(one.life, one.settings, contract.id, contract.subscriber_id, contract.ended_on)
    runs = spanned is not None and spanned.runs_in(known.month)
    starts = spanned is not None and Month.of(spanned.started_on) == known.month
    plan = spanned.plan_in(known.month) if spanned else one.life.plan_on(known.month.first)
    last = known.last.get(contract.id)
    bare = Due(one, known.month, plan, _settings(one, plan, known), runs, starts, last)
    problems = list(_problems(one, spanned, last, known))
    basis = None
    try:
        basis = bare.basis_with(_prices(plan, known))
    except RuleBroken as error:
        problems.append(Problem(contract.id, str(error), f"see: smartdesk contract show {contract.id}"))
    return replace(bare, basis=basis, one_offs_changed=_one_offs_changed(bare, known), problems=tuple(problems))


def _prices(plan: str, known: _Known) -> Prices:
    if plan not in known.prices:
        raise RuleBroken(f"no prices for plan {plan} in {known.month} (smartdesk plan price FILE)")
    return known.prices[plan]


def _settings(one: Agreed, plan: str, known: _Known) -> ServiceSettings:
    """As they were at the end of the month, under the plan of that month."""
    own = known.own_then.get(one.contract.id, one.contract.settings)
    if own == one.contract.settings and plan == one.contract.plan:
        return one.settings
    return effective(known.plan_layers[plan], own)


def _problems(one: Agreed, spanned: Span | None, last: Closed | None, known: _Known) -> Iterator[Problem]:
    before = known.month.plus(-1)
    ran = spanned is not None and spanned.runs_in(before) and spanned.plan_in(before) in known.prices_before
    if ran and (last is None or last.month != str(before)):
        yield Problem(one.contract.id, f"{before} is not closed yet", f"smartdesk billing close {before}")
    if waiting := known.open_cases.get(one.contract.id):
        shown = ", ".join(str(call) for call in waiting[:_SHOWN_CASES])
        more = f" and {len(waiting) - _SHOWN_CASES} more" if len(waiting) > _SHOWN_CASES else ""
        wrong = f"{len(waiting)} open: case {shown}{more}"
        yield Problem(one.contract.id, wrong, "smartdesk case respond CASE, or wait for wrap-up")


def _one_offs_changed(one: Due, known: _Known) -> frozenset[str]:
    """Earlier closed months in which the fee is not what was charged: found late, or waived since."""
    charged = known.charged.get(one.id, {})
    fee = one.agreed.life.fee()
    months = {*charged, *([str(fee.month)] if fee else [])}
    last = one.last.month if one.last else ""
    changed = (
        month for month in months if sum(charge.yen for charge in one.one_offs_in(month)) != charged.get(month, 0)
    )
    return frozenset(month for month in changed if month <= last)
