"""R7.2: from the events of a case to its entry in the ledger, and to a person's correction of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.after_call import LedgerFact
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.case_rules import BY_HAND, Judgement, Rules, judge
from smartdesk_pbx.errors import RuleBroken


def judged_by(rules: Rules, case: Sequence[events.CaseEvent], at: datetime) -> events.Judged:
    """The ledger entry of a case that is closed at `at`; `case` begins with its arrival."""
    judgement = judge(rules, facts_of(case))
    arrived = next((e for e in case if isinstance(e, events.CallArrived)), None)
    return events.Judged(
        call_id=case[0].call_id,
        at=at,
        billable=judgement.billable,
        rule=judgement.rule,
        rules_version=judgement.version,
        rule_text=judgement.text,
        case_class=judgement.case_class,
        units=judgement.units,
        article=judgement.article,
        surcharges=list(judgement.surcharges),
        contract_id=arrived.contract_id if arrived else None,
        arrived_at=arrived.at if arrived else None,
    )


@dataclass(frozen=True)
class Wish:
    """What a person wants a case to be; None stays as it is. `billable` False takes units and surcharges away."""

    case_class: str | None = None
    units: int | None = None
    billable: bool | None = None
    surcharges: tuple[str, ...] | None = None


def corrected(now: LedgerFact, wish: Wish) -> Judgement:
    """The judgement in force, with a person's wish over it. `RuleBroken`: it cannot be so, or it is so already."""
    billable = wish.billable
    if billable is None:
        billable = wish.units > 0 if wish.units is not None else now.billable
    units = (wish.units if wish.units is not None else now.units or 1) if billable else 0
    surcharges = (list(wish.surcharges) if wish.surcharges is not None else now.surcharges) if billable else []
    if not billable and (wish.units or wish.surcharges):
        raise RuleBroken("what is not billable has neither units nor surcharges")
    if billable and units < 1:
        raise RuleBroken("a billable case has 1 unit or more (or say that it is not billable)")
    case_class = wish.case_class or now.case_class
    if (billable, units, surcharges, case_class) == (now.billable, now.units, now.surcharges, now.case_class):
        raise RuleBroken("the case is that already: nothing to correct")
    return Judgement(
        BY_HAND, now.rules_version, "Decided by a person.", case_class, units, billable, "7.2", tuple(surcharges)
    )


def reclassified(
    now: LedgerFact, key: str, judgement: Judgement, *, by: str, reason: str, at: datetime
) -> events.Reclassified:
    """The entry that takes the place of `now`, whose key is `key`. Raises `RuleBroken` when it says the same."""
    same = (now.rule, now.rules_version, now.units, now.case_class, now.surcharges)
    if same == (
        judgement.rule, judgement.version, judgement.units, judgement.case_class, list(judgement.surcharges)
    ):  # fmt: skip
        raise RuleBroken(f"rule {now.rule} of {now.rules_version} says so already: nothing to correct")
    return events.Reclassified(
        call_id=now.call_id,
        at=at,
        by=by,
        replaces=key,
        billable=judgement.billable,
        rule=judgement.rule,
        rules_version=judgement.version,
        rule_text=judgement.text,
        case_class=judgement.case_class,
        units=judgement.units,
        article=judgement.article,
        surcharges=list(judgement.surcharges),
        contract_id=now.contract_id,
        arrived_at=now.arrived_at,
        reason=reason,
    )
