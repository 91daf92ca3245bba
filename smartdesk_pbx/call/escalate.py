"""From the IVR to a human: reserve an agent, ring, whisper the announced name, join, and wrap up."""

import asyncio
from datetime import datetime

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import AgentLeg, Leg, NotAnswered
from smartdesk_pbx.call.placeholders import resolve
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.errors import CallEnded, CallerHungUp, CutByLimit, EdgeDown
from smartdesk_pbx.flow.verbs import HUMAN, NOBODY, Hand, Result
from smartdesk_pbx.store.snapshot import Route

HOLD_MOST_S = 30.0
"""After a fault: how long the words "please hold" may take to their end."""

Holding = asyncio.Future[None]
"""The caller being told to hold; done when hold music has begun."""


async def hand_to_human(leg: Leg, case: Case, route: Route, house: House, verb: Hand) -> Result:
    """R2.1, R6: longest-idle agents one after the other, until one talks with the caller or nobody is left. No human
    where the part answering is not agreed, or suspended."""
    team = verb.team or route.settings.team
    if not case.all(events.Escalated):
        case.note(events.Escalated, reason=verb.reason, team=team, skills=list(verb.skills), priority=verb.priority)
    if "answering" not in working(route.settings):
        case.note(events.NobodyFree, tried=0, waited_s=0.0, agreed=False)
        return NOBODY
    # The agent's phone rings while the caller is still told to hold; the two meet when both are done.
    limit_s = house.settings.queue_s if verb.wait_s is None else verb.wait_s
    prompts = await resolve(verb.prompts, leg, case, route, house)
    hold = asyncio.ensure_future(leg.please_hold(prompts, wait_s=limit_s))
    hold.add_done_callback(looked_at)
    try:
        return await _find_agent(leg, case, route, house, team, hold, limit_s)
    except CallEnded:
        hold.cancel()
        raise
    except Exception:  # whatever is said next must not meet a channel that is still being told to hold
        await asyncio.wait({hold}, timeout=HOLD_MOST_S)
        raise


async def _find_agent(
    leg: Leg, case: Case, route: Route, house: House, team: str, hold: Holding, limit_s: float
) -> Result:
    """One agent after the other, until one has talked with the caller."""
    started_s, tried, left_s = house.clock.running_s(), 0, limit_s
    while True:
        since_s = house.clock.running_s()
        agent = await _reserve(leg, case, house, team, max(0.0, left_s))
        if agent is None:
            break
        left_s -= house.clock.running_s() - since_s  # only waiting is limited: a phone that rings is not
        tried += 1
        if await _offer(leg, case, route, house, agent, hold):
            return HUMAN
    waited_s = round(house.clock.running_s() - started_s, 1)
    await hold
    case.note(events.NobodyFree, tried=tried, waited_s=waited_s)
    return NOBODY


def looked_at(hold: Holding) -> None:
    """Whoever waits for the hold hears of its end; when nobody does any more, the call has ended elsewhere."""
    if not hold.cancelled():
        hold.exception()


async def _reserve(leg: Leg, case: Case, house: House, team: str, wait_s: float) -> str | None:
    """An agent reserved for this call; None: nobody, the caller is asked for a message. A caller who leaves
    meanwhile is let go of in `reception.finish`."""
    try:
        return await leg.until(house.desk.reserve(case.call_id, team, wait_s=wait_s))
    except EdgeDown:
        house.alarm("agents_cannot_be_reserved", call_id=str(case.call_id))
        return None


async def _offer(leg: Leg, case: Case, route: Route, house: House, agent: str, hold: Holding) -> bool:
    """Ring one agent; True when the two have talked."""
    case.note(events.AgentOffered, agent=agent).hurry()  # a daemon that comes now must know whose phone rings
    try:
        callee = await leg.ring(
            agent, timeout_s=house.settings.ring_s, shown=route.announced_name, language=route.language
        )
        if isinstance(callee, NotAnswered):
            return await _missed(case, house, agent, callee.reason)
        if not await _meet(leg, case, route, callee, hold):
            return await _missed(case, house, agent, "agent_left")
    except CallEnded:
        case.note(events.AgentMissed, agent=agent, reason="caller_left")
        raise
    case.note(events.TalkStarted, agent=agent, channel=callee.channel).hurry()  # and which two are joined
    await house.desk.talking(agent, case.call_id)
    await watch_talk(leg, case, house, callee)
    return True


async def _meet(leg: Leg, case: Case, route: Route, callee: AgentLeg, hold: Holding) -> bool:
    """R2.3: whisper the announced name, then join the two; False when the agent left. Whatever else goes wrong, the
    agent is not left alone on the line."""
    try:
        if not await leg.until(callee.whisper(_whisper(route))):
            return False
        case.note(
            events.NameAnnounced,
            agent=callee.agent,
            announced_name=route.announced_name,
            version=route.announced_version,
        )
        await hold
        await leg.join(callee)
    except LookupError:
        await callee.hang_up()
        return False
    except Exception:
        await callee.hang_up()
        raise
    return True


async def watch_talk(leg: Leg, case: Case, house: House, callee: AgentLeg) -> None:
    """The talk, to its end; then the agent's wrap-up begins. Returns when the agent left and the caller is still there.

    A later daemon enters here for a talk that goes on.
    """
    try:
        talk = await leg.talk(callee)
    except Exception:  # a fault of ours: the agent must not sit on a dead line
        await callee.hang_up()
        raise
    began = case.open_talk
    talk_s = round(talk.seconds + (earlier_s(case, began.at) if began else 0.0), 3)
    case.note(events.TalkEnded, agent=callee.agent, by=talk.by, talk_s=talk_s)
    await house.desk.wrap_up(callee.agent, case.call_id)
    if talk.by == "caller":
        raise CallerHungUp
    if talk.by == "us":
        raise CutByLimit


def earlier_s(case: Case, began_at: datetime) -> float:
    """How much of a talk lay before this daemon took the call up."""
    resumed = case.last(events.CallResumed)
    return (resumed.at - began_at).total_seconds() if resumed and resumed.at > began_at else 0.0


async def _missed(case: Case, house: House, agent: str, reason: str) -> bool:
    case.note(events.AgentMissed, agent=agent, reason=reason)
    await house.desk.missed(agent, case.call_id, reason)
    return False


def _whisper(route: Route) -> list[str]:
    """R2.3: the announced name, in the agent's ear before the talk path opens."""
    return ["whisper-call", *([route.announced_prompt] if route.announced_prompt else [])]
