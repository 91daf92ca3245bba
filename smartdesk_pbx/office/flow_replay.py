"""Past calls of a number walked through a draft: who would have ended elsewhere, and what that does to the month."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from statistics import median
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.call.outcome import outcome_of
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.case_rules import Judgement, Rules, judge
from smartdesk_pbx.contract.events import CallArrived, TalkEnded
from smartdesk_pbx.contract.month import midnight, tokyo_date
from smartdesk_pbx.contract.numbers import checked, mask
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.flow.ends import Ended, ended, would_end
from smartdesk_pbx.flow.nodes import Caller
from smartdesk_pbx.flow.rebuilt import Usual, goes_as_before, rebuilt
from smartdesk_pbx.flow.recorded import Recorded, recorded
from smartdesk_pbx.flow.replay import Circumstances, Replayed, replay
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office.flow_source import Side, either
from smartdesk_pbx.office.month_effect import MonthEffect, effects
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.progress import progress
from smartdesk_pbx.store import caller_list, closure, contract, past_calls, rules
from smartdesk_pbx.store import flow as flows
from smartdesk_pbx.store.last_call import hours_since_last_call
from smartdesk_pbx.store.past_calls import PastCall

EVERY = 100
"""After so many calls it is told how far the replay has come."""


class Replay(Side):
    """`since`, `until`: civil dates in Tokyo, both included; `until` is today unless it is given."""

    number: str
    since: date
    until: date | None = None


@dataclass(frozen=True)
class End:
    """Where a call ended and how, and what it was judged to be."""

    node: str
    how: str
    rule: str
    case_class: str
    units: int


@dataclass(frozen=True)
class Differs:
    """A call that would have ended elsewhere, or would be judged otherwise. `caller`: the last four digits.
    `assumed`: what nobody can know."""

    case_id: UUID
    arrived_at: datetime
    caller: str
    before: End
    after: End
    assumed: list[str]


@dataclass
class Told:
    """`calls`: how many were replayed; `left_out`: others of the time, that walked no published flow or go on.
    `by_class`: units by class of case, before and after; `assumed`: what was, and in how many calls."""

    number: str
    flow: str
    since: date
    until: date
    calls: int = 0
    left_out: int = 0
    elsewhere: int = 0
    judged_otherwise: int = 0
    units_before: int = 0
    units_after: int = 0
    by_class: dict[str, list[int]] = field(default_factory=dict)
    months: list[MonthEffect] = field(default_factory=list)
    assumed: dict[str, int] = field(default_factory=dict)
    differs: list[Differs] = field(default_factory=list)


async def replay_calls(office: Office, params: Replay) -> Told:
    """Raises `Mistakes` for a draft that is wrong, `RuleBroken` for a time that makes no sense."""
    number = checked(params.number, office.settings.country)

    def read(connection: Connection) -> Told:
        until = params.until or tokyo_date(office.store.now(connection))
        if until < params.since:
            raise RuleBroken(f"--until {until} lies before --since {params.since}")
        told = Told(number, "", params.since, until)
        _, draft = either(connection, params)
        return _Office(office, connection, draft, told).replay()

    return await office.store.read(read)


class _Office:
    """One replay: what is asked of the store more than once is kept."""

    def __init__(self, office: Office, connection: Connection, draft: Tree, told: Told) -> None:
        self.connection, self.sealer, self.draft, self.told = connection, office.sealer, draft, told
        told.flow = draft.flow
        self.tree: Callable[[str, int], Tree] = cache(lambda name, version: flows.get(connection, name, version).tree)
        self.lists: Mapping[UUID, Mapping[str, frozenset[str]]] = caller_list.for_routing(connection)
        self.closures: list[Closure] = [one.told for one in closure.listing(connection, number=told.number, past=True)]
        self.rules: Callable[[str, str | None], Rules] = cache(self._rules)
        self.asks_repeat = any(
            case.repeat_hours for node in draft.nodes.values() if isinstance(node, Caller) for case in node.cases
        )
        self.talks_s: list[float] = []
        self.changed: dict[UUID, Judgement] = {}
        self.contracts: dict[UUID, tuple[UUID, datetime]] = {}

    def replay(self) -> Told:
        told, since = self.told, midnight(self.told.since)
        until = midnight(told.until + timedelta(days=1))
        calls, told.left_out = past_calls.count(self.connection, told.number, since, until)
        assumed: Counter[str] = Counter()
        past = []
        for done, one in enumerate(past_calls.read(self.connection, self.sealer, calls), 1):
            self.talks_s += [event.talk_s for event in one.events if isinstance(event, TalkEnded)]
            past.append(one)
            if done % EVERY == 0:
                progress()(done, 2 * len(calls))
        usual = Usual(talk_s=median(self.talks_s)) if self.talks_s else Usual()
        for done, one in enumerate(past, 1):
            assumed.update(self._one(one, usual))
            if done % EVERY == 0:
                progress()(len(calls) + done, 2 * len(calls))
        told.assumed = dict(assumed)
        told.months = effects(self.connection, self.contracts, self.changed)
        return told

    def _one(self, past: PastCall, usual: Usual) -> list[str]:
        """Replay one call and count it; what was assumed."""
        call = recorded(past.events)
        if call is None:
            self.told.left_out += 1
            return []
        asked = self.tree(past.flow, past.flow_version)
        again = replay(self.draft, call, Circumstances(self._caller(call.arrived), asked, self.closures))
        before = self._before(past, call.arrived)
        if goes_as_before(call, again):
            after = before
        else:
            rules_ = self.rules(call.arrived.plan or "", before.version)
            after = judge(rules_, facts_of(rebuilt(call, again, outcome_of, usual)))
        self._count(call, again, before, after, ended(call, asked))
        return again.assumed

    def _count(self, call: Recorded, again: Replayed, before: Judgement, after: Judgement, end: Ended) -> None:
        told, arrived = self.told, call.arrived
        told.calls += 1
        told.units_before += before.units
        told.units_after += after.units
        told.by_class.setdefault(before.case_class, [0, 0])[0] += before.units
        told.by_class.setdefault(after.case_class, [0, 0])[1] += after.units
        moved, judged = end != would_end(again), _said(before) != _said(after)
        told.elsewhere += moved
        told.judged_otherwise += judged
        if judged and arrived.contract_id:
            self.changed[arrived.call_id] = after
            self.contracts[arrived.call_id] = (arrived.contract_id, arrived.at)
        if moved or judged:
            told.differs.append(
                Differs(arrived.call_id, arrived.at, mask(arrived.caller), _end(end, before),
                        _end(would_end(again), after), again.assumed)
            )  # fmt: skip

    def _caller(self, arrived: CallArrived) -> CallerFacts:
        key, contract_id = arrived.caller_key, arrived.contract_id
        lists = self.lists.get(contract_id, {}) if contract_id else {}
        since_h = hours_since_last_call(self.connection, arrived) if self.asks_repeat else None
        # A number that was erased is known to have been one.
        number = arrived.caller or ("+" if key else None)
        return CallerFacts(number, frozenset(name for name, keys in lists.items() if key in keys), since_h)

    def _before(self, past: PastCall, arrived: CallArrived) -> Judgement:
        """The judgement in force; what it would be now for a case that is not closed yet."""
        one = past.judged
        if one is None:
            return judge(self.rules(arrived.plan or "", None), facts_of(past.events))
        return Judgement(
            one.rule, one.rules_version, one.rule_text, one.case_class, one.units, one.billable, one.article,
            tuple(one.surcharges),
        )  # fmt: skip

    def _rules(self, plan: str, version: str | None) -> Rules:
        """Those that judged the call; the plan's present ones where they are not known."""
        known = rules.of(self.connection, plan, version) if version else None
        return known or contract.plan(self.connection, plan).rules


def _said(one: Judgement) -> tuple[object, ...]:
    return one.rule, one.case_class, one.units, one.billable, one.surcharges


def _end(end: Ended, judged: Judgement) -> End:
    return End(end.node, end.how, judged.rule, judged.case_class, judged.units)
