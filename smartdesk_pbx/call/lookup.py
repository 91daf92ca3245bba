"""Asking the subscriber's own system in a live call: bounded in time, and only listed answers count."""

import asyncio

import structlog

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Leg
from smartdesk_pbx.call.placeholders import resolve
from smartdesk_pbx.call.question import NoAnswer, Question
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.destinations import check_lookup, host_of
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.verbs import OTHERWISE, Fetch, Result
from smartdesk_pbx.store.snapshot import Route

log = structlog.get_logger()


async def look_up(leg: Leg, case: Case, route: Route, house: House, verb: Fetch) -> Result:
    """The answer, or otherwise: within the limit, or when the prompts have ended, if that is later. Whatever becomes
    of the subscriber's system, the call goes on."""
    asking = asyncio.ensure_future(_ask(case, route, house, verb))
    try:
        if verb.prompts:
            await leg.say(await resolve(verb.prompts, leg, case, route, house))
        return Result("answer", await leg.until(asking))
    finally:
        asking.cancel()
        await asyncio.wait({asking})


async def _ask(case: Case, route: Route, house: House, verb: Fetch) -> str:
    """One of the verb's answers or otherwise, noted with its reason."""
    began_s = house.clock.running_s()
    answer, why = await _answer(case, route, house, verb)
    case.note(
        events.LookupMade,
        host=host_of(verb.url),
        outcome="otherwise" if why else "answered",
        why=why,
        answer=answer,
        ms=round((house.clock.running_s() - began_s) * 1000),
    )
    return answer or OTHERWISE


async def _answer(case: Case, route: Route, house: House, verb: Fetch) -> tuple[str, events.LookupFault]:
    """The answer, or why there is none."""
    try:
        check_lookup(verb.url, route.settings)
    except RuleBroken as error:
        house.alarm("lookup_not_allowed", call_id=str(case.call_id), error=str(error))
        return "", "not_allowed"
    try:
        async with asyncio.timeout(verb.limit_s):
            said = await house.ask_system(Question(verb.url, verb.method, _told(case, verb)))
    except TimeoutError:
        return "", "timeout"
    except NoAnswer as none:
        return "", none.why
    except Exception as error:
        log.exception("a lookup failed", call_id=str(case.call_id), error=type(error).__name__)
        return "", "fault"
    return (said, "") if said in verb.answers else ("", "unlisted")


def _told(case: Case, verb: Fetch) -> dict[str, str]:
    """What the flow tells, as far as it is known."""
    known = {"caller": case.arrived.caller, "number": case.arrived.number, "digits": case.digits}
    return {name: told for name in verb.send if (told := known[name])}
