"""What has become of a contract, told by its events: its state, its plan in a month, which months are charged. Pure.

The events are the facts; the row `contract` and everything here are derived from them (R11, R12, R15, R18, R19).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from smartdesk_pbx.contract.agreement_events import AgreementEvent, Cause
from smartdesk_pbx.contract.deadlines import term_on
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.settings import ServiceSettings

State = Literal["onboarding", "active", "suspended", "ended"]


@dataclass(frozen=True)
class PlanFrom:
    """From that day on the contract is on `plan`."""

    on: date
    plan: str


@dataclass(frozen=True)
class Span:
    """R15, R16.3: when a contract runs, for whoever charges it. `ended_on`: its last day, also one that lies ahead."""

    contract_id: UUID
    subscriber_id: UUID
    started_on: date
    ended_on: date | None
    term_months: int
    plans: tuple[PlanFrom, ...]
    """At least one, ascending; the first one counts from the start whatever its day."""

    def plan_in(self, month: Month) -> str:
        """The plan of a month (Article 12: plans change on the 1st)."""
        plan = self.plans[0].plan
        for step in self.plans[1:]:
            if step.on <= month.first:
                plan = step.plan
        return plan

    def runs_in(self, month: Month) -> bool:
        """Whether the month is charged: from the month of the start to that of the end, both in full (R15, R16.3),
        suspended ones too (R8.5)."""
        return Month.of(self.started_on) <= month and (self.ended_on is None or month <= Month.of(self.ended_on))


@dataclass(frozen=True)
class Fee:
    """Article 18.3: due in the month in which the contract ends, once, untaxed. `waived`: why it is not charged."""

    month: Month
    code: Literal["early-termination"]
    yen: int
    waived: str | None = None


@dataclass(frozen=True)
class Life:
    """A contract as its events tell it."""

    started_on: date
    plans: tuple[PlanFrom, ...]
    formed: bool = False
    live_on: date | None = None
    suspended: bool = False
    ends_on: date | None = None
    """Its last day, past or ahead."""
    cause: Cause | None = None
    fee_yen: int = 0
    """What a cancellation was told to cost."""
    waived: str | None = None
    third_party_on: date | None = None
    """R10: since when third parties may be served through it, by written consent."""
    over: bool = False
    """An event says that it ended; not only a day that lies ahead or has passed."""
    recorded: frozenset[tuple[str, date]] = frozenset()
    """What took effect by itself and has its event already: its kind and day."""

    def plan_on(self, day: date) -> str:
        """The plan in force on a day."""
        return next((step.plan for step in reversed(self.plans) if step.on <= day), self.plans[0].plan)

    def pending_plan(self, day: date) -> PlanFrom | None:
        """The plan change that still lies ahead of a day."""
        last = self.plans[-1]
        return last if len(self.plans) > 1 and last.on > day else None

    def pending_end(self, day: date) -> date | None:
        """The last day, when it is not over."""
        return self.ends_on if self.ends_on is not None and self.ends_on >= day and not self.ended(day) else None

    def ended(self, day: date) -> bool:
        """Whether nothing runs any more on a day: a termination ends at once, everything else with its last day."""
        if self.ends_on is None:
            return False
        return day >= self.ends_on if self.cause in ("termination", "agreement") else day > self.ends_on

    def state_on(self, day: date) -> State:
        """The state of the contract on a day."""
        if self.ended(day):
            return "ended"
        if self.suspended:
            return "suspended"
        return "active" if self.live_on is not None else "onboarding"

    def fee(self) -> Fee | None:
        """The early-termination fee, waived or not; None when there is none (R18.3; R19: an end by us costs none)."""
        if self.ends_on is None or self.cause != "cancellation" or not self.fee_yen:
            return None
        return Fee(Month.of(self.ends_on), "early-termination", self.fee_yen, self.waived)


def begun(started_on: date, plan: str, state: State, ended_on: date | None) -> Life:
    """The life of a contract that was entered as a row, without an event."""
    live_on = None if state == "onboarding" else started_on
    cause: Cause | None = "agreement" if ended_on else None
    return Life(started_on, (PlanFrom(started_on, plan),), False, live_on, state == "suspended", ended_on, cause)


def tell(base: Life, events: Iterable[AgreementEvent]) -> Life:
    """The life of a contract by its events in their order; `base`: what its row says, for one that was never formed
    by an event."""
    told = list(events)
    if told and told[0].kind == "formed":
        base = Life(base.started_on, base.plans)
    first = next((e.doc.plan_before for e in told if e.doc.plan_before), None)
    life = replace(base, plans=(PlanFrom(base.started_on, first),)) if first else base
    for event in told:
        life = _after(life, event)
    return life


def _after(life: Life, event: AgreementEvent) -> Life:
    day, on = tokyo_date(event.at), event.effective_on
    match event.kind:
        case "formed":
            plans = (PlanFrom(on, event.doc.plan),) if event.doc.plan else life.plans
            return replace(life, formed=True, started_on=on, plans=plans)
        case "went_live":
            return replace(life, live_on=on)
        case "plan_change_requested":
            assert event.doc.plan is not None
            return replace(life, plans=(*_settled(life, day), PlanFrom(on, event.doc.plan)))
        case "plan_change_withdrawn":
            return replace(life, plans=tuple(_settled(life, day)))
        case "suspended":
            return replace(life, suspended=True)
        case "resumed":
            return replace(life, suspended=False)
        case "cancellation_requested":
            return replace(life, ends_on=on, cause="cancellation", fee_yen=event.doc.fee_yen or 0)
        case "cancellation_withdrawn":
            return replace(life, ends_on=None, cause=None, fee_yen=0, waived=None)
        case "fee_waived":
            return replace(life, waived=event.reason)
        case "terminated":
            return replace(life, ends_on=on, cause="termination", over=True)
        case "ended":
            return replace(life, ends_on=on, cause=event.doc.cause or "agreement", over=True)
        case "plan_changed" | "renewed":
            return replace(life, recorded=life.recorded | {(event.kind, on)})
        case "third_party_consent":
            return replace(life, third_party_on=on)
        case "third_party_withdrawn":
            return replace(life, third_party_on=None)
        case _:
            return life


def _settled(life: Life, day: date) -> Iterator[PlanFrom]:
    """The plan changes that are in force on a day: what is asked then replaces the one that still waits."""
    return (step for i, step in enumerate(life.plans) if i == 0 or step.on <= day)


def span(
    life: Life, settings: ServiceSettings, contract_id: UUID, subscriber_id: UUID, ended_on: date | None = None
) -> Span | None:
    """The span that is charged; None while nothing is (⚙ fees from going live, and it is not). `ended_on`: as the row
    says, where no event tells of an end."""
    starts = life.started_on
    if settings.charges_begin == "live":
        if life.live_on is None:
            return None
        starts = max(starts, life.live_on)
    ends = life.ends_on or ended_on
    if not settings.renewal_months:
        expires = term_on(life.started_on, life.started_on, settings).to_on
        ends = min(ends, expires) if ends else expires
    return Span(contract_id, subscriber_id, starts, ends, settings.term_months, life.plans)
