"""What a real call was made of: each verb of its walk with what came of it, from the case's events. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.show.traffic import result_of
from smartdesk_pbx.flow.verbs import Result

_OF_VERBS = (
    events.AgentOffered, events.AgentMissed, events.NameAnnounced, events.TalkStarted, events.TalkEnded,
    events.NobodyFree, events.TransferRequested, events.EmergencyReleased, events.EmergencyTold,
    events.EmergencyMissing, events.MessageRecorded, events.MessageDiscarded, events.LookupMade, events.OutsideRung,
    events.OutsideMissed, events.OutsideTalked, events.OutsideEnded,
)  # fmt: skip
"""What happens within a verb; all else belongs to the walk, or to the call as a whole."""

_TALKS = (events.TalkStarted, events.OutsideTalked)


@dataclass(frozen=True)
class Done:
    """One verb. `result` None: the caller left during it. `digits`: those that were typed, where they can be opened.
    `happened`: the events within it; `began` is the step's own."""

    began: events.FlowStep
    result: Result | None
    took_s: float
    digits: str | None = None
    happened: tuple[events.CaseEvent, ...] = ()

    @property
    def talked(self) -> bool:
        """Did the caller talk with somebody during it?"""
        return any(isinstance(one, _TALKS) for one in self.happened)


@dataclass(frozen=True)
class Recorded:
    """A call that has ended and that walked through a flow."""

    case: tuple[events.CaseEvent, ...]
    arrived: events.CallArrived
    ended: events.CallEnded
    done: tuple[Done, ...]


def recorded(case: Sequence[events.CaseEvent]) -> Recorded | None:
    """The walk of a case; None when it took no step, or has not ended."""
    arrived = next((one for one in case if isinstance(one, events.CallArrived)), None)
    ended = next((one for one in case if isinstance(one, events.CallEnded)), None)
    places = [i for i, one in enumerate(case) if isinstance(one, events.FlowStep)]
    if arrived is None or ended is None or not places:
        return None
    done = []
    for i, place in enumerate(places):
        last = i + 1 == len(places)
        within = case[place + 1 :] if last else case[place + 1 : places[i + 1]]
        began, follows = case[place], None if last else case[places[i + 1]]
        assert isinstance(began, events.FlowStep)
        until = (follows or ended).at
        result, digits = None, None
        if isinstance(follows, events.FlowStep):
            result, digits = result_of(follows.heard), follows.digits
        happened = tuple(one for one in within if isinstance(one, _OF_VERBS))
        done.append(Done(began, result, max(0.0, (until - began.at).total_seconds()), digits, happened))
    return Recorded(tuple(case), arrived, ended, tuple(done))
