"""Closing a case: the judgement, and `case.closed` with it, in one unit of work. A repeat is a no-op."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.house import House
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.case_rules import Rules, judge
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.case import events_of, unclosed


async def close_case(case: Case, house: House, response: Literal["none", "complete", "partial"]) -> None:
    """R7.2: judge by the plan's rules and write judgement and closing together; returns when the ledger holds both."""
    judgement = judge(_rules(case, house), facts_of(case.events))
    now = house.clock.now()
    closed = events.CaseClosed(call_id=case.call_id, at=now, response=response)
    judged = events.Judged(
        call_id=case.call_id,
        at=now,
        billable=judgement.billable,
        rule=judgement.rule,
        rules_version=judgement.version,
        rule_text=judgement.text,
        case_class=judgement.case_class,
        units=judgement.units,
    )
    await house.writer.append(closed, judged, chain=case.chain).ledgered(patient=True)


def _rules(case: Case, house: House) -> Rules:
    """The rules of the plan under which the call arrived, also when its number is somebody else's by now."""
    routes = house.routing().routes.values()
    return next((r.plan_rules for r in routes if r.plan == case.arrived.plan), standard_plan().rules)


async def close_if_complete(house: House, call_id: UUID) -> bool:
    """R2.3: close a case whose call is over and whose primary response has no item undecided; its agent is free then.

    The end of the call and the response are written by two hands. Each calls this after its fact is in the ledger,
    so that the later one sees both; should both see both, the second closing is a no-op.
    """
    case = await reopen(house, call_id)
    response, talked = case.last(events.ResponseTaken), case.last(events.TalkStarted)
    if not (response and response.complete and talked and case.all(events.CallEnded)):
        return False
    await close_case(case, house, "complete")
    await house.desk.wrapped_up(talked.agent, call_id)
    return True


async def reopen(house: House, call_id: UUID) -> Case:
    """The record of a call that is not in memory any more, from its events. `RuleBroken`: there is none."""
    stored = await house.store.read(lambda c: events_of(c, house.sealer, call_id))
    happened = [s.fact for s in stored if isinstance(s.fact, events.CaseEvent)]
    arrived = next((e for e in happened if isinstance(e, events.CallArrived)), None)
    if arrived is None:
        raise RuleBroken(f"there is no case {call_id} (smartdesk case list shows them)")
    return Case(house.writer, house.clock.now, call_id, arrived.subscriber_id, happened)


async def close_overdue(house: House) -> int:
    """Close, as partial, cases whose wrap-up time has passed (R2.3); how many. Run now and then, and at start."""
    closed = 0
    limit = timedelta(seconds=house.settings.wrap_up_s)
    for file in await house.store.read(unclosed):
        if file.ended_at and house.clock.now() - file.ended_at >= limit:
            if not await close_if_complete(house, file.call_id):
                case = await reopen(house, file.call_id)
                await close_case(case, house, "partial" if case.all(events.TalkStarted) else "none")
            closed += 1
    return closed
