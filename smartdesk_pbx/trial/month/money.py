"""After the month: closed, invoiced, paid, reminded (R15, R16)."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.trial.month.bureau import Bureau
from smartdesk_pbx.trial.month.cast import Member

MONTH = "2026-10"
BANK_FEE_YEN = 440
UNKNOWN_PAYER = "ｵｵﾂｶ ｼﾞﾛｳ"


@dataclass(frozen=True)
class Invoice:
    """A document of the month and, once it is known, how it was paid."""

    number: int
    subscriber: str
    total_yen: int
    due_on: str


async def dry_run(bureau: Bureau) -> Any:
    """What a close would do, and every problem that stands in its way."""
    return await bureau.ask("billing.close", month=MONTH, dry_run=True)


async def close(bureau: Bureau) -> tuple[Any, Any]:
    """The close, and a second one, which must find nothing left to do."""
    return await bureau.ask("billing.close", month=MONTH), await bureau.ask("billing.close", month=MONTH)


async def invoices(bureau: Bureau) -> list[Invoice]:
    """The documents of the month by number."""
    rows = await bureau.ask("invoice.list", month=MONTH)
    found = [Invoice(r["number"], r["subscriber"], r["total_yen"], r["due_on"]) for r in rows]
    return sorted(found, key=lambda one: one.number)


async def print_some(bureau: Bureau, numbers: Sequence[int], folder: Path) -> list[Path]:
    """These documents as PDF files."""
    folder.mkdir(mode=0o700, exist_ok=True)
    files = []
    for number in numbers:
        printed = await bureau.ask("invoice.print", invoice=number)
        files.append(folder / printed["file"])
        files[-1].write_bytes(b64decode(printed["content"]))
    return files


@dataclass(frozen=True)
class Bank:
    """A file of the bank: who pays what on which day, and what is odd in it."""

    content: str
    short: Invoice
    unknown: Invoice
    unpaid: Invoice


def bank_file(found: Sequence[Invoice], members: Mapping[str, Member], odd: Sequence[Invoice]) -> Bank:
    """Everybody pays, but for three: `odd` is short by the bank's fee, paid by somebody unknown, not paid at all."""
    short, unknown, unpaid = odd
    lines = ["day,yen,payer,reference"]
    for i, one in enumerate(found):
        if one.number == unpaid.number:
            continue
        paid = one.total_yen - (BANK_FEE_YEN if one.number == short.number else 0)
        who = members[one.subscriber]
        payer, reference = f"ｶ){who.reading}", f"請求書{one.number}" if i % 3 else ""
        if one.number == unknown.number:
            payer, reference = UNKNOWN_PAYER, ""
        lines.append(f"2026-11-{27 if i % 2 else 30},{paid},{payer},{reference}")
    return Bank("\n".join(lines) + "\n", short, unknown, unpaid)


async def take_in(bureau: Bureau, bank: Bank) -> Any:
    """The bank's file, matched by rules."""
    content = b64encode(bank.content.encode()).decode()
    return await bureau.ask("payment.import", file="bank-2026-11.csv", content=content)


async def by_hand(bureau: Bureau, bank: Bank) -> None:
    """What nobody could match, a person assigns; what the bank kept, the operator bears."""
    for left in await bureau.ask("payment.list", unmatched=True):
        await bureau.ask("payment.assign", payment=left["payment"], invoices=[bank.unknown.number])
    await bureau.ask("receivable.waive", invoice=bank.short.number, reason="振込手数料は当社負担")


def tokyo(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A time in Tokyo."""
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)
