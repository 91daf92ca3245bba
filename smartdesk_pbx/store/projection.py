"""The case file and its recordings: what lists and reports ask of a case, derived from its facts in the same
transaction."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, func, update

from smartdesk_pbx.store import mark, recording
from smartdesk_pbx.store.chain import Link
from smartdesk_pbx.store.moment import Moment
from smartdesk_pbx.store.recording import Recording
from smartdesk_pbx.store.rows import Names, insert_rows, update_rows
from smartdesk_pbx.store.tables import case_file

Columns = dict[str, Any]

_FROM_ARRIVAL = (
    "subscriber_id", "contract_id", "plan", "number", "decision", "caller_class", "caller_key", "node", "channel",
    "flow", "flow_version",
)  # fmt: skip
_ARRIVED = ("call_id", "chain", "invited_at", *_FROM_ARRIVAL)
_UUIDS = ("subscriber_id", "contract_id")
_FROM_JUDGEMENT = ("billable", "rule", "rules_version", "case_class", "units", "surcharges")

_RECORDINGS: dict[str, Literal["talk", "message"]] = {"recording.stored": "talk", "message.recorded": "message"}

_CHANGES: dict[str, Callable[[Link, Columns], Columns]] = {
    "call.answered": lambda link, _: {"answered_at": link.at},
    "call.ended": lambda link, said: {"ended_at": link.at, "outcome": said["outcome"], "ended_by": said["by"]},
    "case.closed": lambda link, said: {"closed_at": link.at, "response": said["response"]},
    "judgement": lambda _, said: {name: said.get(name) for name in _FROM_JUDGEMENT},
    "reclassification": lambda _, said: {name: said.get(name) for name in _FROM_JUDGEMENT},
    "case.context": lambda _, said: {"out_of_hours": said["out_of_hours"]},
}

_TALK = (
    update(case_file)
    .where(case_file.c.call_id == bindparam("talked"))
    .values(agent=bindparam("talker"), human_at=func.coalesce(case_file.c.human_at, bindparam("talk_at", type_=Moment)))
)
"""Several agents may talk to a caller: the time is the first one's, the name the last one's."""


def project(connection: Connection, links: Iterable[Link]) -> None:
    """Bring the case files up to date with new links."""
    arrived: list[tuple[object, ...]] = []
    changed: dict[UUID, Columns] = {}
    talks: list[Columns] = []
    recordings: list[Recording] = []
    discarded: list[tuple[UUID, str]] = []
    marked: list[Link] = []
    for link in links:
        if link.kind == "call.arrived":
            arrived.append(_arrival(link, _said(link)))
        elif link.kind == "talk.started":
            talks.append({"talked": link.call, "talker": _said(link)["agent"], "talk_at": link.at})
        elif link.kind == "case.marked":
            marked.append(link)
        elif link.kind in _RECORDINGS:
            recordings.append(_recording(link, _said(link)))
        elif link.kind == "message.discarded":
            discarded.append((link.call, _said(link)["file"]))
        elif link.kind in _CHANGES:
            changed.setdefault(link.call, {}).update(_CHANGES[link.kind](link, _said(link)))
    insert_rows(connection, case_file, _ARRIVED, arrived)
    mark.project(connection, marked)
    if talks:
        connection.execute(_TALK, talks)
    recording.add(connection, *recordings)
    recording.drop(connection, *discarded)
    for names, rows in _alike(changed).items():
        update_rows(connection, case_file, ("call_id", *names), rows)


def _said(link: Link) -> Columns:
    return msgspec.json.decode(link.open, type=Columns)


def _arrival(link: Link, said: Columns) -> tuple[object, ...]:
    columns = [UUID(said[name]) if name in _UUIDS and said[name] else said[name] for name in _FROM_ARRIVAL]
    return (link.call, link.chain, link.at, *columns)


def _recording(link: Link, said: Columns) -> Recording:
    kind = _RECORDINGS[link.kind]
    return Recording(link.call, said["file"], kind, said["seconds"], said["bytes"], said["sha256"])


def _alike(changed: Mapping[UUID, Columns]) -> dict[Names, list[tuple[object, ...]]]:
    """The changes by the columns that they change: one statement for each kind of change, not for each call."""
    found: dict[Names, list[tuple[object, ...]]] = {}
    for call_id, columns in changed.items():
        found.setdefault(tuple(columns), []).append((call_id, *columns.values()))
    return found
