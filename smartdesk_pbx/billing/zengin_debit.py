"""預金口座振替: claims for the collection company to debit, records of 120 bytes, and its results (R16.4). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from smartdesk_pbx.billing.zengin import layout, number, record, records, text
from smartdesk_pbx.errors import Mistake, Mistakes

RECORD_BYTES = 120

HEADER = layout(
    ("kind", 1), ("type", 2), ("code", 1), ("client", 10), ("client_name", 40), ("debit_on", 4), ("bank", 4),
    ("bank_name", 15), ("branch", 3), ("branch_name", 15), ("account_type", 1), ("account", 7), ("rest", 17),
)  # fmt: skip
DATA = layout(
    ("kind", 1), ("bank", 4), ("bank_name", 15), ("branch", 3), ("branch_name", 15), ("rest", 4),
    ("account_type", 1), ("account", 7), ("holder", 30), ("yen", 10), ("new", 1), ("customer", 20), ("result", 1),
    ("more", 8),
)  # fmt: skip
TRAILER = layout(
    ("kind", 1), ("count", 6), ("yen", 12), ("paid", 6), ("paid_yen", 12), ("failed", 6), ("failed_yen", 12),
    ("rest", 65),
)  # fmt: skip
_NUMERIC = ("client", "yen", "bank", "branch", "account", "count", "paid", "paid_yen", "failed", "failed_yen")

PAID = "0"
REASONS: Mapping[str, str] = {
    PAID: "paid",
    "1": "too little money",
    "2": "no such account",
    "3": "stopped by the holder",
    "4": "no mandate",
    "8": "stopped by us",
    "9": "other",
}
"""What the result codes (振替結果コード) mean."""


@dataclass(frozen=True)
class BankAccount:
    """An account at a bank: codes as digits, `kind` 1 ordinary (普通) or 2 current (当座), `holder` in katakana."""

    bank: str
    branch: str
    kind: str
    account: str
    holder: str


@dataclass(frozen=True)
class Client:
    """Who collects: the code that the collection company gave (委託者コード), our name and the account it pays into."""

    code: str
    account: BankAccount


@dataclass(frozen=True)
class Claim:
    """One amount to be debited. `key`: at most 20 letters that come back with the result (顧客番号)."""

    key: str
    payer: BankAccount
    yen: int
    is_first: bool = False


@dataclass(frozen=True)
class Result:
    """What became of a claim; `code` as in `REASONS`, `line`: where it stands in its file."""

    key: str
    yen: int
    code: str
    line: int


def write_debits(client: Client, debit_on: date, claims: Sequence[Claim]) -> bytes:
    """A file for the collection company. Raises `RuleBroken` for what cannot be written."""
    us = client.account
    header = {
        "kind": "1", "type": "91", "code": "0", "client": client.code, "client_name": us.holder,
        "debit_on": f"{debit_on:%m%d}", "bank": us.bank, "branch": us.branch, "account_type": us.kind,
        "account": us.account,
    }  # fmt: skip
    total = {"kind": "8", "count": str(len(claims)), "yen": str(sum(claim.yen for claim in claims))}
    rows = [
        record(HEADER, header, _NUMERIC),
        *(record(DATA, _claim(claim), _NUMERIC) for claim in claims),
        record(TRAILER, total, _NUMERIC),
        b"9".ljust(RECORD_BYTES),
    ]
    return b"".join(row + b"\r\n" for row in rows)


def _claim(claim: Claim) -> dict[str, str]:
    return {
        "kind": "2", "bank": claim.payer.bank, "branch": claim.payer.branch, "account_type": claim.payer.kind,
        "account": claim.payer.account, "holder": claim.payer.holder, "yen": str(claim.yen),
        "new": "1" if claim.is_first else "0", "customer": claim.key, "result": "0",
    }  # fmt: skip


def read_results(content: bytes, name: str) -> list[Result]:
    """The results of a file that came back. Raises `RuleBroken` or `Mistakes` with the records' numbers.

    A trailer that counts no result at all marks our own file, whose zeros would read as "all paid".
    """
    found: list[Result] = []
    mistakes: list[Mistake] = []
    for line, row in records(content, RECORD_BYTES, name):
        try:
            if row[:1] == b"1" and row[1:3] != b"91":
                raise ValueError(f"kind {text(row, HEADER, 'type')} is no 預金口座振替 (91)")
            if row[:1] == b"2":
                found.append(_result(row, line))
            elif row[:1] == b"8":
                _check_trailer(row, found)
        except ValueError as error:
            mistakes.append(Mistake(f"{name}:{line}", str(error)))
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _result(row: bytes, line: int) -> Result:
    code = text(row, DATA, "result")
    if code not in REASONS:
        raise ValueError(f"result {code!r} is unknown (one of {', '.join(REASONS)})")
    return Result(text(row, DATA, "customer"), number(row, DATA, "yen"), code, line)


def _check_trailer(row: bytes, found: Sequence[Result]) -> None:
    paid = [one.yen for one in found if one.code == PAID]
    here = len(paid), sum(paid), len(found) - len(paid)
    said = number(row, TRAILER, "paid"), number(row, TRAILER, "paid_yen"), number(row, TRAILER, "failed")
    if said != here:
        wrong = "it holds no results: it is the file that was sent" if said == (0, 0, 0) else "it is not whole"
        raise ValueError(f"the trailer says {said[0]} paid ({said[1]} yen), the records {here[0]} ({here[1]}): {wrong}")
