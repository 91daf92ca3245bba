"""What the placeholders of a flow's prompts say in a live call: each becomes a sound file of its own."""

from datetime import datetime

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Leg
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.after import MESSAGE
from smartdesk_pbx.flow.calendar import next_open
from smartdesk_pbx.flow.spoken import zone_of
from smartdesk_pbx.store.snapshot import Route

DEFAULT = "moment"
"""Played instead of a sound that cannot be made."""


async def resolve(prompts: tuple[str, ...], leg: Leg, case: Case, route: Route, house: House) -> list[str]:
    """The prompts as they can be played. A placeholder with nothing to say is left out; one that cannot be read aloud
    is an alarm, and the caller hears something polite."""
    found: list[str] = []
    for prompt in prompts:
        if not prompt.startswith("@"):
            found.append(prompt)
            continue
        try:
            said = await _said(prompt, leg, case, route, house)
        except (RuleBroken, OSError) as error:
            house.alarm("prompt_missing", call_id=str(case.call_id), prompts=[prompt], error=str(error))
            said = DEFAULT
        if said:
            found.append(said)
    return found


async def _said(prompt: str, leg: Leg, case: Case, route: Route, house: House) -> str | None:
    """The prompt id of a placeholder; None when there is nothing to say."""
    match prompt:
        case "@name":
            return route.announced_prompt
        case "@number":
            return await leg.read_aloud("digits", case.digits) if case.digits else None
        case "@caller":
            return await leg.read_aloud("digits", case.arrived.caller) if case.arrived.caller else None
        case _ if prompt == MESSAGE:
            return await leg.play_back(case.messages[-1].file) if case.messages else None
        case "@opens":
            opens = _opens(route, house)
            return await leg.read_aloud("when", f"{opens:%Y-%m-%dT%H:%M}") if opens else None
    now = house.clock.now().astimezone(zone_of(route.flow)) if route.flow else house.clock.now()
    if prompt == "@time":
        return await leg.read_aloud("time", f"{now:%H:%M}")
    return await leg.read_aloud("day", f"{now:%Y-%m-%d}")


def _opens(route: Route, house: House) -> datetime | None:
    """When the flow's first calendar opens next, on its own clock."""
    assert route.flow is not None
    first = next(iter(route.flow.calendars.values()), None)
    opens = next_open(first, house.clock.now(), route.closures) if first else None
    return opens.astimezone(zone_of(route.flow)) if opens else None
