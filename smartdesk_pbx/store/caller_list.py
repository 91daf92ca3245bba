"""Lists of callers (vip, blocked, …) that a contract's flows ask for. A caller is found by key; number and note stand
sealed (R23): they are told to the person and erased like everything else that is personal."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from smartdesk_pbx.contract.retention import Holds, Subject
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables import contract
from smartdesk_pbx.store.tables.flows import listed_caller as table
from smartdesk_pbx.store.tables.keeping import erasure

Change = Literal["new", "noted", "same"]
"""What adding did: a new caller, another note for one who was there, or nothing."""

_AT_ONCE = 500


class Sealed(msgspec.Struct, frozen=True):
    """What is personal of an entry. `number`: E.164."""

    number: str
    note: str = ""


@dataclass(frozen=True)
class Listed:
    """A caller on a list of a contract."""

    id: UUID
    contract_id: UUID
    list: str
    number: str
    note: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True)
class Where:
    """Whose lists are changed, when and by whom."""

    contract_id: UUID
    at: datetime
    by: str


def add_all(
    connection: Connection,
    sealer: Sealer,
    where: Where,
    callers: Sequence[tuple[str, str, str]],
    new_id: Callable[[], UUID],
) -> Counter[Change]:
    """Put callers on lists of a contract, each as (list, number E.164, note); how many of them were what. Who is on
    the list already gets the new note, when there is one."""
    query = select(table).where(table.c.contract_id == where.contract_id)
    there = {(row.list, row.caller_key): row for row in connection.execute(query)}
    done: Counter[Change] = Counter()
    new: list[dict[str, object]] = []
    for name, number, note in callers:
        key = sealer.caller_key(number)
        row = there.get((name, key))
        if row is None:
            id = new_id()
            sealed = _seal(sealer, id, Sealed(number, note))
            new.append(_columns(where, name, key) | {"id": id, "sealed": sealed})
            done["new"] += 1
        elif note and _listed(sealer, row).note != note:
            sealed = _seal(sealer, row.id, Sealed(number, note))
            connection.execute(update(table).where(table.c.id == row.id).values(sealed=sealed))
            done["noted"] += 1
        else:
            done["same"] += 1
    for start in range(0, len(new), _AT_ONCE):
        connection.execute(insert(table), new[start : start + _AT_ONCE])
    if new:
        bump(connection)
    return done


def remove(connection: Connection, sealer: Sealer, contract_id: UUID, name: str, number: str) -> None:
    """Take a caller, E.164, off a list. Raises RuleBroken when they are not on it."""
    same = table.c.contract_id == contract_id, table.c.list == name, table.c.caller_key == sealer.caller_key(number)
    if connection.execute(delete(table).where(*same)).rowcount == 0:
        raise RuleBroken(f"not on list {name} (smartdesk caller list shows who is)")
    bump(connection)


def listing(connection: Connection, sealer: Sealer, contract_id: UUID, name: str | None = None) -> list[Listed]:
    """Who is on the lists of a contract, or on one of them, by list and number."""
    query = select(table).where(table.c.contract_id == contract_id)
    if name is not None:
        query = query.where(table.c.list == name)
    return sorted((_listed(sealer, row) for row in connection.execute(query)), key=lambda one: (one.list, one.number))


def names(connection: Connection, contract_id: UUID) -> list[str]:
    """The lists of a contract that somebody is on, by name."""
    query = select(table.c.list).where(table.c.contract_id == contract_id).distinct().order_by(table.c.list)
    return list(connection.execute(query).scalars())


def of_caller(connection: Connection, sealer: Sealer, key: str) -> list[Listed]:
    """Every list on which a caller stands, whosever it is: what a person may be told."""
    query = select(table).where(table.c.caller_key == key).order_by(table.c.added_at, table.c.id)
    return [_listed(sealer, row) for row in connection.execute(query)]


def for_routing(connection: Connection) -> Mapping[UUID, Mapping[str, frozenset[str]]]:
    """By contract and name of the list: the callers' keys."""
    found: dict[UUID, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for contract_id, name, key in connection.execute(select(table.c.contract_id, table.c.list, table.c.caller_key)):
        found[contract_id][name].add(key)
    return {one: {name: frozenset(keys) for name, keys in lists.items()} for one, lists in found.items()}


# ---- erasure ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """Why entries are erased, when, and what a legal hold keeps."""

    reason: str
    at: datetime
    holds: Holds
    new_id: Callable[[], UUID]


def erase_caller(connection: Connection, key: str, order: Order) -> tuple[list[UUID], int]:
    """Take a caller off every list and keep only that this was done: the entries that are gone, and how many stay
    because of a hold."""
    return _erase(connection, table.c.caller_key == key, order)


def erase_lists(connection: Connection, contract_id: UUID, order: Order) -> list[UUID]:
    """All lists of a contract: the entries that are gone."""
    return _erase(connection, table.c.contract_id == contract_id, order)[0]


def erase_again(connection: Connection, entries: Sequence[UUID], order: Order) -> list[UUID]:
    """Entries that a restored database has again."""
    gone: list[UUID] = []
    for start in range(0, len(entries), _AT_ONCE):
        gone += _erase(connection, table.c.id.in_(entries[start : start + _AT_ONCE]), order)[0]
    return gone


def _erase(connection: Connection, which: ColumnElement[bool], order: Order) -> tuple[list[UUID], int]:
    query = select(table.c.id, table.c.contract_id, table.c.caller_key, contract.c.subscriber_id)
    rows = connection.execute(query.join_from(table, contract).where(which)).all()
    due = [r for r in rows if not order.holds.keeps(Subject(r.id, r.subscriber_id, r.contract_id, r.caller_key))]
    by_subscriber: dict[UUID, list[UUID]] = defaultdict(list)
    for row in due:
        by_subscriber[row.subscriber_id].append(row.id)
    for subscriber_id, entries in by_subscriber.items():
        for start in range(0, len(entries), _AT_ONCE):
            connection.execute(delete(table).where(table.c.id.in_(entries[start : start + _AT_ONCE])))
        connection.execute(
            insert(erasure).values(
                id=order.new_id(), what="personal", subject=subscriber_id, reason=f"callers on lists: {order.reason}",
                at=order.at, keys=len(entries), files=0,
            )
        )  # fmt: skip
    if due:
        bump(connection)
    return [row.id for row in due], len(rows) - len(due)


def _columns(where: Where, name: str, key: str) -> dict[str, object]:
    return {
        "contract_id": where.contract_id, "list": name, "caller_key": key, "added_at": where.at, "added_by": where.by,
    }  # fmt: skip


def _seal(sealer: Sealer, id: UUID, what: Sealed) -> bytes:
    return sealer.seal_value(msgspec.json.encode(what).decode(), _aad(id))


def _listed(sealer: Sealer, row: Row[Any]) -> Listed:
    what = msgspec.json.decode(sealer.open_value(row.sealed, _aad(row.id)), type=Sealed)
    return Listed(row.id, row.contract_id, row.list, what.number, what.note, row.added_at, row.added_by)


def _aad(id: UUID) -> str:
    return f"listed/{id}"
