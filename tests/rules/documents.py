"""Invented documents for the tests of books, payments and papers."""

from datetime import date
from uuid import UUID

from smartdesk_pbx.billing.invoice import Document, Head, Issuer, Kind, Line, Recipient, due_on, sums
from smartdesk_pbx.contract.month import Month

CONTRACT, SUBSCRIBER = UUID(int=0xC1), UUID(int=0x51)
ISSUER = Issuer(
    "株式会社スマートデスク", "東京都千代田区丸の内1-2-3", "T7000012050002", "03-1234-5678",
    "みずほ銀行 丸の内支店 普通 1234567",
)  # fmt: skip
HEAD = Head(SUBSCRIBER, 12, "ab" * 32)


def line(yen: int, tax: str = "10", code: str = "base", *, text: str = "基本料金", cases: int = 0) -> Line:
    return Line(code, text, -1 if yen < 0 else 1, abs(yen), yen, tax, cases)  # type: ignore[arg-type]


def document(
    number: int, *lines: Line, month: str = "2026-11", issued_on: date | None = None, refers_to: int | None = None,
    contract: UUID = CONTRACT, subscriber: UUID = SUBSCRIBER, note: str = "",
) -> Document:  # fmt: skip
    """An invoice of these lines, or a credit note where they come to less than nothing."""
    summed, of = sums(lines), Month.parse(month)
    kind: Kind = "credit_note" if summed.total_yen < 0 else "invoice"
    return Document(
        number=number, kind=kind, contract_id=contract, subscriber_id=subscriber, month=month,
        issued_on=issued_on or of.plus(1).first, due_on=due_on(of), issuer=ISSUER,
        recipient=Recipient("株式会社さくら商事", "東京都港区芝公園4-2-8"), lines=lines, totals=summed.totals,
        untaxed_yen=summed.untaxed_yen, total_yen=summed.total_yen, head=HEAD, refers_to=refers_to, note=note,
    )  # fmt: skip
