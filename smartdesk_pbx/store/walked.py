"""How real calls walked through their flows: the steps of many cases, read at once. Nothing sealed is opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from smartdesk_pbx.store.tables import case_event, case_file


class Step(msgspec.Struct, frozen=True):
    """The open part of a step's event."""

    node: str
    verb: str
    position: str
    heard: str


@dataclass(frozen=True)
class Walk:
    """One call that has ended. `outcome` and `ended_by` as its file has them."""

    call_id: UUID
    outcome: str | None
    ended_by: str | None
    steps: tuple[Step, ...]


_read = msgspec.json.Decoder(Step).decode


def walks(connection: Connection, flow: str, version: int, since: datetime, until: datetime) -> Iterator[Walk]:
    """The calls through one version of a flow that arrived in a time and have ended."""
    file = case_file.c
    return _walks(
        connection, file.flow == flow, file.flow_version == version, file.invited_at >= since, file.invited_at < until
    )


def _walks(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Walk]:
    file, event = case_file.c, case_event.c
    query = (
        select(file.call_id, file.outcome, file.ended_by, event.open)
        .join_from(case_file, case_event, event.call_id == file.call_id)
        .where(*which, event.kind == "flow.step", file.ended_at.is_not(None))
        .order_by(file.call_id, event.chain_seq)
    )
    for (call_id, outcome, ended_by), rows in groupby(connection.execute(query), key=itemgetter(0, 1, 2)):
        yield Walk(call_id, outcome, ended_by, tuple(_read(row.open) for row in rows))
