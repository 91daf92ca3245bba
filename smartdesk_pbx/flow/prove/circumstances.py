"""Where a call of the search stands apart from its position: what it has learned, counted and left behind. Pure."""

from dataclasses import dataclass

from smartdesk_pbx.contract.direct_transfer import Counted, may_count
from smartdesk_pbx.flow.prove.change import Change
from smartdesk_pbx.flow.prove.history import History, Reads
from smartdesk_pbx.flow.prove.live import REQUESTS, Live
from smartdesk_pbx.flow.prove.premises import Premises
from smartdesk_pbx.flow.prove.unknowns import BEFORE, Known, Unknowns
from smartdesk_pbx.flow.verbs import Fact, Tagged

NOTHING_YET = History()


@dataclass(frozen=True)
class Circumstances:
    """`counted`: requests of this call that counted (R8.2). `heard_answer`: the answer to the last one was played to
    its end."""

    known: Known
    counted: int = 0
    heard_answer: bool = True
    history: History = NOTHING_YET


class Turn:
    """How circumstances change from verb to verb; with `forget` False everything is kept, read or not."""

    def __init__(self, premises: Premises, unknowns: Unknowns, live: Live, reads: Reads, *, forget: bool) -> None:
        self._premises, self._unknowns, self._live, self._reads = premises, unknowns, live, reads
        self._forget = forget

    def first(self, read: int, facts: tuple[Fact, ...]) -> Circumstances:
        """When a call arrives."""
        tags = frozenset(tag for fact in facts if isinstance(fact, Tagged) for tag in fact.tags)
        start = Circumstances(self._unknowns.nothing_known, history=History(tags=tags))
        return self._kept(start, read)

    def after(self, now: Circumstances, change: Change) -> Circumstances | None:
        """The circumstances afterwards; None when no call could have this result."""
        narrowing, counted, heard = change.narrowing, now.counted, now.heard_answer or change.heard_answer
        if change.request:
            limit = self._premises.settings.ivr_transfer_requests_per_call
            counts = may_count(counted_in_call=counted, answered_since=now.heard_answer, limit=limit)
            counted, heard = counted + isinstance(counts, Counted), False
            if change.request == "released":
                # The others are possible at any count: refused is what is answered while the ledger is away.
                narrowing = (*narrowing, (BEFORE, self._unknowns.before(self._unknowns.threshold - counted)))
        known = self._unknowns.narrowed(now.known, narrowing)
        if known is None:
            return None
        return self._kept(Circumstances(known, counted, heard, _lived(now.history, change)), change.read)

    def least_count(self, now: Circumstances) -> int:
        """How many requests have counted at the very least, in this call and before it."""
        before = now.known[BEFORE]
        return (before & -before).bit_length() - 1 + now.counted

    def _kept(self, now: Circumstances, read: int) -> Circumstances:
        if not self._forget:
            return now
        asks_on = bool(read & REQUESTS)
        return Circumstances(
            self._live.remembered(now.known, read),
            now.counted if asks_on else 0,
            now.heard_answer or not asks_on,
            self._reads.seen(now.history),
        )


def _lived(had: History, change: Change) -> History:
    return History(
        answered=had.answered or change.answered,
        human=had.human or change.human,
        connected=had.connected or change.connected,
        messages=min(2, max(0, had.messages - change.discards) + change.message),
        told=had.told or change.told,
        escalated=had.escalated or change.escalated,
        inputs=had.inputs + change.input,
        transfer_requests=had.transfer_requests + bool(change.request),
        tags=had.tags | change.tags,
    )
