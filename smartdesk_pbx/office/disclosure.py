"""R23, R25: what is on file about one person, told on request (個人情報保護法 33): all cases of the caller's key."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import caller_list, case, contract, recording, subscriber
from smartdesk_pbx.store.facts import StoredFact
from smartdesk_pbx.store.tables import case_file
from smartdesk_pbx.store.tables.keeping import erased_file

_INSIDE = ("position", "channel", "node", "step", "verb", "caller_key", "call_id")
"""What says nothing about the person."""


class Disclose(Params):
    """`reason`: who asked and how their identity was checked; it stands in the audit trail."""

    number: str
    reason: str = ""


@dataclass(frozen=True)
class DisclosedCase:
    """One case. `facts`: what was noted, in order, sealed parts opened. `erased`: some of it exists no more."""

    case_id: str
    at: datetime
    subscriber: str | None
    number: str
    outcome: str | None
    erased: bool
    facts: tuple[Mapping[str, Any], ...]
    recordings: tuple[str, ...]
    recordings_erased: int


@dataclass(frozen=True)
class OnList:
    """A list of callers on which the person stands: whose, what it is called, and what was noted."""

    subscriber: str | None
    list: str
    note: str
    since: datetime


@dataclass(frozen=True)
class Disclosure:
    """Everything found. Cases of a withheld number cannot be found: nothing ties them to a person."""

    number: str
    made_at: datetime
    cases: tuple[DisclosedCase, ...]
    lists: tuple[OnList, ...] = ()


async def disclose(office: Office, params: Disclose) -> Disclosure:
    """All cases of a caller's number, oldest first, and the lists that it is on. Raises `RuleBroken` when it is no
    number."""
    number = checked(params.number, office.settings.country)
    key = office.sealer.caller_key(number)

    def look(connection: Connection) -> Disclosure:
        query = select(case_file.c.call_id).where(case_file.c.caller_key == key)
        ids = connection.execute(query.order_by(case_file.c.invited_at, case_file.c.call_id)).scalars().all()
        cases = tuple(_case(office, connection, one) for one in ids)
        lists = tuple(_list(connection, one) for one in caller_list.of_caller(connection, office.sealer, key))
        return Disclosure(number, office.store.now(connection), cases, lists)

    return await office.store.read(look)


def _case(office: Office, connection: Connection, call_id: Any) -> DisclosedCase:
    file = case.file_of(connection, call_id)
    assert file is not None
    stored = case.events_of(connection, office.sealer, call_id)
    who = subscriber.by_id(connection, file.subscriber_id) if file.subscriber_id else None
    gone = set(connection.execute(select(erased_file.c.file).where(erased_file.c.call_id == call_id)).scalars())
    files = [one.file for one in recording.of_call(connection, call_id)]
    return DisclosedCase(
        str(call_id), file.invited_at, who.name if who else None, file.number, file.outcome,
        any(one.erased for one in stored), tuple(_fact(one) for one in stored),
        tuple(name for name in files if name not in gone), len(gone),
    )  # fmt: skip


def _list(connection: Connection, one: caller_list.Listed) -> OnList:
    who = subscriber.by_id(connection, contract.get(connection, one.contract_id).subscriber_id)
    return OnList(who.name if who else None, one.list, one.note, one.added_at)


def _fact(one: StoredFact) -> Mapping[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(one.fact)
    return {name: value for name, value in said.items() if name not in _INSIDE and value not in (None, "", [])}


def write_folder(disclosure: Mapping[str, Any], recordings: Path, folder: Path) -> list[str]:
    """Put the report and copies of the recordings into a new folder for its owner alone; the names of the files.

    Raises `RuleBroken` when the folder is there already.
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise RuleBroken(f"{folder} is there already: name a new folder") from None
    written = ["disclosure.json"]
    text = json.dumps(disclosure, ensure_ascii=False, indent=2) + "\n"
    with open(os.open(folder / written[0], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    for one in disclosure["cases"]:
        for name in one["recordings"]:
            source = recordings / name
            if source.is_file():
                shutil.copyfile(source, folder / source.name)
                written.append(source.name)
    return written
