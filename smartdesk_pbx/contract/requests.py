"""R12, R18, R19: what a subscriber may ask of a contract and what we may do to it, decided before anything is stored.

Pure: dates go in, a decision comes out, or `RuleBroken` with what to do instead.
"""

from dataclasses import dataclass
from datetime import date

from smartdesk_pbx.contract.deadlines import cancellation_on, early_fee_yen, plan_change_on, term_on
from smartdesk_pbx.contract.lifecycle import Fee, Life, PlanFrom
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import RuleBroken


@dataclass(frozen=True)
class Ending:
    """R18: the last day, and what ending on it costs (untaxed)."""

    ends_on: date
    fee_yen: int


def expiry(life: Life, settings: ServiceSettings) -> date | None:
    """R11: the last day of a contract whose term is not renewed; None for one that is."""
    if settings.renewal_months:
        return None
    return term_on(life.started_on, life.started_on, settings).to_on


def refuse_ended(life: Life, day: date, settings: ServiceSettings) -> None:
    """Raise `RuleBroken` when nothing runs any more."""
    expires = expiry(life, settings)
    last = expires if expires and expires < day else life.ends_on if life.ended(day) else None
    if last is not None:
        raise RuleBroken(f"this contract has ended (last day {last}); open another one")


def plan_change(life: Life, settings: ServiceSettings, plan: str, asked_on: date) -> PlanFrom:
    """Article 12: from when the contract is on `plan` when that is asked on a day. Replaces what waits (⚙)."""
    refuse_ended(life, asked_on, settings)
    on, waiting = plan_change_on(asked_on, settings), life.pending_plan(asked_on)
    if waiting is not None and settings.pending_plan_change == "refuse":
        raise RuleBroken(f"a change to {waiting.plan} waits for {waiting.on}; withdraw it first")
    if waiting is None and life.plan_on(asked_on) == plan:
        raise RuleBroken(f"the contract is on plan {plan} already")
    if waiting is not None and life.plan_on(asked_on) == plan:
        raise RuleBroken(f"the contract is on plan {plan} until {waiting.on}; withdraw the change to {waiting.plan}")
    if life.ends_on is not None and life.ends_on < on:
        raise RuleBroken(f"the contract ends on {life.ends_on}, before a new plan could start on {on}")
    expires = expiry(life, settings)
    if expires is not None and expires < on:
        raise RuleBroken(f"the contract's term ends on {expires} and is not renewed; no new plan could start on {on}")
    return PlanFrom(on, plan)


def cancellation(life: Life, settings: ServiceSettings, received_on: date) -> Ending:
    """Article 18: when a contract ends whose cancellation is received on a day, and the fee for it."""
    refuse_ended(life, received_on, settings)
    if life.cause == "cancellation" and life.ends_on is not None:
        raise RuleBroken(f"it is cancelled already and ends on {life.ends_on}; withdraw that first")
    return ending(life, settings, received_on)


def ending(life: Life, settings: ServiceSettings, received_on: date) -> Ending:
    """Article 18.2, 18.3, whatever was asked before: the term's own end is not overrun, and costs nothing."""
    ends_on = min(cancellation_on(received_on, settings), expiry(life, settings) or date.max)
    return Ending(ends_on, early_fee_yen(ends_on, life.started_on, settings))


def waiver(life: Life) -> Fee:
    """The fee that is to be waived (R18). Raises `RuleBroken` when there is none, or it is waived already."""
    fee = life.fee()
    if fee is None:
        raise RuleBroken("this contract owes no early-termination fee")
    if fee.waived is not None:
        raise RuleBroken(f"the fee of {fee.yen:,} yen is waived already: {fee.waived}")
    return fee


def suspension(life: Life, settings: ServiceSettings, day: date) -> None:
    """R8.4, R19: may the contract be suspended? Raises `RuleBroken`."""
    refuse_ended(life, day, settings)
    if life.live_on is None:
        raise RuleBroken("this contract is not live yet: nothing can be suspended (contract terminate ends it)")
    if life.suspended:
        raise RuleBroken("this contract is suspended already")


def resumption(life: Life, settings: ServiceSettings, day: date) -> None:
    """May the contract be resumed? Raises `RuleBroken`."""
    refuse_ended(life, day, settings)
    if not life.suspended:
        raise RuleBroken("this contract is not suspended")


def withdrawn_end(life: Life, settings: ServiceSettings, day: date) -> date:
    """The end that a withdrawn cancellation would have brought. Raises `RuleBroken` when none waits."""
    refuse_ended(life, day, settings)
    if life.cause != "cancellation" or life.ends_on is None:
        raise RuleBroken("no cancellation waits for this contract")
    return life.ends_on


def withdrawn_plan(life: Life, settings: ServiceSettings, day: date) -> PlanFrom:
    """The plan change that is withdrawn. Raises `RuleBroken` when none waits."""
    refuse_ended(life, day, settings)
    waiting = life.pending_plan(day)
    if waiting is None:
        raise RuleBroken("no plan change waits for this contract")
    return waiting
