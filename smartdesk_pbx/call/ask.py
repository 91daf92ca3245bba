"""What a live call answers to its flow's questions: from its own arrival, so that a later daemon answers the same."""

import asyncio
from typing import assert_never

import structlog

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.emergency import ask_for_transfer
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Leg
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.flow import answers
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.verbs import Ask, Result
from smartdesk_pbx.store.last_call import hours_since_last_call
from smartdesk_pbx.store.snapshot import Route

HISTORY_LIMIT_S = 1.0
"""How long the caller waits, in silence, for the store to say when they called last."""

log = structlog.get_logger()


async def answer(ask: Ask, leg: Leg, case: Case, route: Route, house: House) -> Result:
    """One answer of those that the question lists."""
    assert route.flow is not None
    match ask.question:
        case "transfer_request":
            return await ask_for_transfer(case, route, house)
        case "hours":
            return answers.hours(route.flow, ask, case.arrived.at, route.closures)
        case "caller":
            repeats = any(one.repeat_hours for one in ask.cases)
            since_h = await leg.until(_hours_since_last(case, house)) if repeats else None
            return answers.caller_case(ask.cases, _caller(case, route, since_h))
        case "number_called":
            return answers.number_called(ask, case.arrived.number)
        case "caller_number":
            return answers.caller_number(_caller(case, route, None))
    assert_never(ask.question)


def _caller(case: Case, route: Route, since_h: float | None) -> CallerFacts:
    arrived = case.arrived
    lists = frozenset(name for name, keys in route.lists.items() if arrived.caller_key in keys)
    return CallerFacts(arrived.caller, lists, since_h)


async def _hours_since_last(case: Case, house: House) -> float | None:
    """Hours from the caller's last call to this one; None for a first one, and when the store does not say in time."""
    try:
        async with asyncio.timeout(HISTORY_LIMIT_S):
            return await house.store.read(lambda c: hours_since_last_call(c, case.arrived))
    except (EdgeDown, TimeoutError):
        log.warning("nobody knows when this caller called last", call_id=str(case.call_id))
        return None
