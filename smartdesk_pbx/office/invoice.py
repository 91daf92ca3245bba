"""Invoices and credit notes: looked at by operations, seen by their subscriber, explained, taken back (R16.1)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import Document, Line
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.billing import Written
from smartdesk_pbx.office.contract import find_any
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import invoice as table
from smartdesk_pbx.store import trace
from smartdesk_pbx.store.contract import slugs
from smartdesk_pbx.store.credit_note import credit as take_back
from smartdesk_pbx.store.trace import Traced

Number = Annotated[int, Field(ge=1)]


class Listing(Params):
    month: Written | None = None
    contract: str | None = None
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1000


class Which(Params):
    invoice: Number


class Explain(Which):
    """`line`: its code, or its place from 1."""

    line: str


class Credit(Which):
    """`lines`: codes; none: all that is left of the invoice. `reason` stands on the credit note."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A document in a list. `shown_at`: when its subscriber first saw it."""

    number: int
    kind: str
    contract: str
    subscriber: str
    month: str
    issued_on: date
    due_on: date
    total_yen: int
    refers_to: int | None
    shown_at: datetime | None


@dataclass(frozen=True)
class Shown:
    """A document with what is known of it. `corrected_by`: the numbers of later documents that refer to it."""

    document: Document
    subscriber: str
    sha256: str
    issued_at: datetime
    shown_at: datetime | None
    corrected_by: tuple[int, ...]


@dataclass(frozen=True)
class Explained:
    """A line and the cases behind it (none for a fee)."""

    number: int
    line: str
    text: str
    quantity: int
    unit_yen: int
    amount_yen: int
    from_prices: str
    """The month from which the price table is valid; "" for a line that stands in none."""
    cases: tuple[Traced, ...]


async def listing(office: Office, params: Listing) -> list[Listed]:
    """Documents, the newest first."""

    def read(connection: Connection) -> list[Listed]:
        of = find_any(connection, params.contract).id if params.contract else None
        known = slugs(connection)
        found = table.listing(connection, month=params.month, contract_id=of, limit=params.limit)
        return [
            Listed(
                e.number, e.kind, str(e.contract_id), known[e.contract_id], e.month, e.issued_on, e.due_on, e.total_yen,
                e.refers_to, e.shown_at,
            )
            for e in found
        ]  # fmt: skip

    return await office.store.read(read)


async def show(office: Office, params: Which) -> Shown:
    """A document as operations see it: looking at it freezes nothing."""
    return await office.store.read(lambda c: _shown(c, table.get(c, params.invoice)))


async def view(office: Office, params: Which) -> Shown:
    """Article 16.1: a document as its subscriber sees it. The first look freezes it: hash and time are stored."""
    return await office.store.run(lambda c: _shown(c, table.show_frozen(c, params.invoice, office.store.now(c))))


def _shown(connection: Connection, stored: table.Stored) -> Shown:
    document = stored.document
    later = tuple(one.number for one in table.referring_to(connection, document.number))
    slug = slugs(connection)[document.contract_id]
    return Shown(document, slug, stored.sha256, stored.issued_at, stored.shown_at, later)


async def explain(office: Office, params: Explain) -> Explained:
    """A line of a document, and each case that it charges for. Raises `RuleBroken` for a line that is not there."""

    def read(connection: Connection) -> Explained:
        document = table.get(connection, params.invoice).document
        line = _line(document, params.line)
        found = trace.behind(connection, document, line.code)
        return Explained(
            document.number, line.code, line.text, line.quantity, line.unit_yen, line.amount_yen, found.from_prices,
            found.cases,
        )  # fmt: skip

    return await office.store.read(read)


def _line(document: Document, wanted: str) -> Line:
    for place, line in enumerate(document.lines, 1):
        if wanted in (line.code, str(place)):
            return line
    known = ", ".join(f"{place} {line.code}" for place, line in enumerate(document.lines, 1))
    raise RuleBroken(f"invoice {document.number} has no line {wanted!r} (one of {known})")


async def credit(office: Office, params: Credit) -> Shown:
    """A credit note for an invoice or for lines of it; the invoice itself is never changed."""
    signer = office.signer

    def store(connection: Connection) -> Shown:
        now = office.store.now(connection)
        made = take_back(connection, params.invoice, params.reason, codes=params.lines, signer=signer, now=now)
        return _shown(connection, table.get(connection, made.number))

    return await office.store.run(store)
