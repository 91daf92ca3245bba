"""Marks and tags of cases that are in force: projected from `case.marked` events in their transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select

from smartdesk_pbx.contract.after_call import CaseMarked
from smartdesk_pbx.store import facts
from smartdesk_pbx.store.chain import Link
from smartdesk_pbx.store.tables import case_event, cases

table = cases.case_mark


@dataclass(frozen=True)
class InForce:
    """A mark or a tag that was given and not taken back."""

    call_id: UUID
    kind: Literal["mark", "tag"]
    name: str
    by: str
    at: datetime


def project(connection: Connection, links: Iterable[Link]) -> None:
    """Bring the table up to date with new `case.marked` events: the last word on a mark is in force."""
    for link in links:
        said = json.loads(link.open)
        kind = "mark" if said["mark"] else "tag"
        name = said["mark"] or said["tag"]
        same = (table.c.call_id == link.call) & (table.c.kind == kind) & (table.c.name == name)
        connection.execute(delete(table).where(same))
        if not said["removed"]:
            row = {"call_id": link.call, "kind": kind, "name": name, "by": said["by"], "at": link.at}
            connection.execute(insert(table).values(row))


def of_call(connection: Connection, call_id: UUID) -> list[InForce]:
    """What is in force for one case, marks first."""
    query = select(table).where(table.c.call_id == call_id).order_by(table.c.kind, table.c.name)
    return [_in_force(row) for row in connection.execute(query)]


def _in_force(row: Row[Any]) -> InForce:
    return InForce(**row._mapping)


def said_of(connection: Connection, call_id: UUID) -> list[CaseMarked]:
    """All that was said of a case, in order, without its notes (they are sealed)."""
    query = select(case_event).where(case_event.c.call_id == call_id, case_event.c.kind == "case.marked")
    rows = connection.execute(query.order_by(case_event.c.chain_seq))
    said = [facts.decode(row.kind, row.call_id, row.at, row.open, None) for row in rows]
    return [one for one in said if isinstance(one, CaseMarked)]
