"""Payments: the bank's lines, each once, and whose they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select

from smartdesk_pbx.billing.accounts import BANK, SUSPENSE
from smartdesk_pbx.billing.allocation import allocation_entry
from smartdesk_pbx.billing.books import Entry, Posting
from smartdesk_pbx.billing.items import Item, Paid
from smartdesk_pbx.billing.payments import Known, Match, Transfer, Unmatched, keys, match
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import books, payer, receivables
from smartdesk_pbx.store.tables.receivables import book_posting, payment, payment_file

_AT_ONCE = 500


@dataclass(frozen=True)
class File:
    """A bank's file: its SHA-256 (hex), its name, the name of its format, and the account of ours that it tells of."""

    sha256: str
    name: str
    format: str
    bank_account: str


@dataclass(frozen=True)
class Payment:
    """A transfer that came in. `left_yen`: not yet said whose it is. `perhaps`: documents that it might pay."""

    id: UUID
    value_on: date
    yen: int
    payer: str
    reference: str
    left_yen: int
    why: str = ""
    perhaps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Imported:
    """What a file brought: new lines, lines known before, and of the new ones those matched and those not."""

    new: int
    repeated: int
    matched: tuple[tuple[UUID, Match], ...]
    unmatched: tuple[tuple[UUID, Unmatched], ...]


def take_in(
    connection: Connection, file: File, transfers: Sequence[Transfer], new_id: Callable[[], UUID], at: datetime
) -> Imported:
    """Store the lines that are new, book each, and set it against what it pays. The same file again changes nothing,
    nor do lines that another file brought before."""
    if connection.execute(select(payment_file.c.name).where(payment_file.c.sha256 == file.sha256)).first():
        return Imported(0, len(transfers), (), ())
    connection.execute(insert(payment_file).values(**vars(file), imported_at=at))
    of = keys(transfers, file.bank_account)
    stored = _stored(connection, of)
    fresh = [(new_id(), key, one) for key, one in zip(of, transfers, strict=True) if key not in stored]
    if fresh:
        connection.execute(insert(payment), [_row(id, key, file, one) for id, key, one in fresh])
        books.post(connection, [_received(id, one) for id, _, one in fresh], at)
    known = known_now(connection)
    matched: list[tuple[UUID, Match]] = []
    unmatched: list[tuple[UUID, Unmatched]] = []
    for id, _, one in fresh:
        found = match(one, known)
        if isinstance(found, Unmatched):
            unmatched.append((id, found))
            continue
        receivables.lock(connection, found.contract_id)
        books.post(connection, [allocation_entry(id, one.value_on, found, 1)], at)
        known = replace(known, items=_after(known.items, found, one.value_on))
        matched.append((id, found))
    return Imported(len(fresh), len(transfers) - len(fresh), tuple(matched), tuple(unmatched))


def known_now(connection: Connection) -> Known:
    """What a transfer is matched against at this moment."""
    items = receivables.items(connection, only_open=True)
    settings = receivables.settings_of(connection, {item.contract_id for item in items})
    return Known(items, payer.listing(connection), {of: one.bank_fee_most_yen for of, one in settings.items()})


def _after(items: Sequence[Item], found: Match, on: date) -> list[Item]:
    paid = dict(found.pays)
    return [
        replace(item, paid=(*item.paid, Paid(on, paid[item.number]))) if item.number in paid else item
        for item in items
    ]  # fmt: skip


def get(connection: Connection, id: UUID) -> Payment:
    """One payment. Raises RuleBroken when there is none of that id."""
    row = connection.execute(select(payment).where(payment.c.id == id)).first()
    if row is None:
        raise RuleBroken(f"no payment {id} (smartdesk payment list shows them)")
    return _payment(row, left(connection, [id]).get(id, 0))


def listing(connection: Connection, *, unmatched: bool = False, limit: int = 1000) -> list[Payment]:
    """The newest payments, or those of which some yen belong to nobody yet; newest day first."""
    query = select(payment).order_by(payment.c.value_on.desc(), payment.c.id).limit(limit)
    if unmatched:
        query = query.where(payment.c.id.in_(list(left(connection))))
    rows = connection.execute(query).all()
    rest = left(connection, [row.id for row in rows])
    return [_payment(row, rest.get(row.id, 0)) for row in rows]


def left(connection: Connection, ids: Sequence[UUID] | None = None) -> dict[UUID, int]:
    """What of each payment nobody has claimed: payments with nothing left do not stand in it."""
    query = select(book_posting.c.payment_id, func.sum(book_posting.c.yen)).where(book_posting.c.account == SUSPENSE)
    if ids is not None:
        query = query.where(book_posting.c.payment_id.in_(ids))
    return {id: -int(yen) for id, yen in connection.execute(query.group_by(book_posting.c.payment_id)) if yen}


def suggested(one: Payment, known: Known) -> Payment:
    """A payment with why it is unmatched and what it might pay."""
    if not one.left_yen:
        return one
    found = match(Transfer(0, one.value_on, one.left_yen, one.payer, one.reference), known)
    if isinstance(found, Unmatched):
        return replace(one, why=found.why, perhaps=found.perhaps)
    return replace(one, why="would match now", perhaps=tuple(number for number, _ in found.pays))


def _payment(row: Row[Any], left_yen: int) -> Payment:
    return Payment(row.id, row.value_on, row.yen, row.payer, row.reference, left_yen)


def _stored(connection: Connection, of: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(of), _AT_ONCE):
        query = select(payment.c.key).where(payment.c.key.in_(of[start : start + _AT_ONCE]))
        found.update(connection.execute(query).scalars())
    return found


def _row(id: UUID, key: str, file: File, one: Transfer) -> dict[str, object]:
    return {"id": id, "key": key, "file": file.sha256, **vars(one)}


def _received(id: UUID, one: Transfer) -> Entry:
    postings = Posting(BANK, one.yen, payment_id=id), Posting(SUSPENSE, -one.yen, payment_id=id)
    return Entry(f"payment:{id}", one.value_on, f"入金 {one.payer}".strip(), postings)
