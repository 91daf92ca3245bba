"""After a restart of the daemon: calls that are still up are taken up again, the others are closed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from uuid import UUID

import structlog

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.closing import reopen
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Arrival, Leg
from smartdesk_pbx.call.reception import attend
from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.builtin import UNPUBLISHED, answering_only
from smartdesk_pbx.store import flow
from smartdesk_pbx.store.agent import AgentState
from smartdesk_pbx.store.case import file_of, open_calls
from smartdesk_pbx.store.snapshot import Route

log = structlog.get_logger()

Adopt = Callable[[Arrival, Case], tuple[Leg, bool]]
"""Gives the leg of a call begun by an earlier daemon, and whether its channel is still there."""


async def take_up(house: House, adopt: Adopt, start: Callable[[UUID, Awaitable[None]], None]) -> int:
    """Take up every call of this node that has no `call.ended`; how many. `start` runs each as a task of its own.

    Agents come first: a call that is taken up may want one at once.
    """
    files = await house.store.read(lambda c: open_calls(c, house.settings.node))
    cases = {file.call_id: await reopen(house, file.call_id) for file in files}
    await _put_agents_right(house, cases)
    for call_id, case in cases.items():
        route = await _route(house, case)
        leg, there = adopt(_arrival(case), case)
        leg.language = route.language if route else house.settings.language
        start(call_id, resume(leg, case, route, house, there))
    return len(cases)


async def resume(leg: Leg, case: Case, route: Route | None, house: House, there: bool) -> None:
    """Go on where the last noted step stands; a call whose channel is gone ended unseen."""
    log.info("call taken up", call_id=str(case.call_id), there=there)
    if there:
        case.note(events.CallResumed, where="talk" if case.open_talk or case.open_outside else "verb")
    await attend(leg, case, route, house, unseen=not there)


async def _route(house: House, case: Case) -> Route | None:
    """The number's route with the version of the flow that the call began with: its positions belong to that one.
    None when the number has been taken back meanwhile."""
    route = house.routing().routes.get(case.arrived.number)
    if route is None:
        house.alarm("open_call_without_number", call_id=str(case.call_id))
        return None
    name, version = case.arrived.flow, case.arrived.flow_version
    if name is None or (name, version) == (route.flow_name, route.flow_version):
        return route
    if version == UNPUBLISHED:
        return replace(route, flow=answering_only(), flow_name=name, flow_version=version)
    begun = await house.store.read(lambda c: flow.get(c, name, version))
    return replace(route, flow=begun.tree, flow_name=name, flow_version=version)


async def _put_agents_right(house: House, cases: Mapping[UUID, Case]) -> None:
    """What this node's agents were doing when the earlier daemon stopped: whose talk goes on is talking, nobody rings
    any more, and a talk that is over is followed by its wrap-up."""
    for agent in await house.desk.agents():
        call_id = agent.call_id
        if call_id is None or agent.state not in ("offered", "talking") or await _elsewhere(house, call_id):
            continue
        case = cases.get(call_id)
        await _put_right(house, agent, call_id, case.open_talk if case else None)


async def _put_right(house: House, agent: AgentState, call_id: UUID, talk: events.TalkStarted | None) -> None:
    if talk and talk.agent == agent.name:
        await house.desk.talking(agent.name, call_id)
    elif agent.state == "offered":
        await house.desk.let_go(call_id)
    else:
        await house.desk.wrap_up(agent.name, call_id)


async def _elsewhere(house: House, call_id: UUID) -> bool:
    """True for a call of another node: its own daemon looks after it."""
    file = await house.store.read(lambda c: file_of(c, call_id))
    return file is not None and file.node != house.settings.node


def _arrival(case: Case) -> Arrival:
    a = case.arrived
    return Arrival(case.call_id, a.node, a.number, a.caller, a.caller_class, a.channel, a.at)
