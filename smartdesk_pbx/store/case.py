"""Cases: their facts read back and opened, their files, and what direct-transfer requests count (R8.2)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, delete, select, union_all

from smartdesk_pbx.store import facts
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.facts import StoredFact
from smartdesk_pbx.store.seal import CaseKey, Sealer, key_id_of
from smartdesk_pbx.store.tables import case_event, case_file, case_key, ledger_entry

__all__ = [
    "CaseFile", "counted_in_call", "counted_requests", "erase", "events_of", "file_of", "listing", "of_contract",
    "open_calls", "unclosed", "verify_all",
]  # fmt: skip


@dataclass(frozen=True)
class CaseFile:
    """What is known of a case without opening it. `invited_at` is the arrival; judgement fields are None until
    the case is closed."""

    call_id: UUID
    chain: UUID
    subscriber_id: UUID | None
    contract_id: UUID | None
    plan: str | None
    number: str
    decision: str
    caller_class: str
    caller_key: str | None
    node: str
    channel: str
    flow: str | None
    flow_version: int | None
    invited_at: datetime
    answered_at: datetime | None
    human_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    agent: str | None
    outcome: str | None
    ended_by: str | None
    response: str | None
    billable: bool | None
    rule: str | None
    rules_version: str | None
    case_class: str | None
    units: int | None
    surcharges: list[str] | None
    out_of_hours: bool | None


def events_of(connection: Connection, sealer: Sealer, call_id: UUID) -> list[StoredFact]:
    """All facts of a case in order, the judgement too, with their sealed fields where the keys are there still."""
    keys = _keys_of(connection, sealer, call_id)
    both = union_all(
        *(select(table).where(table.c.call_id == call_id) for table in (case_event, ledger_entry))
    ).subquery()
    return [_stored(row, sealer, keys) for row in connection.execute(select(both).order_by(both.c.chain_seq))]


def _keys_of(connection: Connection, sealer: Sealer, call_id: UUID) -> dict[UUID, CaseKey]:
    rows = connection.execute(select(case_key).where(case_key.c.call_id == call_id))
    return {row.id: sealer.unwrap(call_id, row.id, row.wrapped) for row in rows}


def _stored(row: Row[Any], sealer: Sealer, keys: dict[UUID, CaseKey]) -> StoredFact:
    key = keys.get(key_id_of(row.sealed)) if row.sealed is not None else None
    opened = sealer.open(key, row.key, row.sealed) if key else None
    fact = facts.decode(row.kind, row.call_id, row.at, row.open, opened)
    return StoredFact(row.key, row.chain_seq, row.recorded_at, fact, erased=row.sealed is not None and key is None)


def erase(connection: Connection, call_id: UUID) -> int:
    """R23: delete the case's keys, which makes its sealed parts unreadable for good; how many keys went."""
    return connection.execute(delete(case_key).where(case_key.c.call_id == call_id)).rowcount


def file_of(connection: Connection, call_id: UUID) -> CaseFile | None:
    """The file of a case."""
    found = connection.execute(select(case_file).where(case_file.c.call_id == call_id)).first()
    return _file(found) if found else None


def listing(
    connection: Connection, *, limit: int, number: str | None = None, open_only: bool = False
) -> list[CaseFile]:
    """The latest cases, newest first; `open_only`: not closed yet."""
    query = select(case_file).order_by(case_file.c.invited_at.desc(), case_file.c.call_id).limit(limit)
    if number is not None:
        query = query.where(case_file.c.number == number)
    if open_only:
        query = query.where(case_file.c.closed_at.is_(None))
    return [_file(row) for row in connection.execute(query)]


def of_contract(connection: Connection, contract_id: UUID, since: datetime, until: datetime) -> list[CaseFile]:
    """The cases of a contract that arrived in a time, by arrival."""
    query = select(case_file).where(
        case_file.c.contract_id == contract_id, case_file.c.invited_at >= since, case_file.c.invited_at < until
    )
    return [_file(row) for row in connection.execute(query.order_by(case_file.c.invited_at, case_file.c.call_id))]


def open_calls(connection: Connection, node: str) -> list[CaseFile]:
    """Calls of a node that have not ended, oldest first: what a daemon that starts looks for."""
    query = select(case_file).where(case_file.c.node == node, case_file.c.ended_at.is_(None))
    return [_file(row) for row in connection.execute(query.order_by(case_file.c.invited_at))]


def unclosed(connection: Connection) -> list[CaseFile]:
    """Cases whose call has ended and that are not closed, oldest first."""
    query = select(case_file).where(case_file.c.ended_at.is_not(None), case_file.c.closed_at.is_(None))
    return [_file(row) for row in connection.execute(query.order_by(case_file.c.invited_at))]


def counted_requests(
    connection: Connection, contract_id: UUID, caller_key: str, since: datetime, until: datetime | None = None
) -> list[str]:
    """R8.2: keys of a caller's counted direct-transfer requests to a contract since then, and no later than `until`;
    oldest first."""
    query = (
        _counted()
        .join(case_file, case_file.c.call_id == case_event.c.call_id)
        .where(case_file.c.contract_id == contract_id, case_file.c.caller_key == caller_key, case_event.c.at >= since)
    )
    if until is not None:
        query = query.where(case_event.c.at <= until)
    return [row.key for row in connection.execute(query) if json.loads(row.open)["counted"]]


def counted_in_call(connection: Connection, call_id: UUID) -> list[str]:
    """R8.2: keys of the counted direct-transfer requests of one call, oldest first."""
    query = _counted().where(case_event.c.call_id == call_id)
    return [row.key for row in connection.execute(query) if json.loads(row.open)["counted"]]


def _counted() -> Select[str, str]:
    query = select(case_event.c.key, case_event.c.open).where(case_event.c.kind == "transfer.requested")
    return query.order_by(case_event.c.at, case_event.c.chain_seq)


def _file(row: Row[Any]) -> CaseFile:
    return CaseFile(**row._mapping)
