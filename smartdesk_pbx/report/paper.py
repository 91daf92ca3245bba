"""What stands on an invoice, in Japanese, as plain texts: the PDF and the page in the browser say the same."""

from dataclasses import dataclass
from datetime import date

from smartdesk_pbx.billing.invoice import Document, Line
from smartdesk_pbx.billing.tax import Tax
from smartdesk_pbx.contract.month import Month

REDUCED = "※"
_TAX: dict[Tax, str] = {"10": "10%", "8": f"8% {REDUCED}", "none": "不課税"}


@dataclass(frozen=True)
class Row:
    """One line: what, how many, each, together, tax. `cases`: "12件" where cases stand behind it, else ""."""

    text: str
    cases: str
    quantity: str
    unit: str
    amount: str
    tax: str


@dataclass(frozen=True)
class TaxRow:
    """One rate: its name, its base without tax, the tax on it, both together."""

    name: str
    base: str
    tax: str
    total: str


@dataclass(frozen=True)
class Paper:
    """An invoice or a credit note (返還請求書), ready to be set."""

    title: str
    number: str
    issued_on: str
    period: str
    recipient: str
    recipient_address: str
    issuer: tuple[str, ...]
    registration: str
    greeting: str
    amount_label: str
    amount: str
    due: str
    rows: tuple[Row, ...]
    tax_rows: tuple[TaxRow, ...]
    total: TaxRow
    bank: str
    remarks: tuple[str, ...]
    proof: tuple[str, ...]


def paper(document: Document) -> Paper:
    """The texts of a document."""
    credit = document.kind == "credit_note"
    issuer = document.issuer
    return Paper(
        title="返還請求書" if credit else "請求書",
        number=f"{document.number:06}",
        issued_on=day(document.issued_on),
        period=period(document.month),
        recipient=f"{document.recipient.name} 御中",
        recipient_address=document.recipient.address,
        issuer=tuple(filter(None, (issuer.name, issuer.address, f"電話 {issuer.phone}" if issuer.phone else ""))),
        registration=issuer.registration,
        greeting="下記のとおり返還いたします。" if credit else "下記のとおりご請求申し上げます。",
        amount_label="ご返還金額（税込）" if credit else "ご請求金額（税込）",
        amount=yen(-document.total_yen if credit else document.total_yen),
        due="" if credit else day(document.due_on),
        rows=tuple(_row(line) for line in document.lines),
        tax_rows=tuple(_tax_rows(document)),
        total=_total(document),
        bank="" if credit else issuer.bank,
        remarks=tuple(_remarks(document)),
        proof=_proof(document),
    )


def yen(amount: int) -> str:
    """An amount with its sign before the yen sign: `-¥1,234`."""
    return f"{'-' if amount < 0 else ''}¥{abs(amount):,}"


def day(on: date) -> str:
    """A date as one writes it in Japanese."""
    return f"{on.year}年{on.month}月{on.day}日"


def period(month: str) -> str:
    """The days that a month's document is about."""
    of = Month.parse(month)
    return f"{day(of.first)} 〜 {of.last.month}月{of.last.day}日"


def _row(line: Line) -> Row:
    cases = f"{line.cases:,}件" if line.cases else ""
    return Row(line.text, cases, f"{line.quantity:,}", yen(line.unit_yen), yen(line.amount_yen), _TAX[line.tax])


def _tax_rows(document: Document) -> list[TaxRow]:
    rows = []
    for total in document.totals:
        name = "8%対象（軽減税率）" if total.rate == 8 else f"{total.rate}%対象"
        rows.append(TaxRow(name, yen(total.base_yen), yen(total.tax_yen), yen(total.base_yen + total.tax_yen)))
    if document.untaxed_yen or any(line.tax == "none" for line in document.lines):
        rows.append(TaxRow("不課税", yen(document.untaxed_yen), "—", yen(document.untaxed_yen)))
    return rows


def _total(document: Document) -> TaxRow:
    base = sum(total.base_yen for total in document.totals) + document.untaxed_yen
    return TaxRow("合計", yen(base), yen(document.tax_yen), yen(document.total_yen))


def _remarks(document: Document) -> list[str]:
    found = [document.note] if document.note else []
    if document.refers_to is not None:
        found.append(f"本書は請求書番号 {document.refers_to:06} に関するものです。")
    if any(line.tax == "8" for line in document.lines):
        found.append(f"{REDUCED}は軽減税率（8%）の対象です。")
    if document.kind == "invoice":
        found.append("お支払いにかかる手数料は、利用規約第16条第1項によりご契約者様のご負担となります。")
        found.append("お支払期限を過ぎますと、同条第2項に定める遅延損害金を申し受けます。")
    return found


def _proof(document: Document) -> tuple[str, ...]:
    """Where the subscriber's chain stood: a cut tail of the ledger shows against it."""
    head = document.head
    lines = [f"台帳 {head.chain}  連番 {head.seq}", f"SHA-256 {head.hash}"]
    if head.signature:
        lines.append(f"署名 {head.signature}")
        lines.append(f"鍵 {head.key_id}")
    return tuple(lines)
