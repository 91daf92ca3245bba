"""What it books to say whose a payment is: from suspense to documents, to credit, to the collection company. Pure."""

from datetime import date
from uuid import UUID

from smartdesk_pbx.billing.accounts import ADVANCE, BANK, BANK_FEE, COLLECTION, RECEIVABLE, SUSPENSE
from smartdesk_pbx.billing.books import Entry, Posting
from smartdesk_pbx.billing.payments import Match


def allocation_entry(payment_id: UUID, on: date, match: Match, time: int) -> Entry:
    """A payment set against documents, the rest kept as the contract's credit. `time`: the how-manieth for this
    payment, from 1; `on`: the day it is booked (late interest goes by the bank's day in any case)."""
    of = match.contract_id
    whole = sum(yen for _, yen in match.pays) + match.credit_yen
    postings = [Posting(SUSPENSE, whole, of, payment_id=payment_id)]
    postings += [Posting(RECEIVABLE, -yen, of, number, payment_id=payment_id) for number, yen in match.pays]
    if match.credit_yen:
        postings.append(Posting(ADVANCE, -match.credit_yen, of, payment_id=payment_id))
    return Entry(f"allocation:{payment_id}:{time}", on, f"入金の消込（{match.rule}）", tuple(postings))


def settlement_entry(payment_id: UUID, on: date, yen: int, fee_yen: int) -> Entry:
    """The collection company hands over what it collected, less its fee."""
    postings = [
        Posting(SUSPENSE, yen, payment_id=payment_id),
        Posting(BANK_FEE, fee_yen, payment_id=payment_id),
        Posting(COLLECTION, -(yen + fee_yen), payment_id=payment_id),
    ]
    kept = tuple(posting for posting in postings if posting.yen)
    return Entry(f"settlement:{payment_id}", on, "収納代行会社からの入金", kept)


def return_entry(payment_id: UUID, on: date, yen: int, why: str) -> Entry:
    """A payment that belongs to nobody here goes back."""
    postings = Posting(SUSPENSE, yen, payment_id=payment_id), Posting(BANK, -yen, payment_id=payment_id)
    return Entry(f"return:{payment_id}", on, f"返金：{why}", postings)


def collected_entry(key: str, on: date, contract_id: UUID, number: int, yen: int) -> Entry:
    """R16.4: the collection company reports an amount as debited; it owes it to us until it hands it over."""
    postings = Posting(COLLECTION, yen, contract_id), Posting(RECEIVABLE, -yen, contract_id, number)
    return Entry(f"collection:{key}", on, f"口座振替 No.{number}", postings)


def waiver_entry(number: int, on: date, contract_id: UUID, yen: int, why: str) -> Entry:
    """A rest that the operator bears, such as a bank's fee."""
    postings = Posting(BANK_FEE, yen, contract_id, number), Posting(RECEIVABLE, -yen, contract_id, number)
    return Entry(f"waiver:{number}:{on}", on, f"手数料差額の負担 No.{number}：{why}", postings)
