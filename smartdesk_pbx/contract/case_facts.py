"""What the case rules need to know, derived from a case's events. Pure: the same events give the same judgement."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_rules import CaseFacts

E = TypeVar("E", bound=events.CaseEvent)


def facts_of(case: Iterable[events.CaseEvent]) -> CaseFacts:
    """The facts of a case from its events, oldest first; for a judgement the call must have ended."""
    listed = list(case)
    arrived = _first(listed, events.CallArrived)
    ended = _first(listed, events.CallEnded)
    return CaseFacts(
        decision=arrived.decision if arrived else "accepted",
        outcome=ended.outcome if ended else "",
        ended_by=ended.by if ended else "unseen",
        caller_class=arrived.caller_class if arrived else "unreadable",
        answered=_first(listed, events.CallAnswered) is not None,
        human=_first(listed, events.TalkStarted) is not None,
        message=_first(listed, events.MessageRecorded) is not None,
        emergency_told=_first(listed, events.EmergencyTold) is not None,
        transfer_requests=len(_all(listed, events.TransferRequested)),
        ivr_s=_ivr_s(listed),
        talk_s=sum(talk.talk_s for talk in _all(listed, events.TalkEnded)),
    )


def _ivr_s(case: Sequence[events.CaseEvent]) -> float:
    answered = _first(case, events.CallAnswered)
    until = _first(case, events.TalkStarted) or _first(case, events.CallEnded)
    if answered is None or until is None:
        return 0.0
    return max(0.0, (until.at - answered.at).total_seconds())


def _all(case: Sequence[events.CaseEvent], kind: type[E]) -> list[E]:
    return [event for event in case if isinstance(event, kind)]


def _first(case: Sequence[events.CaseEvent], kind: type[E]) -> E | None:
    return next((event for event in case if isinstance(event, kind)), None)
