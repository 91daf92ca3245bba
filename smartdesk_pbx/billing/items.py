"""What a subscriber owes, document by document: how much is open, since when, and the name of its state. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from smartdesk_pbx.contract.month import Month

State = Literal["paid", "overpaid", "open", "part_paid", "bank_fee_short", "overdue"]
"""`bank_fee_short`: paid but for what the subscriber's bank kept as its fee (R16.1: the fee is the subscriber's)."""


@dataclass(frozen=True)
class Paid:
    """Money that came in for a document: the day the bank names, and yen (negative when taken back)."""

    on: date
    yen: int


@dataclass(frozen=True)
class Item:
    """One document in the receivables. `billed_yen`: with credit notes taken off; `bears_yen`: the part of it that
    bears late interest (late interest itself does not); `charged_yen`: late interest on it that was billed already."""

    number: int
    contract_id: UUID
    month: Month
    due_on: date
    billed_yen: int
    bears_yen: int
    charged_yen: int
    paid: tuple[Paid, ...] = ()

    @property
    def paid_yen(self) -> int:
        """What came in for it."""
        return sum(one.yen for one in self.paid)

    @property
    def open_yen(self) -> int:
        """What is left to pay; negative: too much was paid."""
        return self.billed_yen - self.paid_yen


def state(item: Item, today: date, bank_fee_most_yen: int) -> State:
    """R16.1: the state of a document at a day. A small rest of a payment counts as a bank's fee, and stays owed."""
    if item.open_yen == 0:
        return "paid"
    if item.open_yen < 0:
        return "overpaid"
    if item.paid_yen > 0 and item.open_yen <= bank_fee_most_yen:
        return "bank_fee_short"
    if today > item.due_on:
        return "overdue"
    return "part_paid" if item.paid_yen > 0 else "open"


def due_after(due_on: date, issued_on: date, accelerated_on: date | None) -> date:
    """R19: the day a document is due once all debts became due at once: that day, or its issue when that is later;
    never later than it was due anyway."""
    if accelerated_on is None:
        return due_on
    return min(due_on, max(accelerated_on, issued_on))


def paid_by_month(items: Iterable[Item]) -> dict[Month, int]:
    """R22, R28: the fees paid for each month, late interest left out: what came in, interest first (Civil Code 489)."""
    found: dict[Month, int] = {}
    for item in items:
        interest = item.billed_yen - item.bears_yen
        yen = max(0, min(item.paid_yen, item.billed_yen) - max(0, interest))
        found[item.month] = found.get(item.month, 0) + yen
    return found


def oldest_first(items: Sequence[Item]) -> list[Item]:
    """What is open, in the order in which money is set against it: by due date, then number (Civil Code 488)."""
    return sorted((item for item in items if item.open_yen > 0), key=lambda item: (item.due_on, item.number))
