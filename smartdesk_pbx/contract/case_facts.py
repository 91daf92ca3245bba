"""What the case rules may speak of, derived from a case's events. Pure: the same events give the same judgement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.fact import CallerClass, EndedBy, EscalationReason
from smartdesk_pbx.contract.marks import Mark, in_force

Answer = Literal["accepted", "onboarding", "suspended", "ended", "maintenance", "outage"]
Outcome = Literal[
    "abandoned", "self_service", "human", "message", "connected", "emergency", "refused", "cut", "failed",
    "met_by_outage",
]  # fmt: skip
"""`connected`: to a telephone of the subscriber's own."""
Place = Literal["before_answer", "ivr", "queue", "talk", "message"]
"""Where a call stood when it ended; `talk` with whomever."""

Kind = Literal[Mark, "anonymous", "unreadable", "repeat"]
"""What a call was. `silent` (answered, and neither a key nor a message nor a talk) and `test` come from the events or
from a mark; other marks from people alone."""

E = TypeVar("E", bound=events.CaseEvent)


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What the rules may speak of. Times in seconds."""

    decision: Answer = "accepted"
    """What the contract said at arrival."""
    outcome: str = ""
    """How the call came out, an `Outcome`."""
    ended_by: EndedBy = "caller"
    ended_in: Place = "ivr"
    """Where the call stood when it ended: with `ended_by`, who hung up where."""
    caller_class: CallerClass = "number"
    answered: bool = False
    human: bool = False
    """A caller and an agent heard each other."""
    connected: bool = False
    """A caller and a telephone of the subscriber's own heard each other."""
    message: bool = False
    """The caller left a message, a partial one included, and did not record it anew."""
    emergency_told: bool = False
    escalated: EscalationReason | None = None
    """Why the IVR could not handle the call; None when it could."""
    transfer_requests: int = 0
    """Direct-transfer requests in this call, counted or not."""
    inputs: int = 0
    """Keys, digits and messages that the caller gave to the IVR."""
    ivr_s: float = 0.0
    """From answer until the call went to people, or to the end when it did not."""
    wait_s: float = 0.0
    """From the escalation to the first talk, or until nobody was free, or to the end."""
    talk_s: float = 0.0
    """With agents."""
    connected_s: float = 0.0
    """With the subscriber's own telephones."""
    call_s: float = 0.0
    """From answer to the end."""
    out_of_hours: bool = False
    out_of_language: bool = False
    kinds: frozenset[str] = frozenset()
    """Each a `Kind`."""
    tags: frozenset[str] = frozenset()
    """Of the flow, and of people."""


def facts_of(case: Iterable[events.CaseEvent]) -> CaseFacts:
    """The facts of a case from its events, oldest first; for a judgement the call must have ended."""
    listed = list(case)
    arrived = _first(listed, events.CallArrived)
    ended = _first(listed, events.CallEnded)
    escalated = _first(listed, events.Escalated)
    context = _first(listed, events.CaseContext)
    human = _first(listed, events.TalkStarted) is not None
    marks, tags = in_force(_all(listed, events.CaseMarked))
    return CaseFacts(
        decision=arrived.decision if arrived else "accepted",
        outcome=ended.outcome if ended else "",
        ended_by=ended.by if ended else "unseen",
        ended_in=_place(listed),
        caller_class=arrived.caller_class if arrived else "unreadable",
        answered=_first(listed, events.CallAnswered) is not None,
        human=human,
        connected=_first(listed, events.OutsideTalked) is not None,
        message=bool(messages_of(listed)),
        emergency_told=_first(listed, events.EmergencyTold) is not None,
        escalated=escalated.reason if escalated else None,
        transfer_requests=len(_all(listed, events.TransferRequested)),
        inputs=_inputs(listed),
        ivr_s=_between(
            listed, events.CallAnswered, events.Escalated, events.TalkStarted, events.OutsideRung, events.CallEnded
        ),
        wait_s=_between(listed, events.Escalated, events.TalkStarted, events.NobodyFree, events.CallEnded),
        talk_s=round(sum(talk.talk_s for talk in _all(listed, events.TalkEnded)), 3),
        connected_s=round(sum(talk.talk_s for talk in _all(listed, events.OutsideEnded)), 3),
        call_s=_between(listed, events.CallAnswered, events.CallEnded),
        out_of_hours="out_of_hours" in marks or bool(context and context.out_of_hours),
        out_of_language="other_language" in marks,
        kinds=frozenset({*marks, *_seen_kinds(listed, human)}),
        tags=tags.union(*(one.tags for one in _all(listed, events.CallTagged))),
    )


def messages_of(case: Iterable[events.CaseEvent]) -> list[events.MessageRecorded]:
    """The messages that were left and not recorded anew, oldest first."""
    listed = list(case)
    gone = {one.file for one in _all(listed, events.MessageDiscarded)}
    return [one for one in _all(listed, events.MessageRecorded) if one.file not in gone]


def asked_at(case: Sequence[events.CaseEvent]) -> datetime:
    """R7.4: the instant at which the hours of human answering are asked: of the first talk, else of the arrival."""
    talk = _first(case, events.TalkStarted)
    return talk.at if talk else case[0].at


def _seen_kinds(case: Sequence[events.CaseEvent], human: bool) -> Iterable[Kind]:
    arrived, context = _first(case, events.CallArrived), _first(case, events.CaseContext)
    if arrived and arrived.test_call:
        yield "test"
    if arrived and arrived.caller_class != "number":
        yield arrived.caller_class
    if context and context.repeat_of:
        yield "repeat"
    met = human or _first(case, events.OutsideTalked)
    if _first(case, events.CallAnswered) and not met and not _inputs(case):
        yield "silent"


def _place(case: Sequence[events.CaseEvent]) -> Place:
    """Walks with the caller; a caller whose agent left is in the IVR again, unless the call ended right there."""
    place: Place = "before_answer"
    for event in case:
        match event:
            case events.CallAnswered() | events.NobodyFree() | events.FlowStep():
                place = "ivr"
            case events.Escalated() | events.AgentOffered() | events.OutsideRung():
                place = "queue"
            case events.TalkStarted() | events.OutsideTalked():
                place = "talk"
            case events.TalkEnded(by="agent") | events.OutsideEnded(by="callee"):
                place = "ivr"
            case events.MessageRecorded(partial=True):
                place = "message"
            case events.CallEnded(by="agent"):
                return "talk"
            case events.CallEnded():
                return place
    return place


def _inputs(case: Sequence[events.CaseEvent]) -> int:
    answers = [s for s in _all(case, events.FlowStep) if s.heard.startswith(("key ", "digits"))]
    return len(answers) + len(_all(case, events.MessageRecorded))


def _between(case: Sequence[events.CaseEvent], since: type[E], *until: type[events.CaseEvent]) -> float:
    """Seconds from the first event of one kind to the first of the others after it; 0 when there was none."""
    started = _first(case, since)
    if started is None:
        return 0.0
    ends = [e.at for e in case if isinstance(e, until) and e.at >= started.at]
    return max(0.0, round((min(ends) - started.at).total_seconds(), 3)) if ends else 0.0


def _all(case: Sequence[events.CaseEvent], kind: type[E]) -> list[E]:
    return [event for event in case if isinstance(event, kind)]


def _first(case: Sequence[events.CaseEvent], kind: type[E]) -> E | None:
    return next((event for event in case if isinstance(event, kind)), None)
