"""After a restart of the daemon: calls that are still up are taken up again, the others are closed."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.closing import reopen
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Arrival, Leg
from smartdesk_pbx.call.reception import attend
from smartdesk_pbx.contract import events
from smartdesk_pbx.store.case import open_calls
from smartdesk_pbx.store.snapshot import Route

log = structlog.get_logger()

Adopt = Callable[[Arrival, Case], tuple[Leg, bool]]
"""Gives the leg of a call begun by an earlier daemon, and whether its channel is still there."""


async def take_up(house: House, adopt: Adopt, start: Callable[[UUID, Awaitable[None]], None]) -> int:
    """Take up every call of this node that has no `call.ended`; how many. `start` runs each as a task of its own."""
    files = await house.store.read(lambda c: open_calls(c, house.settings.node))
    for file in files:
        case = await reopen(house, file.call_id)
        route = house.routing().routes.get(case.arrived.number)
        if route is None:
            house.alarm("open_call_without_number", call_id=str(file.call_id))
            continue
        leg, there = adopt(_arrival(case), case)
        leg.language = route.language
        start(file.call_id, resume(leg, case, route, house, there))
    await _free_agents(house)
    return len(files)


async def resume(leg: Leg, case: Case, route: Route, house: House, there: bool) -> None:
    """Go on where the last noted step stands; a call whose channel is gone ended unseen."""
    log.info("call taken up", call_id=str(case.call_id), there=there)
    if there:
        case.note(events.CallResumed, where="talk" if case.open_talk else "verb")
    await attend(leg, case, route, house, unseen=not there)


async def _free_agents(house: House) -> None:
    """Nobody rings any more for a call that an earlier daemon had reserved an agent for."""
    for agent in await house.desk.agents():
        if agent.state == "offered" and agent.call_id:
            await house.desk.let_go(agent.call_id)


def _arrival(case: Case) -> Arrival:
    a = case.arrived
    return Arrival(case.call_id, a.node, a.number, a.caller, a.caller_class, a.channel, a.at)
