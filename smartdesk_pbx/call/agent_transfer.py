"""R8.2 at the agent's desk: a caller asks an agent for a direct transfer. Such a request always counts; at the
threshold the agent is shown the emergency number, and may tell it. Telling is an event of its own."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.closing import reopen
from smartdesk_pbx.call.emergency import ANSWER_LIMIT_S, decide_request
from smartdesk_pbx.call.house import House
from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.store import subscriber


@dataclass(frozen=True)
class Shown:
    """What the agent is shown: `number` in clear (E.164) after a release, else None. `missing`: the threshold is
    reached, but no number is on file."""

    case: str
    released: bool
    missing: bool
    number: str | None = field(repr=False)


async def ask_agent(house: House, call_id: UUID) -> Shown:
    """Note and count the request; the number when that releases it, durable in the ledger before it is shown.

    Raises `RuleBroken` where no agent has talked or the case is closed, `EdgeDown` when the ledger is away.
    """
    case = await _talked(house, call_id)
    route = house.routing().routes.get(case.arrived.number)
    if route is None:
        raise RuleBroken(f"{case.arrived.number} is nobody's number any more: nothing can be released")
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            released = await decide_request(case, route, house, by="agent") == "released"
    except TimeoutError:
        raise EdgeDown("the ledger is away: the number cannot be released now") from None
    missing = not released and bool(case.all(events.EmergencyMissing))
    return Shown(str(call_id), released, missing, await _number(house, route.subscriber_id) if released else None)


async def tell_by_agent(house: House, call_id: UUID) -> None:
    """The agent told the caller the number. Raises `RuleBroken` when it was not released in this call."""
    case = await _talked(house, call_id)
    if not case.all(events.EmergencyReleased):
        raise RuleBroken(f"case {call_id}: the emergency number was not released in this call")
    await case.note(events.EmergencyTold, times=1, by="agent").ledgered(ANSWER_LIMIT_S)


async def _talked(house: House, call_id: UUID) -> Case:
    case = await reopen(house, call_id)
    if case.all(events.CaseClosed):
        raise RuleBroken(f"case {call_id} is closed")
    if not case.all(events.TalkStarted):
        raise RuleBroken(f"case {call_id}: no agent has talked with the caller")
    return case


async def _number(house: House, subscriber_id: UUID) -> str | None:
    who = await house.store.read(lambda c: subscriber.by_id(c, subscriber_id))
    return subscriber.emergency_of(house.sealer, who) if who else None
