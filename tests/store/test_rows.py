"""Many rows in one statement: the same on both databases."""

import os
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, null, select
from sqlalchemy.exc import DBAPIError

from smartdesk_pbx.store.rows import insert_rows, rows_of, update_rows
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_file, case_key, chain_head
from tests.store.facts import AT

HEAD = ("chain", "seq", "hash")
FILE = ("call_id", "chain", "number", "decision", "caller_class", "node", "channel", "invited_at", "billable", "units")


def file_row(call: UUID, node: str = "n1") -> tuple[object, ...]:
    return (call, call, "+81312345001", "accepted", "number", node, "c'1\"", AT, None, None)


async def test_rows_come_back_as_they_were_given(store: Store) -> None:
    calls = [uuid4() for _ in range(3)]
    rows = [file_row(call) for call in calls]
    await store.run(lambda c: insert_rows(c, case_file, FILE, rows))
    assert await store.read(lambda c: rows_of(c, case_file, FILE, [*calls[:2], uuid4()])) == sorted(rows[:2])
    assert await store.read(lambda c: rows_of(c, case_file, FILE, [])) == []


async def test_columns_may_be_named_in_any_order(store: Store) -> None:
    """The statement's own order of columns is the table's."""
    call, key, wrapped = uuid4(), uuid4(), os.urandom(9)
    await store.run(lambda c: insert_rows(c, case_key, ("wrapped", "call_id", "id"), [(wrapped, call, key)]))
    assert await store.read(lambda c: tuple(c.execute(select(case_key)).one())) == (key, call, wrapped)


async def test_each_row_is_updated_by_its_own_key(store: Store) -> None:
    calls = [uuid4() for _ in range(3)]
    await store.run(lambda c: insert_rows(c, case_file, FILE, [file_row(call) for call in calls]))
    changes = [(calls[0], 1, "n2"), (calls[2], None, "n3")]
    await store.run(lambda c: update_rows(c, case_file, ("call_id", "units", "node"), changes))
    found = await store.read(lambda c: rows_of(c, case_file, ("call_id", "units", "node"), calls))
    assert found == sorted([changes[0], (calls[1], None, "n1"), changes[1]])


async def test_json_is_one_value_of_a_row_whatever_it_holds(store: Store) -> None:
    calls = sorted(uuid4() for _ in range(4))
    names = ("call_id", "units", "surcharges")
    given = [(calls[0], 1, ["night", "long"]), (calls[1], 2, []), (calls[2], 3, None), (calls[3], 4, ["'\"{}"])]
    await store.run(lambda c: insert_rows(c, case_file, FILE, [file_row(call) for call in calls]))
    for changes in (given, given[::-1], [(call, units, ["x"]) for call, units, _ in given], given):
        await store.run(lambda c, changes=changes: update_rows(c, case_file, names, changes))  # type: ignore[misc]
        found = await store.read(lambda c: rows_of(c, case_file, names, calls))
        assert found == sorted(changes, key=lambda row: row[0])
    none = select(case_file.c.call_id).where(case_file.c.surcharges.is_(null()))
    assert await store.read(lambda c: c.execute(none).scalars().all()) == [calls[2]]
    more = uuid4()
    await store.run(lambda c: insert_rows(c, case_file, (*FILE, "surcharges"), [(*file_row(more), ["night"])]))
    assert await store.read(lambda c: rows_of(c, case_file, names, [more])) == [(more, None, ["night"])]


async def test_a_row_that_is_there_is_left_as_it_is_or_refused(store: Store) -> None:
    chain, other = uuid4(), uuid4()

    def put(c: Connection, rows: Any, ignore: bool) -> None:
        insert_rows(c, chain_head, HEAD, rows, ignore=ignore)

    await store.run(lambda c: put(c, [(chain, 1, "a")], False))
    await store.run(lambda c: put(c, [(chain, 2, "b"), (other, 2, "b"), (other, 3, "c")], True))
    found = await store.read(lambda c: rows_of(c, chain_head, HEAD, [chain, other]))
    assert found == sorted([(chain, 1, "a"), (other, 2, "b")])
    with pytest.raises(DBAPIError):
        await store.run(lambda c: put(c, [(uuid4(), 1, "d"), (chain, 2, "b")], False))
    assert len(await store.read(lambda c: c.execute(select(chain_head)).all())) == 2


async def test_text_that_is_too_long_is_never_cut_off(store: Store) -> None:
    """PostgreSQL cuts what is cast to VARCHAR(8); SQLite does not look at lengths."""
    call = uuid4()
    if store.is_sqlite:
        await store.run(lambda c: insert_rows(c, case_file, FILE, [file_row(call, "n" * 9)]))
        assert await store.read(lambda c: rows_of(c, case_file, ("call_id", "node"), [call])) == [(call, "n" * 9)]
    else:
        with pytest.raises(DBAPIError, match="too long"):
            await store.run(lambda c: insert_rows(c, case_file, FILE, [file_row(call, "n" * 9)]))
