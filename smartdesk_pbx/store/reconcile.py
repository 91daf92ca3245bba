"""Reconciliation in the database: the three sides of a day, and the differences with what became of them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from smartdesk_pbx.contract.month import midnight, tokyo_date
from smartdesk_pbx.contract.reconciliation import Difference, Filed, Record, Verdict, compare
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables import case_file, cdr, ledger_entry, number_assignment
from smartdesk_pbx.store.tables.keeping import difference, reconciliation
from smartdesk_pbx.store.tables.money import node_reach

State = Literal["open", "explained", "closed", "vanished"]

RETIRED = timedelta(days=31)
"""A node whose call records were not read for so long is not waited for."""

STUCK = timedelta(hours=6)
"""A case that is open still so long after its day is not waited for: it is told."""

_AT_ONCE = 500
_JUDGED = ("judgement", "reclassification")


@dataclass(frozen=True)
class Compared:
    """One run over a day: how many of each side, the differences, whether the switch's records were complete."""

    day: date
    records: int
    cases: int
    entries: int
    differences: int
    open: int
    records_complete: bool


@dataclass(frozen=True)
class Item:
    """A difference and what became of it."""

    id: UUID
    day: date
    kind: str
    call_id: UUID
    said: str
    found_at: datetime
    state: State
    decided_at: datetime | None
    reason: str | None


def run(
    connection: Connection, day: date, *, tolerance_s: float, now: datetime, new_id: Callable[[], UUID]
) -> Compared:
    """Compare a day (Tokyo) and bring its items up to date; a repeat changes nothing. Raises `RuleBroken` for a day
    that is not over."""
    if midnight(day + timedelta(days=1)) > now:
        raise RuleBroken(f"{day} is not over yet: reconcile it from midnight on (Tokyo)")
    calls = _calls(connection, day)
    records, cases, verdicts = _records(connection, calls), _cases(connection, calls), _verdicts(connection, calls)
    own = {c for c in calls if _day_of(c, records, cases) in (day, None)}
    complete = _records_complete(connection, day, now)
    found = compare(
        {c: r for c, r in records.items() if c in own},
        {c: f for c, f in cases.items() if c in own},
        {c: v for c, v in verdicts.items() if c in own},
        tolerance_s=tolerance_s, records_complete=complete,
    )  # fmt: skip
    _keep(connection, day, found, now, new_id)
    still_open = select(func.count()).select_from(difference).where(difference.c.day == day)
    done = Compared(
        day=day,
        records=len(own & records.keys()),
        cases=len(own & cases.keys()),
        entries=len(own & verdicts.keys()),
        differences=len(found),
        open=connection.execute(still_open.where(difference.c.state == "open")).scalar_one(),
        records_complete=complete,
    )
    _note_run(connection, done, now)
    return done


def missing_days(connection: Connection, yesterday: date, most_days: int) -> list[date]:
    """The days up to yesterday that were not compared with all call records at hand, at most so many days back; before
    the first run yesterday alone."""
    runs = {
        row.day: row.complete for row in connection.execute(select(reconciliation.c.day, reconciliation.c.complete))
    }
    first = max(min(runs, default=yesterday), yesterday - timedelta(days=most_days - 1))
    days = (first + timedelta(days=n) for n in range((yesterday - first).days + 1))
    return [day for day in days if not runs.get(day)]


def listing(connection: Connection, *, state: State | None = "open", day: date | None = None) -> list[Item]:
    """Differences by day and call; `state` None: all."""
    query = select(difference).order_by(difference.c.day, difference.c.call_id, difference.c.kind)
    if state is not None:
        query = query.where(difference.c.state == state)
    if day is not None:
        query = query.where(difference.c.day == day)
    return [Item(**row._mapping) for row in connection.execute(query)]


def decide(connection: Connection, id: UUID, state: Literal["explained", "closed"], reason: str, at: datetime) -> Item:
    """Say what a difference was. Raises `RuleBroken` when it is not open."""
    change = update(difference).where(difference.c.id == id, difference.c.state.in_(("open", "explained")))
    if connection.execute(change.values(state=state, reason=reason, decided_at=at)).rowcount == 0:
        raise RuleBroken(f"no open difference {id} (smartdesk reconcile list shows them)")
    return Item(**connection.execute(select(difference).where(difference.c.id == id)).one()._mapping)


def days(connection: Connection, limit: int) -> list[tuple[Compared, datetime]]:
    """The last runs, newest day first, and when they were."""
    counts = select(
        difference.c.day,
        func.count().label("differences"),
        func.count().filter(difference.c.state == "open").label("open"),
    ).group_by(difference.c.day)
    by_day = {row.day: row for row in connection.execute(counts)}
    found = []
    for row in connection.execute(select(reconciliation).order_by(reconciliation.c.day.desc()).limit(limit)):
        items = by_day.get(row.day)
        seen, open_ = (items.differences, items.open) if items else (0, 0)
        one = Compared(row.day, row.records, row.cases, row.entries, seen, open_, row.complete)
        found.append((one, row.run_at))
    return found


def _calls(connection: Connection, day: date) -> list[UUID]:
    """All calls that one of the three sides places on this day."""
    first, after = midnight(day), midnight(day + timedelta(days=1))
    judged_alone = and_(
        ledger_entry.c.kind == "judgement",
        ledger_entry.c.at >= first,
        ledger_entry.c.at < after,
        ~exists().where(case_file.c.call_id == ledger_entry.c.call_id),
    )
    queries = (
        select(cdr.c.call_id).where(cdr.c.started_at >= first, cdr.c.started_at < after),
        select(case_file.c.call_id).where(case_file.c.invited_at >= first, case_file.c.invited_at < after),
        select(ledger_entry.c.call_id).where(judged_alone),
    )
    return sorted({one for query in queries for one in connection.execute(query).scalars() if one is not None})


def _chunks(calls: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(calls), _AT_ONCE):
        yield calls[start : start + _AT_ONCE]


def _records(connection: Connection, calls: Sequence[UUID]) -> dict[UUID, Record]:
    owned = exists().where(
        number_assignment.c.number == cdr.c.number,
        number_assignment.c.from_at <= cdr.c.started_at,
        or_(number_assignment.c.to_at.is_(None), number_assignment.c.to_at > cdr.c.started_at),
    )
    found = {}
    for some in _chunks(calls):
        query = select(cdr, or_(owned, cdr.c.number.is_(None)).label("assigned")).where(cdr.c.call_id.in_(some))
        for row in connection.execute(query):
            found[row.call_id] = Record(row.started_at, row.answered_at, row.ended_at, bool(row.assigned))
    return found


def _cases(connection: Connection, calls: Sequence[UUID]) -> dict[UUID, Filed]:
    found = {}
    for some in _chunks(calls):
        for row in connection.execute(select(case_file).where(case_file.c.call_id.in_(some))):
            verdict = Verdict(row.billable, row.case_class, row.units)
            found[row.call_id] = Filed(
                row.invited_at, row.answered_at, row.ended_at, row.closed_at, row.ended_by, verdict
            )
    return found


def _verdicts(connection: Connection, calls: Sequence[UUID]) -> dict[UUID, Verdict]:
    """The judgement in force of each call: the last entry about it."""
    found = {}
    for some in _chunks(calls):
        query = select(ledger_entry.c.call_id, ledger_entry.c.open).where(
            ledger_entry.c.call_id.in_(some), ledger_entry.c.kind.in_(_JUDGED)
        )
        for row in connection.execute(query.order_by(ledger_entry.c.chain_seq)):
            said = json.loads(row.open)
            found[row.call_id] = Verdict(said["billable"], said["case_class"], said["units"])
    return found


def _day_of(call: UUID, records: dict[UUID, Record], cases: dict[UUID, Filed]) -> date | None:
    """A call belongs to the day on which its case began, whatever the switch's clock says."""
    if call in cases:
        return tokyo_date(cases[call].invited_at)
    return tokyo_date(records[call].started_at) if call in records else None


def _records_complete(connection: Connection, day: date, now: datetime) -> bool:
    """Has every node that took calls on the day, or was read in the month before, been read past its end? And past the
    end of each call: one that midnight found under way stands in no record before it is over."""
    first, after = midnight(day), midnight(day + timedelta(days=1))
    if _under_way(connection, first, after, now):
        return False
    read = {row.node: row.cdr_at for row in connection.execute(select(node_reach)) if row.cdr_at is not None}
    took = select(case_file.c.node).where(case_file.c.invited_at >= first, case_file.c.invited_at < after)
    nodes = set(connection.execute(took.distinct()).scalars()) | {
        node for node, at in read.items() if at >= first - RETIRED
    }
    return all(node in read and read[node] >= after for node in nodes)


def _under_way(connection: Connection, first: datetime, after: datetime, now: datetime) -> bool:
    """Is a call of the day not over, not closed, or ended after its node's records were read?"""
    read = select(node_reach.c.cdr_at).where(node_reach.c.node == case_file.c.node).scalar_subquery()
    unfinished = case_file.c.ended_at > read
    if now < after + STUCK:
        unfinished = or_(unfinished, case_file.c.closed_at.is_(None))
    query = select(case_file.c.call_id).where(case_file.c.invited_at >= first, case_file.c.invited_at < after)
    return connection.execute(query.where(unfinished).limit(1)).first() is not None


def _keep(
    connection: Connection, day: date, found: Sequence[Difference], now: datetime, new_id: Callable[[], UUID]
) -> None:
    known = {(item.call_id, item.kind): item for item in listing(connection, state=None, day=day)}
    for one in found:
        item = known.pop((one.call_id, one.kind), None)
        state, reason = ("explained", one.explained) if one.explained else ("open", None)
        if item is None:
            connection.execute(
                insert(difference).values(
                    id=new_id(), day=day, kind=one.kind, call_id=one.call_id, said=one.said, found_at=now,
                    state=state, reason=reason, decided_at=now if reason else None,
                )
            )  # fmt: skip
        elif item.state == "vanished" or (item.state == "open" and item.said != one.said):
            values = {"state": state, "reason": reason, "said": one.said, "decided_at": now if reason else None}
            connection.execute(update(difference).where(difference.c.id == item.id).values(values))
    for item in known.values():
        if item.state == "open":
            gone = {"state": "vanished", "reason": "a later run found it no more", "decided_at": now}
            connection.execute(update(difference).where(difference.c.id == item.id).values(gone))


def _note_run(connection: Connection, done: Compared, now: datetime) -> None:
    values = {
        "run_at": now, "records": done.records, "cases": done.cases, "entries": done.entries,
        "complete": done.records_complete,
    }  # fmt: skip
    change = update(reconciliation).where(reconciliation.c.day == done.day).values(values)
    if connection.execute(change).rowcount == 0:
        connection.execute(insert(reconciliation).values(day=done.day, **values))
