"""Documents as they were issued: numbered without gaps, never changed, frozen for good once shown (R16.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, insert, select, text

from smartdesk_pbx.billing.books import invoice_entry
from smartdesk_pbx.billing.invoice import Document, Kind, fingerprint, frozen, thaw
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import books
from smartdesk_pbx.store.tables.money import invoice as table
from smartdesk_pbx.store.tables.money import invoice_shown

_LOCK = 0x5D_B111
"""PostgreSQL's advisory lock under which numbers are given; SQLite has one writer anyway."""


@dataclass(frozen=True)
class Stored:
    """A document with its bytes' hash. `shown_at`: when the subscriber first saw it; None: not yet."""

    document: Document
    content: str
    sha256: str
    issued_at: datetime
    shown_at: datetime | None


@dataclass(frozen=True)
class Entry:
    """A document in a list."""

    number: int
    kind: Kind
    contract_id: UUID
    subscriber_id: UUID
    month: str
    issued_on: date
    due_on: date
    total_yen: int
    refers_to: int | None
    shown_at: datetime | None


def next_number(connection: Connection) -> int:
    """The number of the next document, from 1 without gaps. Until the transaction ends nobody else gets one; take it
    late, and use it."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    return 1 + (connection.execute(select(func.max(table.c.number))).scalar() or 0)


def put(connection: Connection, documents: Sequence[Document], at: datetime) -> None:
    """Issue documents whose numbers come from `next_number` in this transaction, and book them."""
    if documents:
        connection.execute(insert(table), [_columns(document, at) for document in documents])
        books.post(connection, [invoice_entry(document) for document in documents], at)


def _columns(document: Document, at: datetime) -> dict[str, object]:
    content = frozen(document)
    return {
        "number": document.number, "kind": document.kind, "contract_id": document.contract_id,
        "subscriber_id": document.subscriber_id, "month": document.month, "issued_on": document.issued_on,
        "due_on": document.due_on, "total_yen": document.total_yen, "refers_to": document.refers_to,
        "document": content.decode(), "sha256": fingerprint(content), "issued_at": at,
    }  # fmt: skip


def get(connection: Connection, number: int) -> Stored:
    """One document. Raises RuleBroken for an unknown number, and for bytes that are not the ones that were issued."""
    joined = table.outerjoin(invoice_shown, invoice_shown.c.number == table.c.number)
    query = select(table, invoice_shown.c.shown_at, invoice_shown.c.sha256.label("shown_sha256")).select_from(joined)
    row = connection.execute(query.where(table.c.number == number)).first()
    if row is None:
        raise RuleBroken(f"no invoice {number}")
    sha256 = fingerprint(row.document.encode())
    if sha256 != row.sha256 or row.shown_sha256 not in (None, sha256):
        raise RuleBroken(f"invoice {number} is not what was issued: its hash differs; restore it from a backup")
    return Stored(thaw(row.document), row.document, row.sha256, row.issued_at, row.shown_at)


def show_frozen(connection: Connection, number: int, at: datetime) -> Stored:
    """Article 16.1: the document as its subscriber sees it. The first look stores time and hash: the amount is owed
    from then on as it was shown."""
    found = get(connection, number)
    if found.shown_at is not None:
        return found
    connection.execute(insert(invoice_shown).values(number=number, shown_at=at, sha256=found.sha256))
    return get(connection, number)


def listing(
    connection: Connection, *, month: str | None = None, contract_id: UUID | None = None, limit: int = 1000
) -> list[Entry]:
    """Documents by number, the newest first."""
    joined = table.outerjoin(invoice_shown, invoice_shown.c.number == table.c.number)
    columns = [table.c[name] for name in Entry.__dataclass_fields__ if name != "shown_at"]
    query: Select[Any] = select(*columns, invoice_shown.c.shown_at).select_from(joined)
    if month is not None:
        query = query.where(table.c.month == month)
    if contract_id is not None:
        query = query.where(table.c.contract_id == contract_id)
    return [_entry(row) for row in connection.execute(query.order_by(table.c.number.desc()).limit(limit))]


def referring_to(connection: Connection, number: int) -> list[Document]:
    """The documents that correct this one, oldest first."""
    query = select(table.c.document).where(table.c.refers_to == number).order_by(table.c.number)
    return [thaw(content) for content in connection.execute(query).scalars()]


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)
