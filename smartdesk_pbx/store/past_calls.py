"""Past calls of a number with all that happened in them, read in bulk. Of what is sealed only callers and typed digits
are opened, where their keys are there still."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.contract.events import CallArrived, CaseEvent, FlowStep, Judged, Reclassified
from smartdesk_pbx.store import facts
from smartdesk_pbx.store.seal import CaseKey, Sealer, key_id_of
from smartdesk_pbx.store.tables import case_event, case_file, case_key, ledger_entry

_AT_ONCE = 400
_OPENED = frozenset(facts.kind_of(kind) for kind in (CallArrived, FlowStep))  # type: ignore[arg-type]


@dataclass(frozen=True)
class PastCall:
    """A call that has ended: its events in order, and the judgement in force; None before it is closed."""

    call_id: UUID
    flow: str
    flow_version: int
    events: tuple[CaseEvent, ...]
    judged: Judged | Reclassified | None


def count(connection: Connection, number: str, since: datetime, until: datetime) -> tuple[list[UUID], int]:
    """The calls of a number that arrived in a time, have ended and walked a published flow, by arrival; and how many
    others there were."""
    file = case_file.c
    query = select(file.call_id, file.flow_version, file.ended_at).where(
        file.number == number, file.invited_at >= since, file.invited_at < until
    )
    rows = connection.execute(query.order_by(file.invited_at, file.call_id)).all()
    found = [row.call_id for row in rows if row.flow_version and row.ended_at]
    return found, len(rows) - len(found)


def read(connection: Connection, sealer: Sealer, calls: Sequence[UUID]) -> Iterator[PastCall]:
    """These calls, in this order."""
    for start in range(0, len(calls), _AT_ONCE):
        some = calls[start : start + _AT_ONCE]
        keys, events, judged = _keys(connection, sealer, some), _events(connection, some), _judged(connection, some)
        for call_id in some:
            opened = tuple(_opened(row, sealer, keys[call_id]) for row in events[call_id])
            (arrived,) = [one for one in opened if isinstance(one, CallArrived)]
            yield PastCall(call_id, arrived.flow or "", arrived.flow_version or 0, opened, judged.get(call_id))


def _events(connection: Connection, calls: Sequence[UUID]) -> defaultdict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    event = case_event.c
    query = select(event.call_id, event.kind, event.at, event.key, event.open, event.sealed)
    for row in connection.execute(query.where(event.call_id.in_(calls)).order_by(event.call_id, event.chain_seq)):
        found[row.call_id].append(row)
    return found


def _judged(connection: Connection, calls: Sequence[UUID]) -> dict[UUID, Judged | Reclassified]:
    entry = ledger_entry.c
    query = select(entry.call_id, entry.kind, entry.at, entry.open).where(
        entry.call_id.in_(calls), entry.kind.in_(("judgement", "reclassification"))
    )
    found: dict[UUID, Judged | Reclassified] = {}
    for row in connection.execute(query.order_by(entry.call_id, entry.chain_seq)):
        fact = facts.decode(row.kind, row.call_id, row.at, row.open, None)
        assert isinstance(fact, Judged | Reclassified)
        found[row.call_id] = fact
    return found


def _keys(connection: Connection, sealer: Sealer, calls: Sequence[UUID]) -> defaultdict[UUID, dict[UUID, CaseKey]]:
    found: defaultdict[UUID, dict[UUID, CaseKey]] = defaultdict(dict)
    for row in connection.execute(select(case_key).where(case_key.c.call_id.in_(calls))):
        found[row.call_id][row.id] = sealer.unwrap(row.call_id, row.id, row.wrapped)
    return found


def _opened(row: Any, sealer: Sealer, keys: dict[UUID, CaseKey]) -> CaseEvent:
    key = keys.get(key_id_of(row.sealed)) if row.sealed is not None and row.kind in _OPENED else None
    opened = sealer.open(key, row.key, row.sealed) if key else None
    fact = facts.decode(row.kind, row.call_id, row.at, row.open, opened)
    assert not isinstance(fact, Judged | Reclassified)
    return fact
