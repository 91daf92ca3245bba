"""What a person says of a payment: whose it is, that it is not, or that it goes back. Every step is an entry."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from smartdesk_pbx.billing.accounts import COLLECTION
from smartdesk_pbx.billing.allocation import allocation_entry, return_entry, settlement_entry
from smartdesk_pbx.billing.books import reversal
from smartdesk_pbx.billing.items import oldest_first
from smartdesk_pbx.billing.payments import Match, spread
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import books, credit, payment, receivables
from smartdesk_pbx.store.payment import Payment
from smartdesk_pbx.store.tables.receivables import book_entry


def to_contract(connection: Connection, payment_id: UUID, contract_id: UUID, on: date) -> Match:
    """What is left of a payment is this contract's: set against what is open, oldest first, the rest is credit."""
    receivables.lock(connection, contract_id)
    one = _with_rest(connection, payment_id)
    mine = oldest_first(receivables.items(connection, contract_id, only_open=True))
    pays, rest = spread(one.left_yen, mine)
    return _allocate(connection, one, Match(contract_id, pays, rest, "by hand"), on)


def to_documents(connection: Connection, payment_id: UUID, numbers: Sequence[int], on: date) -> Match:
    """What is left of a payment pays these documents, in this order; the rest is credit. Raises RuleBroken unless they
    are open and of one contract."""
    found = [receivables.one(connection, number) for number in dict.fromkeys(numbers)]
    of = {item.contract_id for item in found}
    if len(of) != 1:
        raise RuleBroken("documents of several contracts: assign each contract's part with its own payment")
    contract_id = of.pop()
    receivables.lock(connection, contract_id)
    one = _with_rest(connection, payment_id)
    for item in found:
        if item.open_yen <= 0:
            raise RuleBroken(f"document {item.number} is paid: nothing of it is open")
    pays, rest = spread(one.left_yen, found)
    return _allocate(connection, one, Match(contract_id, pays, rest, "by hand"), on)


def to_collection(connection: Connection, payment_id: UUID, fee_yen: int, on: date) -> None:
    """The payment is what the collection company hands over, less its fee. Raises RuleBroken when it owes less."""
    one = _with_rest(connection, payment_id)
    owes = books.balances(connection).get(COLLECTION, 0)
    if one.left_yen + fee_yen > owes:
        raise RuleBroken(
            f"the collection company owes {owes} yen, not {one.left_yen + fee_yen}: import its results first"
        )
    books.post(connection, [settlement_entry(payment_id, on, one.left_yen, fee_yen)])


def give_back(connection: Connection, payment_id: UUID, on: date, why: str) -> None:
    """What is left of a payment belongs to nobody here and was sent back."""
    one = _with_rest(connection, payment_id)
    books.post(connection, [return_entry(payment_id, on, one.left_yen, why)])


def undo(connection: Connection, payment_id: UUID, on: date, why: str) -> int:
    """Take back what a payment was set against; how many entries were reversed. Raises RuleBroken when nothing was, or
    when credit that came of it has been used since."""
    payment.get(connection, payment_id)
    made = [books.get(connection, f"allocation:{payment_id}:{n}") for n in range(1, _times(connection, payment_id) + 1)]
    undone = [one for one in made if one and books.get(connection, f"reversal:{one.key}") is None]
    if not undone:
        raise RuleBroken(f"payment {payment_id} is set against nothing")
    of = {p.contract_id for one in undone for p in one.postings if p.contract_id}
    for contract_id in sorted(of):
        receivables.lock(connection, contract_id)
    books.post(connection, [reversal(one, on, why) for one in undone])
    for contract_id in of:
        if credit.of(connection, contract_id) < 0:
            raise RuleBroken("the credit of this payment has been used for another document; it cannot be taken back")
    return len(undone)


def _with_rest(connection: Connection, payment_id: UUID) -> Payment:
    one = payment.get(connection, payment_id)
    if one.left_yen <= 0:
        raise RuleBroken(f"payment {payment_id}: all {one.yen} yen are assigned (smartdesk payment undo takes it back)")
    return one


def _allocate(connection: Connection, one: Payment, match: Match, on: date) -> Match:
    books.post(connection, [allocation_entry(one.id, on, match, _times(connection, one.id) + 1)])
    return match


def _times(connection: Connection, payment_id: UUID) -> int:
    """How often a payment was set against something."""
    like = book_entry.c.key.startswith(f"allocation:{payment_id}:", autoescape=True)
    return int(connection.execute(select(func.count()).select_from(book_entry).where(like)).scalar_one())
