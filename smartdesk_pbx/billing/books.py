"""Double entry: what each document and each payment does to the books. Pure.

An entry is balanced or it cannot be made. Debits are positive yen, credits negative, so an entry sums to zero and the
balance of an account is a sum. A posting on `receivable` names the document whose open amount it changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from smartdesk_pbx.billing.accounts import (
    EARLY_TERMINATION,
    LATE_INTEREST,
    RECEIVABLE,
    SALES_UNTAXED,
    account,
)
from smartdesk_pbx.billing.invoice import Document, Line
from smartdesk_pbx.contract.month import Month

INTEREST_CODE = "late-interest"
"""The code of a line of late interest; `late-interest/12` says for which document (R16.2)."""

TERMINATION_CODE = "early-termination"


@dataclass(frozen=True)
class Posting:
    """One side of an entry. `number`: the document whose open amount it changes, or that it came from; `due_on`: only
    where a document's amount is opened; `payment_id`: the bank's line behind it."""

    account: str
    yen: int
    contract_id: UUID | None = None
    number: int | None = None
    due_on: date | None = None
    payment_id: UUID | None = None


@dataclass(frozen=True)
class Entry:
    """One event of the books; `key` makes it single, and its first word is its kind (`invoice:12`). `on`: the day it
    belongs to. Raises ValueError when the postings do not sum to zero, `RuleBroken` for an unknown account."""

    key: str
    on: date
    text: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        for posting in self.postings:
            account(posting.account)
        if len(self.postings) < 2 or sum(posting.yen for posting in self.postings) != 0:
            raise ValueError(f"{self.key}: not balanced: {self.postings}")

    @property
    def kind(self) -> str:
        """What happened: invoice, credit-note, payment, allocation, collection, settlement, advance, reversal."""
        return self.key.partition(":")[0]


def invoice_entry(document: Document) -> Entry:
    """What an invoice or credit note books: the whole against the receivable, sales and tax per rate, untaxed apart.

    An invoice belongs to its month (R15: the month's fees), what corrects an earlier document to the day it is issued.
    A credit note changes the open amount of the invoice it refers to; anything else opens an amount of its own.
    Raises ValueError when the document's totals do not add up.
    """
    credit = document.kind == "credit_note"
    opened = document.refers_to if credit and document.refers_to else document.number
    due_on = document.due_on if opened == document.number else None
    of = document.contract_id
    postings = [Posting(RECEIVABLE, document.total_yen, of, opened, due_on)]
    for total in document.totals:
        postings.append(Posting(f"sales_{total.rate}", -total.base_yen, of, document.number))
        postings.append(Posting(f"tax_{total.rate}", -total.tax_yen, of, document.number))
    postings += [_untaxed(document, line) for line in document.lines if line.tax == "none"]
    kept = [posting for posting in postings if posting.yen or posting.account == RECEIVABLE]
    if len(kept) == 1:
        kept.append(Posting(SALES_UNTAXED, 0, of, document.number))
    month_end = Month.parse(document.month).last
    on = document.issued_on if document.refers_to else min(month_end, document.issued_on)
    kind, text = ("credit-note", "返還") if credit else ("invoice", "請求")
    return Entry(f"{kind}:{document.number}", on, f"{text} No.{document.number} {document.month}", tuple(kept))


def _untaxed(document: Document, line: Line) -> Posting:
    """Late interest names the document that it was charged on; a credit note that lets it off names none, so that it
    counts as charged and is not charged anew."""
    name: str = SALES_UNTAXED
    number: int | None = document.number
    if line.code == TERMINATION_CODE:
        name = EARLY_TERMINATION
    elif (of := interest_of(line.code)) is not None:
        name, number = LATE_INTEREST, None if document.refers_to else of
    return Posting(name, -line.amount_yen, document.contract_id, number)


def interest_of(code: str) -> int | None:
    """The document on which a line charges late interest; None for a line of anything else."""
    kind, _, number = code.partition("/")
    return int(number) if kind == INTEREST_CODE and number.isdecimal() else None


def reversal(entry: Entry, on: date, why: str) -> Entry:
    """The entry that undoes another: the same postings with their signs turned. Nothing booked is ever edited."""
    turned = tuple(Posting(p.account, -p.yen, p.contract_id, p.number, None, p.payment_id) for p in entry.postings)
    return Entry(f"reversal:{entry.key}", on, f"取消 {entry.text}：{why}", turned)


def balances(entries: Iterable[Entry]) -> dict[str, int]:
    """The balance of each account in yen, debits positive; all of them sum to zero."""
    found: dict[str, int] = {}
    for entry in entries:
        for posting in entry.postings:
            found[posting.account] = found.get(posting.account, 0) + posting.yen
    return found


def open_by_document(entries: Sequence[Entry]) -> dict[int, int]:
    """What is open of each document, in yen: its postings on `receivable` summed."""
    found: dict[int, int] = {}
    for entry in entries:
        for posting in entry.postings:
            if posting.account == RECEIVABLE and posting.number is not None:
                found[posting.number] = found.get(posting.number, 0) + posting.yen
    return found
