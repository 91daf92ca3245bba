"""One caller's visit, from ring to ledger: read it top to bottom."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.closing import close_case, close_if_complete
from smartdesk_pbx.call.escalate import watch_talk
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.outcome import outcome_of
from smartdesk_pbx.call.outside import OUTSIDE, watch_outside
from smartdesk_pbx.call.phone import Arrival, Leg
from smartdesk_pbx.call.walk import walk
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.forwarding import source_known
from smartdesk_pbx.contract.notice import Notice, met
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.contract.routing import PROMPTS, Decision, decide
from smartdesk_pbx.errors import CallerHungUp, CutByLimit
from smartdesk_pbx.flow.verbs import HUMAN, START, TALKED
from smartdesk_pbx.store.snapshot import Route

UNASSIGNED = 1
"""Q.850 cause "unassigned number"; on the wire 404."""

TEMPORARY_FAILURE = 41
"""Q.850 cause: the network may try elsewhere."""

T = TypeVar("T")

log = structlog.get_logger()


async def receive(leg: Leg, house: House) -> None:
    """Take a call that has just arrived. Never raises and is never cancelled by a hang-up."""
    try:
        route = house.routing().routes.get(leg.arrival.number)
        if route is None:
            await leg.refuse(UNASSIGNED)  # nobody's number: 404, unanswered, no case
            await leg.close()
            return
        leg.language = route.language
        case = Case(house.writer, house.clock.now, leg.arrival.call_id, route.subscriber_id)
        note_arrival(case, leg.arrival, route, house)
    except Exception as error:
        house.alarm("call_not_taken", call_id=str(leg.arrival.call_id), error=repr(error))
        await leg.refuse(TEMPORARY_FAILURE)
        return
    await attend(leg, case, route, house)


async def attend(leg: Leg, case: Case, route: Route | None, house: House, *, unseen: bool = False) -> None:
    """From the first word to the closed case. A later daemon enters here with a case that has begun already, without
    a route when the number was taken back meanwhile, and with `unseen` when its channel was gone before it came."""
    leg.when_answered = lambda: _note_answer(case)
    signals = asyncio.create_task(_note_signals(leg, case, route))
    by: events.EndedBy = "us"
    try:
        if unseen:
            by = "unseen"
        else:
            await converse(leg, case, route, house)
    except CallerHungUp:
        by = "caller"
    except CutByLimit:
        case.note(events.CallCut)
        house.alarm("cut_by_limit", call_id=str(case.call_id))
        await _even_so(leg.bye(["limit"]), case, house)
    except Exception as error:  # the outermost frame: a fault must not leave a caller in silence, nor a case open
        log.exception("call failed", call_id=str(case.call_id))
        case.note(events.CallFailed, error=type(error).__name__)
        house.alarm("call_failed", call_id=str(case.call_id), error=repr(error))
        await _even_so(leg.bye(["sorry"]), case, house)
    await finish(leg, case, house, by, signals)


async def converse(leg: Leg, case: Case, route: Route | None, house: House) -> None:
    """What the caller meets: the announcement of a contract out of service, or the subscriber's flow."""
    decision = _standing(case, route, house)
    talk, outside = case.open_talk, case.open_outside
    if talk:  # begun under an earlier daemon: it goes on, whatever became of the contract
        await watch_talk(leg, case, house, await leg.rejoin(talk.agent, talk.channel))
    elif outside:
        await watch_outside(leg, case, await leg.rejoin(OUTSIDE, outside.channel))
    if route is None or decision.prompt:
        await leg.bye([decision.prompt or "out-of-service"])
    elif route.flow is None:
        house.alarm("no_flow", number=route.number)
        await leg.bye(["sorry"])
    else:
        await walk(leg, case, route, house, HUMAN if talk else TALKED if outside else START)


async def finish(leg: Leg, case: Case, house: House, by: events.EndedBy, signals: "asyncio.Task[None]") -> None:
    """The call is over: free the agents, write that down, put the recording in its place, close the case.

    A case with a human is closed by its primary response, here if that is complete already, or by the wrap-up's end.
    """
    ended_at = house.clock.now()
    if lost := case.open_outside:  # its end was seen by nobody
        case.note(events.OutsideEnded, which=lost.which, by="unseen", talk_s=0.0)
    await _even_so(_free_agents(case, house, by), case, house)
    if kept := await _even_so(leg.kept_message(), case, house):
        case.note_message(kept)
    talked = case.last(events.TalkEnded)
    if by == "us" and talked and talked.by == "agent":
        by = "agent"
    ended = case.note(events.CallEnded, at=ended_at, by=by, outcome=outcome_of(case.events), human=talked is not None)
    await _even_so(signals, case, house)
    await _even_so(store_recording(leg, case, house), case, house)
    for gone in case.all(events.MessageDiscarded):
        await _even_so(leg.discard(gone.file), case, house)
    await _even_so(leg.close(), case, house)
    if talked:
        await _even_so(ended.ledgered(patient=True), case, house)
        await _even_so(close_if_complete(house, case.call_id), case, house)
    else:
        await _even_so(close_case(case, house, "none"), case, house)


async def _even_so(step: Awaitable[T], case: Case, house: House) -> T | None:
    """What `step` gives. Its failure is an alarm, and keeps nothing that comes after it from being done."""
    try:
        return await step
    except Exception as error:
        log.exception("after the call", call_id=str(case.call_id))
        house.alarm("fault_after_call", call_id=str(case.call_id), error=repr(error))
        return None


async def _free_agents(case: Case, house: House, by: events.EndedBy) -> None:
    """Nobody rings or talks for this call any more, whatever ended it."""
    if not case.all(events.Escalated):
        return
    if lost := case.open_talk:  # its end was seen by nobody; the recording will tell how long it was
        case.note(events.TalkEnded, agent=lost.agent, by=by, talk_s=0.0)
    await house.desk.let_go(case.call_id)
    if talked := case.last(events.TalkStarted):
        await house.desk.wrap_up(talked.agent, case.call_id)


def _standing(case: Case, route: Route | None, house: House) -> Decision:
    """What was decided at arrival. A call that was taken then is not stopped by a notice that began meanwhile; one
    whose contract has been suspended or ended since, is."""
    arrived = case.arrived
    notice = next((n for n in house.routing().notices if n.id == arrived.notice_id), None)
    now = _decided(route, notice, arrived.test_call)
    if now.answer == "accepted" and arrived.decision in ("maintenance", "ended", "onboarding"):
        return Decision(arrived.decision, PROMPTS[arrived.decision])
    return now


def _decided(route: Route | None, notice: Notice | None, test_call: bool) -> Decision:
    if route is None:
        return decide("ended")
    works = bool(working(route.settings) & {"voice_guidance", "answering"})
    return decide(route.contract_state, notice=notice, test_caller=test_call, works=works)


def note_arrival(case: Case, arrival: Arrival, route: Route, house: House) -> None:
    """The first fact of every case (R2.2), with the notice that it met (R13), and whether it is a test call (R9)."""
    test_call = arrival.caller in route.settings.test_callers
    notice = met(
        house.routing().notices, node=arrival.node, plan=route.plan, contract_id=route.contract_id,
        at=house.clock.now(),
    )  # fmt: skip
    decision = _decided(route, notice, test_call)
    case.note(
        events.CallArrived,
        number=arrival.number,
        subscriber_id=route.subscriber_id,
        contract_id=route.contract_id,
        plan=route.plan,
        flow=route.flow_name,
        flow_version=route.flow_version,
        decision=decision.answer,
        notice_id=decision.notice,
        test_call=test_call,
        node=arrival.node,
        channel=arrival.channel,
        caller_class=arrival.caller_class,
        caller_key=house.sealer.caller_key(arrival.caller) if arrival.caller else None,
        caller=arrival.caller,
    ).hurry()  # a daemon that dies now must not take the case with it


def _note_answer(case: Case) -> None:
    case.note(events.CallAnswered)


async def _note_signals(leg: Leg, case: Case, route: Route | None) -> None:
    """R2.2: what the network said about the forwarding, read while the first verb plays."""
    if route is None or case.last(events.CallSignalled):
        return
    said = await leg.signalled()
    if not said.sip_call_id:
        return  # every INVITE has one: nothing could be read, so nothing is claimed
    case.note(
        events.CallSignalled,
        source_known=source_known(said.sources, route.forward_sources),
        sources=list(said.sources),
        raw=list(said.raw),
        sip_call_id=said.sip_call_id,
        truncated=said.truncated,
    )


async def store_recording(leg: Leg, case: Case, house: House) -> None:
    """Put the recording in its place and check that it covers the talk."""
    recording = await leg.recording()
    talk_s = sum(e.talk_s for e in case.all(events.TalkEnded))
    if recording is None:
        if talk_s:
            house.alarm("recording_missing", call_id=str(case.call_id))
        return
    whole = recording.seconds + 1 >= talk_s
    if not whole:
        house.alarm("recording_short", call_id=str(case.call_id), seconds=recording.seconds, talk_s=talk_s)
    case.note(
        events.RecordingStored,
        file=recording.file,
        seconds=recording.seconds,
        expected_s=talk_s,
        whole=whole,
        bytes=recording.bytes,
        sha256=recording.sha256,
    )
