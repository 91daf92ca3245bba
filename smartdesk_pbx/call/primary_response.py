"""R2.3: the primary response, taken item by item, editable until the case is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from smartdesk_pbx.call.closing import close_if_complete, reopen
from smartdesk_pbx.call.house import House
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.numbers import e164
from smartdesk_pbx.errors import RuleBroken

ITEMS = ("name", "phone", "callback", "purpose")


@dataclass(frozen=True)
class Answers:
    """What an agent enters now: `given` values by item, and items the caller refused or that were not heard."""

    given: Mapping[str, str | bool]
    refused: tuple[str, ...] = ()
    not_heard: tuple[str, ...] = ()


async def respond(house: House, call_id: UUID, answers: Answers, by: str) -> events.ResponseTaken:
    """Add `answers` to the case's primary response; the response as it stands now. Complete and the call over: the
    case is closed and the agent is ready again. Raises `RuleBroken` for a case that is closed or had no human."""
    case = await reopen(house, call_id)
    if case.all(events.CaseClosed):
        raise RuleBroken(f"case {call_id} is closed: its primary response cannot be changed any more")
    talked = case.last(events.TalkStarted)
    if talked is None:
        raise RuleBroken(f"case {call_id}: no agent has talked with the caller, so there is no primary response")
    before = case.last(events.ResponseTaken)
    fields = _merged(before, answers, house.settings.country)
    receipt = case.note(events.ResponseTaken, by=by or talked.agent, **fields)
    await receipt.ledgered()
    await close_if_complete(house, call_id)
    return case.all(events.ResponseTaken)[-1]


def _merged(before: events.ResponseTaken | None, answers: Answers, country: str) -> dict[str, Any]:
    """Earlier items and the new ones, each decided at most once; every mistake names its item."""
    named = [*answers.given, *answers.refused, *answers.not_heard]
    for item in named:
        if item not in ITEMS:
            raise RuleBroken(f"{item!r} is no item of the primary response (one of {', '.join(ITEMS)})")
        if named.count(item) > 1:
            raise RuleBroken(f"{item}: decided twice (given, refused or not heard: one of them)")
    fields: dict[str, Any] = {}
    for item in ITEMS:
        fields |= {item: getattr(before, item, None), f"{item}_is": getattr(before, f"{item}_is", None)}
    for item, value in answers.given.items():
        fields |= {item: _checked(item, value, country), f"{item}_is": "given"}
    for item in (*answers.refused, *answers.not_heard):
        fields |= {item: None, f"{item}_is": "refused" if item in answers.refused else "not_heard"}
    return fields


def _checked(item: str, value: str | bool, country: str) -> str | bool:
    if item == "callback":
        if not isinstance(value, bool):
            raise RuleBroken("callback: yes or no")
        return value
    text = str(value).strip()
    if not text:
        raise RuleBroken(f"{item}: is empty (say refused or not heard instead)")
    if item == "phone":
        number = e164(text, country)
        if number is None:
            raise RuleBroken(f"phone: {text!r} is no telephone number (write 0312345678 or +81312345678)")
        return number
    return text
