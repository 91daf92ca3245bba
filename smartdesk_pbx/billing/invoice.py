"""Invoices and credit notes as frozen values, and the bytes that are stored, hashed and owed (R16.1). Pure.

A document never changes once it has a number; a mistake in it is put right by a further document.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from smartdesk_pbx.billing.tax import Tax, TaxTotal, totals, untaxed
from smartdesk_pbx.contract.month import Month

Kind = Literal["invoice", "credit_note"]


class Line(msgspec.Struct, frozen=True):
    """One line of a document. `amount_yen` = `quantity` × `unit_yen`, without tax; `cases` is how many cases stand
    behind it (0 for a fee). In a document that takes something back, quantity and amount are negative."""

    code: str
    text: str
    quantity: int
    unit_yen: int
    amount_yen: int
    tax: Tax
    cases: int = 0


class Issuer(msgspec.Struct, frozen=True):
    """The operator as the document names it. `registration`: T and 13 digits. `bank`: where to pay, may be empty."""

    name: str
    address: str
    registration: str
    phone: str = ""
    bank: str = ""


class Recipient(msgspec.Struct, frozen=True):
    """Who owes it: the subscriber's name as registered. `address` may be empty."""

    name: str
    address: str = ""


class Head(msgspec.Struct, frozen=True):
    """Where the subscriber's chain stood right after the document's ledger entry: a cut tail shows against it.
    `signature` and `key_id` are empty where the installation has no signing key."""

    chain: UUID
    seq: int
    hash: str
    signature: str = ""
    key_id: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or a credit note. `month` is the month that is charged or corrected, as `2026-11`; `refers_to` the
    number of the document that this one corrects. `total_yen` = bases + taxes + untaxed; below 0 in a credit note."""

    number: int
    kind: Kind
    contract_id: UUID
    subscriber_id: UUID
    month: str
    issued_on: date
    due_on: date
    issuer: Issuer
    recipient: Recipient
    lines: tuple[Line, ...]
    totals: tuple[TaxTotal, ...]
    untaxed_yen: int
    total_yen: int
    head: Head
    refers_to: int | None = None
    note: str = ""

    @property
    def tax_yen(self) -> int:
        """The tax of all rates together."""
        return sum(total.tax_yen for total in self.totals)


class Sums(msgspec.Struct, frozen=True):
    """What the lines of a document come to."""

    totals: tuple[TaxTotal, ...]
    untaxed_yen: int
    total_yen: int


def sums(lines: Sequence[Line]) -> Sums:
    """The sums of a document: tax once per rate, untaxed items outside of every base."""
    rates, outside = totals(lines), untaxed(lines)
    return Sums(rates, outside, sum(rate.base_yen + rate.tax_yen for rate in rates) + outside)


def change(before: Sequence[Line], after: Sequence[Line]) -> Sums:
    """What a document comes to that turns these lines into those: several of them take back what one would."""
    old, new = sums(before), sums(after)
    left = {total.rate: total for total in new.totals}
    rates = tuple(
        TaxTotal(
            was.rate,
            (left[was.rate].base_yen if was.rate in left else 0) - was.base_yen,
            (left[was.rate].tax_yen if was.rate in left else 0) - was.tax_yen,
        )
        for was in old.totals
    )
    changed = tuple(total for total in rates if total.base_yen or total.tax_yen)
    return Sums(changed, new.untaxed_yen - old.untaxed_yen, new.total_yen - old.total_yen)


def due_on(month: Month) -> date:
    """Article 16.1: what is closed for a month is due on the last day of the next one, holiday or not."""
    return month.plus(1).last


def frozen(document: Document) -> bytes:
    """The bytes of a document: canonical JSON (RFC 8785). It holds only text and whole numbers, for which sorted
    JSON is the canonical form."""
    return msgspec.json.encode(document, order="sorted")


def thaw(content: bytes | str) -> Document:
    """The document of its bytes. Raises ValueError when they are none."""
    return msgspec.json.decode(content, type=Document)


def fingerprint(content: bytes) -> str:
    """Hex SHA-256 of a document's bytes."""
    return hashlib.sha256(content).hexdigest()
