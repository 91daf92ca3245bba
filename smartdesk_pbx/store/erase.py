"""R23, R25: erasing personal data so that the ledger stays verifiable: a case's keys go, and its recordings.

The keys go first, together with the fact `case.erased` and the order to remove the files; the files follow, and what a
crash left of them is removed by the next run.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, insert, or_, select, update

from smartdesk_pbx.contract.events import CaseErased
from smartdesk_pbx.contract.retention import Because, Holds, Limits, Subject, What
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import ledger
from smartdesk_pbx.store.case import erase as delete_keys
from smartdesk_pbx.store.chain import canonical
from smartdesk_pbx.store.facts import Group, Row, kind_of
from smartdesk_pbx.store.tables import case_file, case_key, recording
from smartdesk_pbx.store.tables.keeping import erased_file, erasure

BATCH = 200
"""Cases that one transaction erases: others write in between."""


@dataclass(frozen=True)
class Order:
    """Cases to be erased: what of them, why, and on whose word."""

    what: frozenset[What]
    because: Because
    reason: str
    by: str
    new_id: Callable[[], UUID]


@dataclass(frozen=True)
class Erased:
    """How many keys and files went, of how many cases; `kept`: cases that a legal hold keeps."""

    cases: int = 0
    keys: int = 0
    files: int = 0
    kept: int = 0
    subjects: tuple[UUID, ...] = ()
    """The cases, in order."""

    def plus(self, other: "Erased") -> "Erased":
        """Both together."""
        return Erased(
            self.cases + other.cases,
            self.keys + other.keys,
            self.files + other.files,
            self.kept + other.kept,
            self.subjects + other.subjects,
        )


def due(
    connection: Connection, contract_id: UUID | None, limits: Limits, what: What, after: UUID | None = None
) -> list[Subject]:
    """The next closed cases of a contract (None: of none) that have outlived their time and hold something still, by
    id; at most `BATCH`. `after`: the last one of the batch before."""
    before = limits.personal_before if what == "personal" else limits.recordings_before
    query = _subjects().where(
        case_file.c.contract_id.is_(None) if contract_id is None else case_file.c.contract_id == contract_id,
        case_file.c.invited_at < before,
        case_file.c.closed_at.is_not(None),
        _has_keys() if what == "personal" else _has_recordings(),
    )
    if after is not None:
        query = query.where(case_file.c.call_id > after)
    rows = connection.execute(query.order_by(case_file.c.call_id).limit(BATCH))
    return [Subject(*row) for row in rows]


def count_due(connection: Connection, contract_id: UUID | None, limits: Limits) -> tuple[int, int]:
    """How many cases of a contract are due: for their recordings, for their personal data."""
    own = case_file.c.contract_id.is_(None) if contract_id is None else case_file.c.contract_id == contract_id
    wanted = ((limits.recordings_before, _has_recordings()), (limits.personal_before, _has_keys()))
    counts = [
        connection.execute(
            select(func.count())
            .select_from(case_file)
            .where(own, case_file.c.invited_at < before, case_file.c.closed_at.is_not(None), has)
        ).scalar_one()
        for before, has in wanted
    ]
    return counts[0], counts[1]


def subjects(connection: Connection, condition: ColumnElement[bool]) -> list[Subject]:
    """The cases of a condition on `case_file` that hold something still, by id. Raises `RuleBroken` for an open one."""
    still_open = select(case_file.c.call_id).where(condition, case_file.c.closed_at.is_(None))
    if open_one := connection.execute(still_open).scalars().first():
        raise RuleBroken(f"case {open_one} is open still: close it first (smartdesk case respond)")
    query = _subjects().where(condition, or_(_has_keys(), _has_recordings())).order_by(case_file.c.call_id)
    return [Subject(*row) for row in connection.execute(query)]


def erase(connection: Connection, cases: Sequence[Subject], order: Order, holds: Holds, now: datetime) -> Erased:
    """Erase in this transaction what the order names; cases that a hold keeps are left. A repeat changes nothing.

    The files themselves are removed afterwards by `remove_files`.
    """
    found = Erased()
    groups: list[Group] = []
    for case in cases:
        if holds.keeps(case):
            found = found.plus(Erased(kept=1))
            continue
        keys = delete_keys(connection, case.call_id) if "personal" in order.what else 0
        files = _order_removal(connection, case.call_id, now) if "recordings" in order.what else []
        if not keys and not files:
            continue
        _note(connection, case.call_id, order, keys, len(files), now)
        groups.append(_fact(connection, case.call_id, order, keys, files, now))
        found = found.plus(Erased(1, keys, len(files), 0, (case.call_id,)))
    if groups:
        ledger.commit(connection, groups, now)
    return found


def to_remove(connection: Connection) -> list[str]:
    """Object keys of recordings whose removal was ordered and not yet done."""
    query = select(erased_file.c.file).where(erased_file.c.removed_at.is_(None)).order_by(erased_file.c.file)
    return list(connection.execute(query).scalars())


def remove_files(folder: Path, files: Iterable[str]) -> list[str]:
    """Remove recordings below their folder; those that are gone now. A name that leads elsewhere is left alone."""
    gone = []
    for name in files:
        file = (folder / name).resolve()
        if file.is_relative_to(folder.resolve()):
            file.unlink(missing_ok=True)
            gone.append(name)
    return gone


def removed(connection: Connection, files: Sequence[str], now: datetime) -> None:
    """Note that these files are gone."""
    for start in range(0, len(files), 500):
        some = erased_file.c.file.in_(files[start : start + 500])
        connection.execute(update(erased_file).where(some).values(removed_at=now))


def _subjects() -> Select[UUID, UUID | None, UUID | None, str | None]:
    return select(case_file.c.call_id, case_file.c.subscriber_id, case_file.c.contract_id, case_file.c.caller_key)


def _has_keys() -> ColumnElement[bool]:
    return exists().where(case_key.c.call_id == case_file.c.call_id)


def _has_recordings() -> ColumnElement[bool]:
    gone = exists().where(erased_file.c.file == recording.c.file)
    return exists().where(and_(recording.c.call_id == case_file.c.call_id, ~gone))


def _order_removal(connection: Connection, call_id: UUID, now: datetime) -> list[str]:
    known = exists().where(erased_file.c.file == recording.c.file)
    query = select(recording.c.file).where(recording.c.call_id == call_id, ~known).order_by(recording.c.file)
    files = list(connection.execute(query).scalars())
    if files:
        connection.execute(insert(erased_file), [{"file": f, "call_id": call_id, "ordered_at": now} for f in files])
    return files


def _note(connection: Connection, call_id: UUID, order: Order, keys: int, files: int, now: datetime) -> None:
    what = "personal" if keys else "recordings"
    connection.execute(
        insert(erasure).values(
            id=order.new_id(), what=what, subject=call_id, reason=order.reason, at=now, keys=keys, files=files
        )
    )


def _fact(connection: Connection, call_id: UUID, order: Order, keys: int, files: list[str], now: datetime) -> Group:
    chain = connection.execute(select(case_file.c.chain).where(case_file.c.call_id == call_id)).scalar_one()
    fact = CaseErased(call_id=call_id, at=now, by=order.by, because=order.because, keys=keys, files=files)
    said = {"by": fact.by, "because": fact.because, "keys": keys, "files": files}
    row = Row("event", f"{call_id}/{order.new_id()}", call_id, kind_of(fact), now, False, canonical(said), None)
    return Group((row,), chain)
