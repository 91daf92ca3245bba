"""Calls that Asterisk saw and no daemon did: each becomes a case "met by outage" with whatever was left of it."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.closing import close_case
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Arrival, Message
from smartdesk_pbx.contract import events
from smartdesk_pbx.store.case import file_of
from smartdesk_pbx.store.contract import get as contract_of
from smartdesk_pbx.store.number import assigned_to


@dataclass(frozen=True)
class SeenCall:
    """What the switch wrote down about a call. `number`, `caller`: E.164; `caller` None when withheld."""

    call_id: UUID
    number: str
    caller: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    cause: int | None


MessageOf = Callable[[Arrival], Awaitable[Message | None]]
"""The message that a caller left while no daemon was there, put in its place."""


async def note_outages(
    house: House, seen: Sequence[SeenCall], open_now: Collection[UUID], message_of: MessageOf
) -> int:
    """Make the missing cases; how many. Calls still up, and numbers that were not assigned then, are left out."""
    made = 0
    for call in seen:
        if call.call_id not in open_now and (contract_id := await _missing(house, call)):
            await _make(house, call, contract_id, message_of)
            made += 1
    return made


async def _missing(house: House, call: SeenCall) -> UUID | None:
    """The contract whose case is missing for this call; None when there is a case, or the number was nobody's."""

    def look(connection: Connection) -> UUID | None:
        known = file_of(connection, call.call_id)
        return None if known else assigned_to(connection, call.number, call.started_at)

    return await house.store.read(look)


async def _make(house: House, call: SeenCall, contract_id: UUID, message_of: MessageOf) -> None:
    contract = await house.store.read(lambda c: contract_of(c, contract_id))
    clock = iter((call.started_at, call.answered_at or call.ended_at, call.ended_at, call.ended_at))
    case = Case(house.writer, lambda: next(clock, call.ended_at), call.call_id, contract.subscriber_id)
    caller_class: events.CallerClass = "number" if call.caller else "anonymous"
    arrival = Arrival(call.call_id, house.settings.node, call.number, call.caller, caller_class, "", call.started_at)
    case.note(
        events.CallArrived,
        number=call.number,
        subscriber_id=contract.subscriber_id,
        contract_id=contract_id,
        plan=contract.plan,
        flow=None,
        flow_version=None,
        decision="outage",
        node=arrival.node,
        channel="",
        caller_class=caller_class,
        caller_key=house.sealer.caller_key(call.caller) if call.caller else None,
        caller=call.caller,
    )
    if call.answered_at:
        case.note(events.CallAnswered)
    if message := await message_of(arrival):
        case.note_message(message)
    case.note(events.CallEnded, by="unseen", outcome="met_by_outage", cause=call.cause)
    await close_case(case, house, "none")
    house.alarm("call_met_by_outage", call_id=str(call.call_id))
