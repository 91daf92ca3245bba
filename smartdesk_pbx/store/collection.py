"""R16.4: what the collection company is to debit, and what it reports: each result once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from smartdesk_pbx.billing.allocation import collected_entry
from smartdesk_pbx.billing.items import Item
from smartdesk_pbx.billing.zengin_debit import PAID, Result
from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken
from smartdesk_pbx.store import books, mandate
from smartdesk_pbx.store.receivables import items, lock, settings_of
from smartdesk_pbx.store.tables.receivables import collection_batch as batches
from smartdesk_pbx.store.tables.receivables import collection_item as table
from smartdesk_pbx.store.tables.receivables import collection_result as results


@dataclass(frozen=True)
class Debit:
    """One amount handed to the collection company. `code`: its result, None as long as there is none."""

    key: str
    batch: int
    number: int
    contract_id: UUID
    yen: int
    code: str | None


@dataclass(frozen=True)
class Batch:
    """One file for the collection company."""

    id: int
    debit_on: date
    made_at: datetime


@dataclass(frozen=True)
class Reported:
    """What a file of results brought: debited, refused, and results known before."""

    paid: tuple[str, ...]
    failed: tuple[str, ...]
    repeated: int


def candidates(connection: Connection, debit_on: date) -> tuple[list[Item], list[Item]]:
    """What can be debited on a day: open documents due by then, of contracts that pay by debit, that are not with the
    company already. Apart: those without a mandate."""
    found = items(connection, only_open=True)
    settings = settings_of(connection, {item.contract_id for item in found})
    out = claimed(connection)
    ready = [
        item
        for item in found
        if item.open_yen > 0
        and item.due_on <= debit_on
        and item.number not in out
        and settings[item.contract_id].payment_method == "debit"
    ]
    has = mandate.contracts(connection)
    return [i for i in ready if i.contract_id in has], [i for i in ready if i.contract_id not in has]


def make(connection: Connection, chosen: Sequence[Item], debit_on: date, at: datetime) -> int:
    """A new batch of these documents; its number. Each amount gets a key that comes back with its result."""
    if not chosen:
        raise RuleBroken(f"nothing to debit on {debit_on}")
    last: int = connection.execute(select(func.coalesce(func.max(batches.c.id), 0))).scalar_one()
    batch = last + 1
    connection.execute(insert(batches).values(id=batch, debit_on=debit_on, made_at=at))
    rows = [
        {
            "key": f"{batch:08}{item.number:012}", "batch": batch, "number": item.number,
            "contract_id": item.contract_id, "yen": item.open_yen,
        }
        for item in chosen
    ]  # fmt: skip
    connection.execute(insert(table), rows)
    return batch


def claimed(connection: Connection) -> set[int]:
    """Documents that are with the collection company just now: handed over, no result yet."""
    query = select(table.c.number).outerjoin(results, results.c.key == table.c.key).where(results.c.key.is_(None))
    return set(connection.execute(query).scalars())


def listing(connection: Connection) -> list[Batch]:
    """All batches, newest first."""
    rows = connection.execute(select(batches).order_by(batches.c.id.desc()))
    return [Batch(row.id, row.debit_on, row.made_at) for row in rows]


def batch(connection: Connection, id: int) -> Batch:
    """One batch. Raises RuleBroken when there is none of that number."""
    row = connection.execute(select(batches).where(batches.c.id == id)).first()
    if row is None:
        raise RuleBroken(f"no batch {id} (smartdesk collection list shows them)")
    return Batch(row.id, row.debit_on, row.made_at)


def debits(connection: Connection, batch: int | None = None) -> list[Debit]:
    """The amounts of one batch, or of all, by key."""
    query = select(table, results.c.code).outerjoin(results, results.c.key == table.c.key).order_by(table.c.key)
    if batch is not None:
        query = query.where(table.c.batch == batch)
    return [Debit(r.key, r.batch, r.number, r.contract_id, r.yen, r.code) for r in connection.execute(query)]


def first_of(connection: Connection) -> dict[UUID, int]:
    """Contract → the batch in which it was debited for the first time."""
    query = select(table.c.contract_id, func.min(table.c.batch)).group_by(table.c.contract_id)
    return {of: int(first) for of, first in connection.execute(query)}


def take_in(connection: Connection, found: Sequence[Result], file: str, at: datetime) -> Reported:
    """Book the results of a file: what was debited pays its document on the day of the debit. A result that is known
    already is left out. Raises `Mistakes` for unknown keys, other amounts and results that contradict earlier ones;
    nothing is booked then."""
    known = {one.key: one for one in debits(connection)}
    days = {one.id: one.debit_on for one in listing(connection)}
    fresh, repeated = _fresh(found, known, file)
    for contract_id in sorted({known[one.key].contract_id for one in fresh}):
        lock(connection, contract_id)
    rows = []
    for one in fresh:
        of = known[one.key]
        on = days[of.batch]
        rows.append({"key": one.key, "code": one.code, "result_on": on, "recorded_at": at})
        if one.code == PAID:
            books.post(connection, [collected_entry(one.key, on, of.contract_id, of.number, of.yen)], at)
    if rows:
        connection.execute(insert(results), rows)
    paid = tuple(one.key for one in fresh if one.code == PAID)
    return Reported(paid, tuple(one.key for one in fresh if one.code != PAID), repeated)


def _fresh(found: Sequence[Result], known: Mapping[str, Debit], file: str) -> tuple[list[Result], int]:
    """Results not known yet, and how many are repeats."""
    mistakes: list[Mistake] = []
    codes = {key: one.code for key, one in known.items()}
    fresh: list[Result] = []
    for one in found:
        where, of = f"{file}:{one.line}", known.get(one.key)
        if of is None:
            mistakes.append(Mistake(where, f"key {one.key!r} was never handed over"))
        elif of.yen != one.yen:
            mistakes.append(Mistake(where, f"{one.yen} yen came back for {one.key}, {of.yen} were handed over"))
        elif codes[one.key] is None:
            codes[one.key] = one.code
            fresh.append(one)
        elif codes[one.key] != one.code:
            mistakes.append(Mistake(where, f"{one.key} has result {codes[one.key]} already, this file says {one.code}"))
    if mistakes:
        raise Mistakes(mistakes)
    return fresh, len(found) - len(fresh)
