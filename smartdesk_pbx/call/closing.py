"""Closing a case: the judgement, and `case.closed` with it, in one unit of work. A repeat is a no-op."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.house import House
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import asked_at
from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.hours import is_open
from smartdesk_pbx.contract.judging import judged_by
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.store.case import events_of, unclosed
from smartdesk_pbx.store.contract import plan as stored_plan
from smartdesk_pbx.store.contract import settings_of
from smartdesk_pbx.store.mark import said_of
from smartdesk_pbx.store.repeat import earlier_case

LEDGER_RETRY_S = 1.0


async def close_case(case: Case, house: House, response: Literal["none", "complete", "partial"]) -> None:
    """R7.2: judge by the plan's rules; context, closing and judgement are written together. Returns when the ledger
    holds them. Is the ledger away, the case is closed when it is back: its judgement depends on other cases."""
    outside = await _outside(case, house)
    case.events[:] = [*(e for e in case.events if not isinstance(e, events.CaseMarked)), *outside.marks]
    now = house.clock.now()
    context = events.CaseContext(
        call_id=case.call_id,
        at=now,
        out_of_hours=not is_open(outside.settings.answering_hours, outside.settings.closed_days, asked_at(case.events)),
        repeat_of=outside.repeat_of,
        repeat_hours=outside.settings.repeat_hours,
    )
    closed = events.CaseClosed(call_id=case.call_id, at=now, response=response)
    judged = judged_by(outside.rules, [*case.events, context], now)
    await house.writer.append(context, closed, judged, chain=case.chain).ledgered(patient=True)


@dataclass(frozen=True)
class _Outside:
    """What the judgement needs from outside of the call."""

    rules: Rules
    settings: ServiceSettings
    repeat_of: UUID | None
    marks: list[events.CaseMarked]


async def _outside(case: Case, house: House) -> _Outside:
    while True:
        try:
            return await house.store.read(lambda c: _look(c, case, house))
        except EdgeDown:
            await asyncio.sleep(LEDGER_RETRY_S)


def _look(connection: Connection, case: Case, house: House) -> _Outside:
    """The rules of the plan under which the call arrived, also when its number is somebody else's by now."""
    arrived = case.arrived
    routes = house.routing().routes.values()
    rules = next((r.plan_rules for r in routes if r.plan == arrived.plan), None)
    if rules is None:
        rules = stored_plan(connection, arrived.plan).rules if arrived.plan else standard_plan().rules
    settings = next((r.settings for r in routes if r.contract_id == arrived.contract_id), None)
    if settings is None:
        settings = settings_of(connection, arrived.contract_id) if arrived.contract_id else ServiceSettings()
    return _Outside(rules, settings, earlier_case(connection, arrived, settings), said_of(connection, case.call_id))


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
            closed += await _close_late(house, file.call_id)
    return closed


async def _close_late(house: House, call_id: UUID) -> bool:
    """One case; a fault in it is an alarm, and keeps none of the others open."""
    try:
        if not await close_if_complete(house, call_id):
            case = await reopen(house, call_id)
            await close_case(case, house, "partial" if case.all(events.TalkStarted) else "none")
    except EdgeDown:
        raise
    except Exception as error:
        house.alarm("case_not_closed", call_id=str(call_id), error=repr(error))
        return False
    return True
