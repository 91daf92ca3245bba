"""The events that a replayed call would have left behind, so that the same rules can judge it. Pure.

What came of a verb is the real call's, moved in time: the same walk built again has the same facts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import structs

from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.recorded import Done, Recorded
from smartdesk_pbx.flow.replay import Redone, Replayed
from smartdesk_pbx.flow.verbs import CallbackPromised, Fact, Hand, RefusalPlayed, Tagged

OutcomeOf = Callable[[Sequence[events.CaseEvent]], str]
"""How a call came out, as `call/outcome.py` says."""

E = TypeVar("E", bound=events.CaseEvent)

ASSUMED_AGENT = "assumed"
"""Stands for the agent of a talk that did not happen."""


@dataclass(frozen=True)
class Usual:
    """What is assumed of a talk that did not happen: how long the caller waits for it and how long it lasts."""

    wait_s: float = 15.0
    talk_s: float = 90.0


def goes_as_before(call: Recorded, again: Replayed) -> bool:
    """Did the draft lead the caller through the very same steps?"""
    if len(call.done) != len(again.done):
        return False
    return all(_same(real, redone) for real, redone in zip(call.done, again.done, strict=True))


def _same(real: Done, redone: Redone) -> bool:
    began, here = real.began, redone.step
    verb = type(here.verb).__name__.lower()
    return (began.node, began.verb, began.heard) == (here.position.node, verb, str(redone.heard))


def rebuilt(call: Recorded, again: Replayed, outcome_of: OutcomeOf, usual: Usual) -> list[events.CaseEvent]:
    """The case as it would be, up to its end and with what people said of it."""
    return _Rebuild(call, outcome_of, usual).case(again)


@dataclass
class _Rebuild:
    call: Recorded
    outcome_of: OutcomeOf
    usual: Usual
    case_: list[events.CaseEvent] = field(default_factory=list)

    def case(self, again: Replayed) -> list[events.CaseEvent]:
        now = self._before()
        by: events.EndedBy = "caller"
        for redone in again.done:
            now = self._step(redone, now)
        last = again.done[-1]
        if not again.left:
            by = "us"
        elif last.like and last.like.result is None:
            by = self.call.ended.by
        ended = structs.replace(self.call.ended, at=now, by=by, outcome="")
        human = any(isinstance(one, events.TalkStarted) for one in self.case_)
        outcome = self.outcome_of([*self.case_, ended])
        self.case_.append(structs.replace(ended, outcome=outcome, human=human))
        after = (events.CaseContext, events.CaseMarked)
        return self.case_ + [one for one in self.call.case if isinstance(one, after)]

    def _before(self) -> datetime:
        """What there is before the first step, and the answer; when the first step begins."""
        of_call = (events.CallArrived, events.CallSignalled, events.CallAnswered)
        self.case_ = [one for one in self.call.case if isinstance(one, of_call)]
        return self.call.done[0].began.at

    def _step(self, redone: Redone, now: datetime) -> datetime:
        for fact in redone.facts:
            self._note(fact, now)
        here = redone.step
        position, verb = here.position, type(here.verb).__name__.lower()
        began = structs.replace(
            self.call.done[0].began, at=now, step=len(self._all(events.FlowStep)) + 1, node=position.node, verb=verb,
            position=position.encode(), heard=str(redone.heard), digits=None,
        )  # fmt: skip
        self.case_.append(began)
        if isinstance(here.verb, Hand) and not self._all(events.Escalated):
            team = here.verb.team or self._team()
            self.case_.append(events.Escalated(call_id=began.call_id, at=now, reason=here.verb.reason, team=team))
        if redone.like is None and redone.result is not None and isinstance(here.verb, Hand):
            return self._assumed_talk(now)
        for one in redone.like.happened if redone.like else ():
            assert redone.like
            self.case_.append(structs.replace(one, at=now + (one.at - redone.like.began.at)))
        return now + timedelta(seconds=redone.took_s)

    def _assumed_talk(self, now: datetime) -> datetime:
        call_id, started = self.call.arrived.call_id, now + timedelta(seconds=self.usual.wait_s)
        ended = started + timedelta(seconds=self.usual.talk_s)
        self.case_ += [
            events.TalkStarted(call_id=call_id, at=started, agent=ASSUMED_AGENT, channel=""),
            events.TalkEnded(call_id=call_id, at=ended, agent=ASSUMED_AGENT, by="agent", talk_s=self.usual.talk_s),
        ]
        return ended

    def _note(self, fact: Fact, now: datetime) -> None:
        call_id = self.call.arrived.call_id
        match fact:
            case RefusalPlayed():
                requests = len(self._all(events.TransferRequested))
                self.case_.append(events.TransferAnswered(call_id=call_id, at=now, requests=requests))
            case Tagged():
                self.case_.append(events.CallTagged(call_id=call_id, at=now, tags=list(fact.tags)))
            case CallbackPromised():
                self.case_.append(events.CallbackPromised(call_id=call_id, at=now, own=fact.own))

    def _team(self) -> str:
        real = [one for one in self.call.case if isinstance(one, events.Escalated)]
        return real[0].team if real else ""

    def _all(self, kind: type[E]) -> list[E]:
        return [one for one in self.case_ if isinstance(one, kind)]
