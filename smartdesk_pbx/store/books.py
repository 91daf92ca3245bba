"""The books: balanced entries, each once, never changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from smartdesk_pbx.billing.books import Entry, Posting
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.session import database_now
from smartdesk_pbx.store.tables.receivables import book_entry, book_posting

_KEYS_AT_ONCE = 500


def post(connection: Connection, entries: Sequence[Entry], at: datetime | None = None) -> int:
    """Book the entries inside the caller's transaction; how many were new. One that is booked already is left out.

    `at`: when it was recorded, default the database's clock. Raises RuleBroken when a key is booked with other content.
    """
    known = _known(connection, [entry.key for entry in entries])
    fresh: dict[str, Entry] = {}
    for entry in entries:
        before = known.get(entry.key) or fresh.get(entry.key)
        if before is None:
            fresh[entry.key] = entry
        elif before != entry:
            raise RuleBroken(f"{entry.key} is booked already with other content; reverse it before booking it anew")
    if fresh:
        recorded_at = at or database_now(connection)
        connection.execute(insert(book_entry), [_row(entry, recorded_at) for entry in fresh.values()])
        connection.execute(insert(book_posting), [row for entry in fresh.values() for row in _rows(entry)])
    return len(fresh)


def get(connection: Connection, key: str) -> Entry | None:
    """The entry of that key."""
    return _known(connection, [key]).get(key)


def listing(connection: Connection, since: date | None = None, until: date | None = None) -> Iterator[Entry]:
    """The entries of a span of days, both ends included, in order of day and key. Streams."""
    query = _query().order_by(book_entry.c.booked_on, book_entry.c.key, book_posting.c.position)
    if since is not None:
        query = query.where(book_entry.c.booked_on >= since)
    if until is not None:
        query = query.where(book_entry.c.booked_on <= until)
    return _entries(connection.execute(query, execution_options={"yield_per": 2000}))


def balances(connection: Connection, until: date | None = None) -> dict[str, int]:
    """The balance of each account in yen at the end of a day, debits positive."""
    query = select(book_posting.c.account, func.sum(book_posting.c.yen)).group_by(book_posting.c.account)
    if until is not None:
        query = query.join(book_entry, book_entry.c.key == book_posting.c.entry).where(book_entry.c.booked_on <= until)
    return {account: int(yen) for account, yen in connection.execute(query)}


def _known(connection: Connection, keys: Sequence[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        query = _query().where(book_entry.c.key.in_(keys[start : start + _KEYS_AT_ONCE]))
        rows = connection.execute(query.order_by(book_entry.c.key, book_posting.c.position))
        found |= {entry.key: entry for entry in _entries(rows)}
    return found


def _query() -> Select[Any]:
    columns = [column for column in book_posting.c if column.name not in ("entry", "position")]
    joined = book_entry.join(book_posting, book_posting.c.entry == book_entry.c.key)
    return select(book_entry.c.key, book_entry.c.booked_on, book_entry.c.text, *columns).select_from(joined)


def _entries(rows: Iterable[Row[Any]]) -> Iterator[Entry]:
    for (key, on, text), postings in groupby(rows, key=lambda row: (row.key, row.booked_on, row.text)):
        yield Entry(key, on, text, tuple(_posting(row) for row in postings))


def _posting(row: Row[Any]) -> Posting:
    return Posting(row.account, row.yen, row.contract_id, row.number, row.due_on, row.payment_id)


def _row(entry: Entry, at: datetime) -> dict[str, object]:
    return {"key": entry.key, "booked_on": entry.on, "text": entry.text, "recorded_at": at}


def _rows(entry: Entry) -> Iterator[dict[str, object]]:
    for position, posting in enumerate(entry.postings):
        yield {"entry": entry.key, "position": position, **vars(posting)}
