"""The case file and its recordings: what lists and reports ask of a case, derived from its facts in the same
transaction."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, insert, update

from smartdesk_pbx.store import mark, recording
from smartdesk_pbx.store.chain import Link
from smartdesk_pbx.store.tables import case_file

Columns = dict[str, Any]

_FROM_ARRIVAL = (
    "subscriber_id", "contract_id", "plan", "number", "decision", "caller_class", "caller_key", "node", "channel",
    "flow", "flow_version",
)  # fmt: skip
_UUIDS = ("subscriber_id", "contract_id")
_FROM_JUDGEMENT = ("billable", "rule", "rules_version", "case_class", "units", "surcharges")

_RECORDINGS: dict[str, Literal["talk", "message"]] = {"recording.stored": "talk", "message.recorded": "message"}

_CHANGES: dict[str, Callable[[Link, Columns], Columns]] = {
    "call.answered": lambda link, _: {"answered_at": link.at},
    "talk.started": lambda link, said: {"human_at": link.at, "agent": said["agent"]},
    "call.ended": lambda link, said: {"ended_at": link.at, "outcome": said["outcome"], "ended_by": said["by"]},
    "case.closed": lambda link, said: {"closed_at": link.at, "response": said["response"]},
    "judgement": lambda _, said: {name: said.get(name) for name in _FROM_JUDGEMENT},
    "reclassification": lambda _, said: {name: said.get(name) for name in _FROM_JUDGEMENT},
    "case.context": lambda _, said: {"out_of_hours": said["out_of_hours"]},
}


def project(connection: Connection, links: Iterable[Link]) -> None:
    """Bring the case files up to date with new links."""
    arrived: list[Columns] = []
    changed: dict[UUID, Columns] = {}
    talks: list[tuple[UUID, Columns]] = []
    marked: list[Link] = []
    for link in links:
        if link.kind == "call.arrived":
            arrived.append(_arrival(link))
        elif link.kind == "talk.started":
            talks.append((link.call, _CHANGES[link.kind](link, json.loads(link.open))))
        elif link.kind == "case.marked":
            marked.append(link)
        elif link.kind in _RECORDINGS:
            recording.add(connection, _recording(link))
        elif link.kind in _CHANGES:
            changed.setdefault(link.call, {}).update(_CHANGES[link.kind](link, json.loads(link.open)))
    if arrived:
        connection.execute(insert(case_file), arrived)
    mark.project(connection, marked)
    for call_id, columns in talks:
        _first_human(connection, call_id, columns)
    for call_id, columns in changed.items():
        connection.execute(update(case_file).where(case_file.c.call_id == call_id).values(columns))


def _arrival(link: Link) -> Columns:
    said = json.loads(link.open)
    columns = {name: said[name] for name in _FROM_ARRIVAL}
    columns |= {name: UUID(said[name]) if said[name] else None for name in _UUIDS}
    return columns | {"call_id": link.call, "chain": link.chain, "invited_at": link.at}


def _recording(link: Link) -> recording.Recording:
    said = json.loads(link.open)
    kind = _RECORDINGS[link.kind]
    return recording.Recording(link.call, said["file"], kind, said["seconds"], said["bytes"], said["sha256"])


def _first_human(connection: Connection, call_id: UUID, columns: Columns) -> None:
    """Several agents may talk to a caller: the time is the first one's, the name the last one's."""
    of_call = update(case_file).where(case_file.c.call_id == call_id)
    connection.execute(of_call.values(agent=columns["agent"]))
    connection.execute(of_call.where(case_file.c.human_at.is_(None)).values(human_at=columns["human_at"]))
