"""The live walk: gives the walker's verbs to the leg and its results back to the walker."""

from typing import assert_never

from smartdesk_pbx.call.ask import answer
from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.emergency import tell_number
from smartdesk_pbx.call.escalate import hand_to_human
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.lookup import look_up
from smartdesk_pbx.call.noting import note_discarded, note_step
from smartdesk_pbx.call.outside import reach_outside
from smartdesk_pbx.call.phone import Leg
from smartdesk_pbx.call.placeholders import resolve
from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.verbs import (
    DONE,
    RECORDED,
    SILENCE,
    START,
    Ask,
    Bye,
    Choose,
    Fetch,
    Hand,
    Keep,
    Reach,
    Result,
    Say,
    Take,
    Tell,
    Verb,
)
from smartdesk_pbx.flow.walk import Position, begin, step
from smartdesk_pbx.store.snapshot import Route


async def walk(leg: Leg, case: Case, route: Route, house: House, result: Result = START) -> None:
    """To the flow's end: from its start, or from where the last noted step stands with the `result` of its verb."""
    assert route.flow is not None
    last = case.last(events.FlowStep)
    here = step(route.flow, Position.decode(last.position) if last else begin(route.flow), result)
    if not last or result != START:
        note_step(case, route, here, result, None)
    while not isinstance(here.verb, Bye):
        leg.language = here.position.language or route.language
        result, digits = await _carry_out(leg, case, route, house, here.verb)
        here = step(route.flow, here.position, result)
        note_step(case, route, here, result, digits)
    leg.language = here.position.language or route.language
    await leg.bye(await resolve(here.verb.prompts, leg, case, route, house))


async def _carry_out(leg: Leg, case: Case, route: Route, house: House, verb: Verb) -> tuple[Result, str | None]:
    """One verb; its result, and the digits that it collected."""
    if isinstance(verb, Take):
        prompts = await resolve(verb.prompts, leg, case, route, house)
        digits = await leg.collect(prompts, most=verb.most, wait_s=verb.wait_s, gap_s=verb.gap_s)
        return verb.judged(digits), digits or None
    return await _result(leg, case, route, house, verb), None


async def _result(leg: Leg, case: Case, route: Route, house: House, verb: Verb) -> Result:
    match verb:
        case Say():
            await leg.say(await resolve(verb.prompts, leg, case, route, house), skippable=verb.skippable)
            return DONE
        case Choose():
            key = await leg.menu(await resolve(verb.prompts, leg, case, route, house), wait_s=verb.wait_s)
            return Result("key", key) if key else SILENCE
        case Keep():
            return await _keep(leg, case, route, house, verb)
        case Hand():
            return await hand_to_human(leg, case, route, house, verb)
        case Reach():
            return await reach_outside(leg, case, route, house, verb)
        case Ask():
            return await answer(verb, leg, case, route, house)
        case Fetch():
            return await look_up(leg, case, route, house, verb)
        case Tell():
            await tell_number(leg, case, route, house, verb)
            return DONE
        case Bye() | Take():
            raise AssertionError("carried out by the walk itself")
    assert_never(verb)


async def _keep(leg: Leg, case: Case, route: Route, house: House, verb: Keep) -> Result:
    prompts = await resolve(verb.prompts, leg, case, route, house)
    if verb.instead:
        note_discarded(case)
    message = await leg.record(prompts, most_s=verb.most_s, silence_s=verb.silence_s)
    if message is None:
        return SILENCE
    case.note_message(message)
    return RECORDED
