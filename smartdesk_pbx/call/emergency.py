"""R8.2 in a live call: counting direct-transfer requests, and telling the emergency number at the threshold."""

import asyncio
from typing import Literal

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import Leg
from smartdesk_pbx.call.placeholders import resolve
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.direct_transfer import Counted, Missing, Release, decide, may_count, window_start
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.flow.verbs import Result, Tell
from smartdesk_pbx.store.case import counted_in_call, counted_requests
from smartdesk_pbx.store.snapshot import Route

ANSWER_LIMIT_S = 1.8
"""How long a caller waits for the ledger before the request is answered without a release (2 s of silence at most)."""

TELLINGS_MOST = 5
"""How often one release can be heard again on request."""


async def ask_for_transfer(case: Case, route: Route, house: House) -> Result:
    """Note the request, count, decide; a release is durable in the ledger before this returns `released`.

    Is the ledger away, nothing is released: the caller is answered as below the threshold.
    """
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return Result("answer", await decide_request(case, route, house))
    except (EdgeDown, TimeoutError):
        house.alarm("ledger_away_at_release", call_id=str(case.call_id))
        return Result("answer", "refused")


async def decide_request(
    case: Case, route: Route, house: House, by: Literal["ivr", "agent"] = "ivr"
) -> Literal["refused", "released"]:
    """Note a request and count it; what came of it, durable in the ledger. Waits while the ledger is away."""
    settings = route.settings
    counted = len([e for e in case.all(events.TransferRequested) if e.counted and e.by == "ivr"])
    counts = may_count(
        counted_in_call=counted,
        answered_since=_answered_since(case),
        limit=settings.ivr_transfer_requests_per_call,
        by=by,
    )
    noted = case.note(events.TransferRequested, by=by, counted=isinstance(counts, Counted))
    await noted.ledgered()
    requests = await _counted(case, house, settings.direct_transfer_window_days)
    decision = decide(requests, settings.direct_transfer_threshold, route.emergency_prompt is not None)
    if isinstance(decision, Missing):
        case.note(events.EmergencyMissing)
        house.alarm("no_emergency_number", subscriber=str(route.subscriber_id))
    if not isinstance(decision, Release):
        return "refused"
    released = case.note(
        events.EmergencyReleased,
        requests=list(decision.requests),
        threshold=decision.threshold,
        number_version=route.emergency_version,
    )
    await released.ledgered()
    return "released"


def _answered_since(case: Case) -> bool:
    """True when our answer to the last request of this call was played, or told, to its end."""
    for event in reversed(case.events):
        if isinstance(event, events.TransferAnswered | events.EmergencyTold):
            return True
        if isinstance(event, events.TransferRequested):
            return False
    return True


async def _counted(case: Case, house: House, window_days: int) -> list[str]:
    """Keys of the counted requests: of the caller across calls, of an anonymous caller within this call only."""
    arrived = case.arrived
    if arrived.caller_key is None or arrived.contract_id is None:
        return await house.store.read(lambda c: counted_in_call(c, case.call_id))
    contract_id, caller_key = arrived.contract_id, arrived.caller_key
    since = window_start(house.clock.now(), window_days)
    return await house.store.read(lambda c: counted_requests(c, contract_id, caller_key, since))


async def tell_number(leg: Leg, case: Case, route: Route, house: House, verb: Tell) -> None:
    """Tell the number digit by digit, and again on request. Its digits stand in no event, log or argument."""
    assert route.emergency_prompt is not None
    intro = await resolve(verb.intro, leg, case, route, house)
    again = await resolve(verb.again, leg, case, route, house)
    times = 0
    try:
        await leg.say([*intro, route.emergency_prompt])
        times = 1
        while times < TELLINGS_MOST and await leg.menu(again, wait_s=4) == "1":
            await leg.say([route.emergency_prompt])
            times += 1
    finally:  # a caller who hangs up after the last digit has been told
        if times:
            case.note(events.EmergencyTold, times=times)
