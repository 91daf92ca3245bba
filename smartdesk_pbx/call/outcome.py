"""How a call came out, from its events alone. Pure."""

from collections.abc import Sequence

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import Outcome, messages_of

_TELLING: tuple[tuple[type[events.CaseEvent], Outcome], ...] = (
    (events.CallFailed, "failed"),
    (events.CallCut, "cut"),
    (events.TalkStarted, "human"),
    (events.EmergencyTold, "emergency"),
    (events.MessageRecorded, "message"),
    (events.OutsideTalked, "connected"),
)
"""The first of these kinds that occurred names the outcome."""


def outcome_of(happened: Sequence[events.CaseEvent]) -> Outcome:
    """The outcome of a call that has ended."""
    kinds = {type(event) for event in happened}
    if not messages_of(happened):  # the caller threw it away
        kinds.discard(events.MessageRecorded)
    for kind, outcome in _TELLING:
        if kind in kinds:
            return outcome
    arrived = next((e for e in happened if isinstance(e, events.CallArrived)), None)
    if arrived and arrived.decision != "accepted":
        return "refused"
    return "self_service" if events.CallAnswered in kinds else "abandoned"
