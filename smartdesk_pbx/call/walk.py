"""The live walk: gives the walker's verbs to the leg and its results back to the walker."""

from typing import assert_never

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.emergency import ask_for_transfer, tell_number
from smartdesk_pbx.call.escalate import hand_to_human
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Leg
from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.verbs import (
    DONE,
    RECORDED,
    SILENCE,
    START,
    Ask,
    Bye,
    Choose,
    Hand,
    Keep,
    Result,
    Say,
    Take,
    Tell,
    Verb,
)
from smartdesk_pbx.flow.walk import Position, Step, begin, step
from smartdesk_pbx.store.snapshot import Route


async def walk(leg: Leg, case: Case, route: Route, house: House, result: Result = START) -> None:
    """To the flow's end: from its start, or from where the last noted step stands with the `result` of its verb."""
    assert route.flow is not None
    last = case.last(events.FlowStep)
    here = step(route.flow, Position.decode(last.position) if last else begin(route.flow), result)
    if not last or result != START:
        _note(case, here, result, None)
    while not isinstance(here.verb, Bye):
        result, digits = await _carry_out(leg, case, route, house, here.verb)
        here = step(route.flow, here.position, result)
        _note(case, here, result, digits)
    await leg.bye(await _resolve(here.verb.prompts, leg, case, route))


def _note(case: Case, here: Step, result: Result, digits: str | None) -> None:
    if here.refusal_played:
        asked = case.all(events.TransferRequested)
        case.note(events.TransferAnswered, requests=len(asked))
    case.note(
        events.FlowStep,
        step=len(case.all(events.FlowStep)) + 1,
        node=here.position.node,
        verb=type(here.verb).__name__.lower(),
        position=here.position.encode(),
        heard=str(result),
        digits=digits,
    )


async def _carry_out(leg: Leg, case: Case, route: Route, house: House, verb: Verb) -> tuple[Result, str | None]:
    """One verb; its result, and the digits that it collected."""
    match verb:
        case Say():
            await leg.say(await _resolve(verb.prompts, leg, case, route), skippable=verb.skippable)
            return DONE, None
        case Choose():
            key = await leg.menu(await _resolve(verb.prompts, leg, case, route), wait_s=verb.wait_s)
            return (Result("key", key) if key else SILENCE), None
        case Take():
            prompts = await _resolve(verb.prompts, leg, case, route)
            digits = await leg.collect(prompts, most=verb.most, wait_s=verb.wait_s, gap_s=verb.gap_s)
            return (Result("digits", str(len(digits))), digits) if digits else (SILENCE, None)
        case Keep():
            return await _keep(leg, case, route, verb), None
        case Hand():
            return await hand_to_human(leg, case, route, house, verb), None
        case Ask():
            return await ask_for_transfer(case, route, house), None
        case Tell():
            await tell_number(leg, case, route, verb)
            return DONE, None
        case Bye():
            raise AssertionError("the walk ends before its last word")
    assert_never(verb)


async def _keep(leg: Leg, case: Case, route: Route, verb: Keep) -> Result:
    prompts = await _resolve(verb.prompts, leg, case, route)
    message = await leg.record(prompts, most_s=verb.most_s, silence_s=verb.silence_s)
    if message is None:
        return SILENCE
    case.note_message(message)
    return RECORDED


async def _resolve(prompts: tuple[str, ...], leg: Leg, case: Case, route: Route) -> list[str]:
    """Placeholders become sound files: the announced name made when it was stored, the digits spelt for this call."""
    found: list[str] = []
    for prompt in prompts:
        if prompt == "@name":
            found += [route.announced_prompt] if route.announced_prompt else []
        elif prompt == "@number":
            taken = next((e.digits for e in reversed(case.all(events.FlowStep)) if e.digits), None)
            found += [await leg.spell(taken)] if taken else []
        else:
            found.append(prompt)
    return found
