"""What a walk writes down: each step, the facts that became true on the way to it, a message that is thrown away."""

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.verbs import CallbackPromised, Fact, RefusalPlayed, Result, Tagged
from smartdesk_pbx.flow.walk import Step
from smartdesk_pbx.store.snapshot import Route


def note_step(case: Case, route: Route, here: Step, result: Result, digits: str | None) -> None:
    """The step that begins now. `digits`: those that the verb before it collected."""
    for fact in here.facts:
        _note_fact(case, fact)
    case.note(
        events.FlowStep,
        step=len(case.all(events.FlowStep)) + 1,
        flow=route.flow_name,
        flow_version=route.flow_version,
        node=here.position.node,
        verb=type(here.verb).__name__.lower(),
        position=here.position.encode(),
        heard=str(result),
        digits=digits,
    )


def note_discarded(case: Case) -> None:
    """The message that was there before this step is thrown away; its file goes when the call ends. What a verb that
    an earlier daemon began has recorded meanwhile stays."""
    begun = max((n for n, event in enumerate(case.events) if isinstance(event, events.FlowStep)), default=0)
    if case.messages and case.messages[-1] in case.events[:begun]:
        case.note(events.MessageDiscarded, file=case.messages[-1].file)


def _note_fact(case: Case, fact: Fact) -> None:
    match fact:
        case RefusalPlayed():
            case.note(events.TransferAnswered, requests=len(case.all(events.TransferRequested)))
        case Tagged():
            case.note(events.CallTagged, tags=list(fact.tags))
        case CallbackPromised():
            case.note(events.CallbackPromised, own=fact.own, number=case.arrived.caller if fact.own else case.digits)
