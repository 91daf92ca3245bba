"""Writing the close: for each contract its rating entry, its documents, its closed month, all in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, insert, select

from smartdesk_pbx.billing import entry as entries
from smartdesk_pbx.billing.entry import Correction, RatingEntry
from smartdesk_pbx.billing.invoice import Document, Head, Issuer, Line, Recipient, due_on, sums
from smartdesk_pbx.billing.items import due_after
from smartdesk_pbx.billing.prices import INCLUDED, codes
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.store import invoice, ledger
from smartdesk_pbx.store.draft import Draft
from smartdesk_pbx.store.facts import Group, Row
from smartdesk_pbx.store.heads import signed
from smartdesk_pbx.store.receivables import accelerated
from smartdesk_pbx.store.signing import Signer
from smartdesk_pbx.store.tables import ledger_entry
from smartdesk_pbx.store.tables.money import closed_month, correction


@dataclass(frozen=True)
class Letterhead:
    """What documents carry besides their amounts. `recipients` by subscriber; `signer` None: heads are unsigned."""

    issuer: Issuer
    recipients: Mapping[UUID, Recipient]
    signer: Signer | None


@dataclass(frozen=True)
class Issued:
    """A contract whose month was closed just now, with its documents (none where nothing was charged)."""

    draft: Draft
    entry: RatingEntry
    documents: tuple[Document, ...]


def issue(
    connection: Connection, month: Month, found: Sequence[Draft], letterhead: Letterhead, override: str, now: datetime
) -> list[Issued]:
    """Close the month for these contracts; those that somebody else has closed meanwhile are left out. Either all of
    it is stored, or nothing."""
    number = invoice.next_number(connection)  # also keeps other closes out until the end of this transaction
    open_ones = _still_open(connection, month, found)
    written: list[tuple[Draft, RatingEntry]] = []
    for draft in open_ones:
        entry, number = _entry(month, draft, number, override)
        written.append((draft, entry))
    ledger.commit(connection, [_group(draft, entry, now) for draft, entry in written], now)
    heads = _heads(connection, [entries.key_of(entry.contract_id, month) for _, entry in written], letterhead.signer)
    hurried = accelerated(connection)
    issued = [
        Issued(draft, entry, tuple(_documents(month, draft, entry, heads, letterhead, now, hurried.get(draft.due.id))))
        for draft, entry in written
    ]
    invoice.put(connection, [document for one in issued for document in one.documents], now)
    _close(connection, issued, heads, now)
    return issued


def _still_open(connection: Connection, month: Month, found: Sequence[Draft]) -> list[Draft]:
    ids = [draft.due.id for draft in found]
    query = select(closed_month.c.contract_id).where(
        closed_month.c.month == str(month), closed_month.c.contract_id.in_(ids)
    )
    done = set(connection.execute(query).scalars())
    return [draft for draft in found if draft.due.id not in done]


def _entry(month: Month, draft: Draft, number: int, override: str) -> tuple[RatingEntry, int]:
    """The rating entry with its documents' numbers, and the number after them."""
    rating, own = draft.rating, None
    if rating.lines:
        own, number = number, number + 1
    numbered: list[Correction] = []
    for one in draft.corrections:
        if one.lines:
            one, number = msgspec.structs.replace(one, number=number), number + 1
        numbered.append(one)
    entry = RatingEntry(
        draft.due.id, str(month), own, draft.until, draft.basis, rating.lines, rating.cases, tuple(numbered), override
    )
    return entry, number


def _group(draft: Draft, entry: RatingEntry, now: datetime) -> Group:
    key = entries.key_of(entry.contract_id, entry.month)
    row = Row("ledger", key, None, entries.KIND, now, True, entries.written(entry), None)
    return Group((row,), draft.due.chain)


def _heads(connection: Connection, keys: Sequence[str], signer: Signer | None) -> dict[str, Head]:
    """The head of the chain right after each entry."""
    query = select(ledger_entry.c.key, ledger_entry.c.chain, ledger_entry.c.chain_seq, ledger_entry.c.hash)
    rows = connection.execute(query.where(ledger_entry.c.key.in_(keys)))
    return {key: head(chain, seq, hash, signer) for key, chain, seq, hash in rows}


def head(chain: UUID, seq: int, hash: str, signer: Signer | None) -> Head:
    """A chain's head as a document prints it."""
    one = signed(chain, seq, hash, signer)
    return Head(chain, seq, hash, one.signature or "", one.key_id or "")


def _documents(
    month: Month, draft: Draft, entry: RatingEntry, heads: Mapping[str, Head], letterhead: Letterhead, now: datetime,
    accelerated_on: date | None,
) -> Iterator[Document]:  # fmt: skip
    """The invoice of the month, then a document for each correction that comes to anything."""
    at_head = heads[entries.key_of(entry.contract_id, month)]
    blank = _Blank(draft.due.id, draft.due.chain, letterhead, at_head, now, accelerated_on)
    if entry.number is not None:
        yield _document(blank, entry.number, entry.month, entry.lines, month)
    for one in entry.corrections:
        if one.number is not None:
            yield _document(blank, one.number, one.month, one.lines, month, one.refers_to, correction_note(one))


@dataclass(frozen=True)
class _Blank:
    """A sheet with everything on it that the documents of one contract share."""

    contract_id: UUID
    subscriber_id: UUID
    letterhead: Letterhead
    head: Head
    now: datetime
    accelerated_on: date | None
    """R19: all debts were due that day, so what is issued later is due with its issue."""


def _document(
    blank: _Blank, number: int, month: str, lines: tuple[Line, ...], closed_with: Month, refers_to: int | None = None,
    note: str = "",
) -> Document:  # fmt: skip
    """The document of these lines: an invoice, or a credit note where they come to less than nothing (R16.1)."""
    summed, issued_on = sums(lines), tokyo_date(blank.now)
    return Document(
        number=number, kind="credit_note" if summed.total_yen < 0 else "invoice", contract_id=blank.contract_id,
        subscriber_id=blank.subscriber_id, month=month, issued_on=issued_on,
        due_on=due_after(_due_on(closed_with, issued_on), issued_on, blank.accelerated_on),
        issuer=blank.letterhead.issuer, recipient=blank.letterhead.recipients[blank.subscriber_id],
        lines=lines, totals=summed.totals,
        untaxed_yen=summed.untaxed_yen, total_yen=summed.total_yen, head=blank.head, refers_to=refers_to, note=note,
    )  # fmt: skip


def _due_on(closed_with: Month, issued_on: date) -> date:
    """R16.1, counted from the month before the issue where the close comes late: never due before it is known."""
    return due_on(max(closed_with, Month.of(issued_on).plus(-1)))


def correction_note(one: Correction) -> str:
    """What a correcting document says about itself."""
    month = Month.parse(one.month)
    of = f"（請求書番号 {one.refers_to}）" if one.refers_to is not None else ""
    return f"{month.year}年{month.number}月分{of}の訂正"


def _close(connection: Connection, issued: Sequence[Issued], heads: Mapping[str, Head], now: datetime) -> None:
    months = [_month_row(one, heads[entries.key_of(one.draft.due.id, one.entry.month)], now) for one in issued]
    corrections = [_correction_row(one.entry, c) for one in issued for c in one.entry.corrections]
    for table, rows in ((closed_month, months), (correction, corrections)):
        if rows:
            connection.execute(insert(table), rows)


def _month_row(one: Issued, at_head: Head, now: datetime) -> dict[str, object]:
    own = sum(document.total_yen for document in one.documents if document.number == one.entry.number)
    return {
        "contract_id": one.entry.contract_id, "month": one.entry.month, "chain": at_head.chain,
        "chain_seq": at_head.seq, "until_seq": one.draft.until, "next_seq": one.draft.next_seq,
        "one_off_yen": one.draft.basis.one_off_yen, "plan": one.draft.due.plan, "number": one.entry.number,
        "total_yen": own, "closed_at": now,
    }  # fmt: skip


def _correction_row(entry: RatingEntry, one: Correction) -> dict[str, object]:
    priced = {INCLUDED, *codes(one.basis.prices)}
    return {
        "contract_id": entry.contract_id, "month": one.month, "closed_in": entry.month, "number": one.number,
        "one_off_yen": sum(line.amount_yen for line in one.lines if line.code not in priced),
    }  # fmt: skip
