"""The counters of R8.2, R8.3 and R8.4, made again from the case events alone. Pure: what an auditor replays.

The store answers the same questions by queries over its projections; both must give the same numbers.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.complaint import Complaint, Use
from smartdesk_pbx.contract.marks import FORBIDDEN_USE, Mark


@dataclass
class _Case:
    arrived: events.CallArrived
    human: bool = False
    marks: set[Mark] = field(default_factory=set)


@dataclass
class Counters:
    """All counters after some events. Feed events in the order of their chains; chains in any order."""

    cases: dict[UUID, _Case] = field(default_factory=dict)
    requests: dict[tuple[UUID, str], list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    """R8.2: by contract and caller: time and key of each counted direct-transfer request."""

    def complaints(self, subscriber_id: UUID) -> list[Complaint]:
        """R8.4: the complaints about a subscriber that are in force, by arrival."""
        found = [
            Complaint(call_id, case.arrived.at)
            for call_id, case in self.cases.items()
            if case.arrived.subscriber_id == subscriber_id and "complaint" in case.marks
        ]
        return sorted(found, key=lambda c: (c.arrived_at, c.call_id))

    def use(self, subscriber_id: UUID, since: datetime, until: datetime) -> Use:
        """R8.3: calls with a human that arrived in a time, and how many of them were a forbidden use."""
        cases = [
            case
            for case in self.cases.values()
            if case.arrived.subscriber_id == subscriber_id and case.human and since <= case.arrived.at < until
        ]
        return Use(len(cases), sum(1 for case in cases if not FORBIDDEN_USE.isdisjoint(case.marks)))

    def counted_requests(self, contract_id: UUID, caller_key: str, since: datetime) -> list[str]:
        """R8.2: keys of a caller's counted requests to a contract since then, oldest first."""
        asked = sorted(self.requests[contract_id, caller_key], key=lambda request: request[0])
        return [key for at, key in asked if at >= since]


def replay(facts: Iterable[tuple[str, events.CaseEvent]]) -> Counters:
    """The counters after these events, each with its key."""
    counters = Counters()
    for key, event in facts:
        if isinstance(event, events.CallArrived):
            counters.cases[event.call_id] = _Case(event)
        elif (case := counters.cases.get(event.call_id)) is not None:
            _count(counters, case, key, event)
    return counters


def _count(counters: Counters, case: _Case, key: str, event: events.CaseEvent) -> None:
    arrived = case.arrived
    match event:
        case events.TalkStarted():
            case.human = True
        case events.CaseMarked(mark=mark, removed=removed) if mark is not None:
            (case.marks.discard if removed else case.marks.add)(mark)
        case events.TransferRequested(counted=True) if arrived.contract_id and arrived.caller_key:
            counters.requests[arrived.contract_id, arrived.caller_key].append((event.at, key))
