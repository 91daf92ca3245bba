"""Payments: whose is a transfer, and which documents does it pay? Rules in order, the first that fits decides. Pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import accumulate
from typing import Literal
from uuid import UUID

from smartdesk_pbx.billing.items import Item, oldest_first
from smartdesk_pbx.billing.kana import payer_key

Rule = Literal[
    "number and amount", "number, short by the bank's fee", "payer and amount", "payer, all that is open",
    "payer, short by the bank's fee", "payer, more than is open", "payer, the oldest first", "by hand",
]  # fmt: skip

_NUMBER = re.compile(r"(?:NO|№|INV|#|セイキユウシヨ|請求書?|インボイス)[\s.:：番号-]*([0-9]{1,9})(?![0-9])")


@dataclass(frozen=True)
class Transfer:
    """One amount that came into our bank account, as the bank's file tells it. `line`: where it stands, from 1."""

    line: int
    value_on: date
    yen: int
    payer: str
    reference: str = ""


@dataclass(frozen=True)
class Match:
    """What a transfer pays: (document, yen) pairs, and what is left as the contract's credit; `rule` says why."""

    contract_id: UUID
    pays: tuple[tuple[int, int], ...]
    credit_yen: int
    rule: Rule


@dataclass(frozen=True)
class Unmatched:
    """A transfer for a person to look at. `perhaps`: documents that it might pay."""

    why: str
    perhaps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Known:
    """What transfers are matched against. `payers`: `payer_key` → contracts that such a payer has paid for;
    `bank_fee_most_yen` per contract ⚙."""

    items: Sequence[Item]
    payers: Mapping[str, Collection[UUID]]
    bank_fee_most_yen: Mapping[UUID, int]


def keys(transfers: Sequence[Transfer], bank_account: str) -> list[str]:
    """A key per transfer that is the same in every file it turns up in: files of overlapping days count nothing twice.

    Two equal transfers of one day in one file are two: the n-th of them has the n-th key.
    """
    seen: dict[tuple[object, ...], int] = {}
    found = []
    for one in transfers:
        content = (bank_account, one.value_on.isoformat(), one.yen, payer_key(one.payer), one.reference.strip())
        seen[content] = seen.get(content, 0) + 1
        found.append(sha256(repr((*content, seen[content])).encode()).hexdigest())
    return found


def named_numbers(text: str) -> tuple[int, ...]:
    """Numbers of documents named in a free text: `No.12`, `請求書12`, `INV-12`."""
    plain = unicodedata.normalize("NFKC", text).upper().replace("ョ", "ヨ").replace("ュ", "ユ")
    return tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(plain)))


def match(transfer: Transfer, known: Known) -> Match | Unmatched:
    """The documents that a transfer pays, or why a person has to say.

    A number named in it decides where amount or payer bears it out; then the payer, when only one contract has such a
    payer. An amount alone never decides: it is only suggested.
    """
    openly = oldest_first(known.items)
    named = [item for item in openly if item.number in named_numbers(f"{transfer.reference} {transfer.payer}")]
    of_payer = set(known.payers.get(payer_key(transfer.payer), ()))
    for item in named:
        short = item.open_yen - transfer.yen
        if short == 0:
            return Match(item.contract_id, ((item.number, transfer.yen),), 0, "number and amount")
        if 0 < short <= known.bank_fee_most_yen.get(item.contract_id, 0):
            return Match(item.contract_id, ((item.number, transfer.yen),), 0, "number, short by the bank's fee")
    if len(of_payer) == 1:
        of = next(iter(of_payer))
        mine = [item for item in openly if item.contract_id == of]
        return _of_contract(of, transfer.yen, mine, known.bank_fee_most_yen.get(of, 0))
    return Unmatched(_why(transfer, of_payer), _perhaps(transfer, openly, named, of_payer))


def _of_contract(of: UUID, yen: int, mine: Sequence[Item], bank_fee_most_yen: int) -> Match:
    """A payer's contract is known: one document, the oldest few, but for the fee, else the oldest first."""
    sums = list(accumulate(item.open_yen for item in mine))
    for item in mine:
        if item.open_yen == yen:
            return Match(of, ((item.number, yen),), 0, "payer and amount")
    if yen in sums:
        few = mine[: sums.index(yen) + 1]
        rule: Rule = "payer, all that is open" if len(few) == len(mine) else "payer and amount"
        return Match(of, tuple((item.number, item.open_yen) for item in few), 0, rule)
    for item in mine:
        if 0 < item.open_yen - yen <= bank_fee_most_yen:
            return Match(of, ((item.number, yen),), 0, "payer, short by the bank's fee")
    pays, credit = spread(yen, mine)
    if credit:
        return Match(of, pays, credit, "payer, more than is open")
    short = sums[len(pays) - 1] - yen
    rule = "payer, short by the bank's fee" if short <= bank_fee_most_yen else "payer, the oldest first"
    return Match(of, pays, 0, rule)


def spread(yen: int, items: Sequence[Item]) -> tuple[tuple[tuple[int, int], ...], int]:
    """An amount set against documents in their order: what goes to each, and what is left over."""
    pays = []
    for item in items:
        part = min(yen, item.open_yen)
        if part > 0:
            pays.append((item.number, part))
            yen -= part
    return tuple(pays), yen


def _why(transfer: Transfer, of_payer: Collection[UUID]) -> str:
    if not of_payer:
        return f"no contract is known to be paid by {transfer.payer or 'a payer without name'}"
    return f"{len(of_payer)} contracts are paid by {transfer.payer}"


def _perhaps(
    transfer: Transfer, openly: Sequence[Item], named: Sequence[Item], of_payer: Collection[UUID]
) -> tuple[int, ...]:
    likely = [*named, *(item for item in openly if item.open_yen == transfer.yen)]
    likely += [item for item in openly if item.contract_id in of_payer]
    return tuple(dict.fromkeys(item.number for item in likely))[:5]
