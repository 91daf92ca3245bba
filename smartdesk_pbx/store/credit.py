"""Credit: what a contract has paid too much, kept for what it will owe, and set against it, oldest first."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from smartdesk_pbx.billing.accounts import ADVANCE, BANK, RECEIVABLE
from smartdesk_pbx.billing.books import Entry, Posting
from smartdesk_pbx.billing.items import oldest_first
from smartdesk_pbx.billing.payments import spread
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import books
from smartdesk_pbx.store.receivables import items, lock
from smartdesk_pbx.store.tables.receivables import book_entry, book_posting


def of(connection: Connection, contract_id: UUID) -> int:
    """The credit of one contract, in yen."""
    return listing(connection, contract_id).get(contract_id, 0)


def listing(connection: Connection, contract_id: UUID | None = None) -> dict[UUID, int]:
    """The credit of every contract that has some, in yen."""
    query = select(book_posting.c.contract_id, func.sum(book_posting.c.yen)).where(book_posting.c.account == ADVANCE)
    if contract_id is not None:
        query = query.where(book_posting.c.contract_id == contract_id)
    grouped = connection.execute(query.group_by(book_posting.c.contract_id))
    return {contract: -int(yen) for contract, yen in grouped if yen}


def settle(connection: Connection, today: date, contract_id: UUID | None = None) -> int:
    """Make credit of what was overpaid and set credit against what is open; for how many contracts something was
    booked. Of all contracts, or one; a second run changes nothing."""
    unsettled = items(connection, contract_id, only_open=True)
    having = listing(connection, contract_id)
    over = {item.contract_id for item in unsettled if item.open_yen < 0}
    owing = {item.contract_id for item in unsettled if item.open_yen > 0 and having.get(item.contract_id, 0) > 0}
    return sum(_settle(connection, contract, today) for contract in sorted(over | owing))


def _settle(connection: Connection, contract_id: UUID, today: date) -> int:
    lock(connection, contract_id)
    mine, at_hand = items(connection, contract_id, only_open=True), of(connection, contract_id)
    made: list[Posting] = []
    for item in mine:
        if item.open_yen < 0:
            at_hand -= item.open_yen
            made += _move(contract_id, item.number, -item.open_yen)
    pays, _ = spread(max(0, at_hand), oldest_first(mine))
    for number, yen in pays:
        made += _move(contract_id, number, -yen)
    return _book(connection, contract_id, "advance", today, "前受金の充当・振替", made) if made else 0


def _move(contract_id: UUID, number: int, yen: int) -> Sequence[Posting]:
    """From credit to a document when negative, from an overpaid document to credit when positive."""
    return Posting(RECEIVABLE, yen, contract_id, number), Posting(ADVANCE, -yen, contract_id)


def refund(connection: Connection, contract_id: UUID, yen: int, on: date) -> None:
    """Pay credit back to the subscriber. Raises RuleBroken when there is not so much."""
    lock(connection, contract_id)
    at_hand = of(connection, contract_id)
    if not 0 < yen <= at_hand:
        raise RuleBroken(f"{yen} yen cannot be paid back: the contract's credit is {at_hand} yen")
    postings = [Posting(ADVANCE, yen, contract_id), Posting(BANK, -yen, contract_id)]
    _book(connection, contract_id, "refund", on, "前受金の返金", postings)


def _book(
    connection: Connection, contract_id: UUID, kind: str, on: date, text: str, postings: Sequence[Posting]
) -> int:
    like = book_entry.c.key.startswith(f"{kind}:{contract_id}:", autoescape=True)
    before = connection.execute(select(func.count()).select_from(book_entry).where(like)).scalar_one()
    key = f"{kind}:{contract_id}:{before + 1}"
    return books.post(connection, [Entry(key, on, text, tuple(postings))])
