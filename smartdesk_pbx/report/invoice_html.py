"""An invoice as one HTML page that needs nothing else: for a browser, and for printing from it."""

from html import escape

from smartdesk_pbx.billing.invoice import Document
from smartdesk_pbx.report.paper import Paper, Row, TaxRow, paper

_STYLE = """
:root { color-scheme: light; --ink: #1c2733; --soft: #5b6875; --rule: #c9d2da; --tint: #eef3f7; --deep: #17456b; }
body { margin: 2rem auto; max-width: 46rem; padding: 0 1rem; color: var(--ink); background: #fff; line-height: 1.6;
  font-family: "IPAexGothic", "Hiragino Sans", "Yu Gothic", "Noto Sans CJK JP", sans-serif; }
h1 { margin: 0; font-size: 1.9rem; letter-spacing: .5em; color: var(--deep); font-weight: 600; }
header, .parties { display: flex; justify-content: space-between; gap: 2rem; flex-wrap: wrap; }
header { align-items: end; border-bottom: 2px solid var(--deep); padding-bottom: .5rem; margin-bottom: 1.2rem; }
.facts { width: auto; margin: 0; } .facts td { border: 0; padding: 0 0 0 1rem; }
.facts td:first-child { color: var(--soft); }
.to { font-size: 1.25rem; border-bottom: 1px solid var(--ink); padding-bottom: .2rem; }
.from { text-align: right; font-size: .9rem; }
.sum { display: flex; justify-content: space-between; align-items: baseline; flex-wrap: wrap; gap: 0 2rem;
  background: var(--tint); border-left: 6px solid var(--deep); padding: .7rem 1rem; margin: 1.2rem 0; }
.sum b { font-size: 1.8rem; color: var(--deep); } small, .soft { color: var(--soft); font-size: .82rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1rem; font-size: .92rem; }
th { font-weight: normal; text-align: right; color: #fff; background: var(--deep); padding: .3rem .6rem; }
td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
.lines td:first-child { white-space: normal; } .lines th:first-child { width: 100%; }
table.tax { width: auto; margin-left: auto; } tr.total td { font-weight: 600; background: var(--tint); }
.proof { font: .72rem/1.4 ui-monospace, monospace; color: var(--soft); overflow-wrap: anywhere;
  border-top: 1px solid var(--rule); padding-top: .5rem; margin-top: 2rem; }
@media print { body { margin: 0; max-width: none; } th, .sum { print-color-adjust: exact; }
  tr { break-inside: avoid; } }
"""


def invoice_html(document: Document) -> str:
    """The page. The same document gives the same bytes."""
    sheet = paper(document)
    title = f"{sheet.title} No.{sheet.number}"
    parts = (_head(sheet), _parties(sheet), _sum(sheet), _lines(sheet.rows), _taxes(sheet), _foot(sheet))
    return (
        f'<!DOCTYPE html>\n<html lang="ja">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{''.join(parts)}</body>\n</html>\n"
    )


def _head(sheet: Paper) -> str:
    facts = (("請求書番号", sheet.number), ("発行日", sheet.issued_on), ("対象期間", sheet.period))
    listed = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts)
    return f'<header><h1>{escape(sheet.title)}</h1><table class="facts">{listed}</table></header>\n'


def _parties(sheet: Paper) -> str:
    issuer = "<br>".join(escape(line) for line in (*sheet.issuer, f"登録番号 {sheet.registration}"))
    return (
        f'<div class="parties"><div><div class="to">{escape(sheet.recipient)}</div>'
        f'<div class="soft">{escape(sheet.recipient_address)}</div></div><div class="from">{issuer}</div></div>\n'
        f"<p>{escape(sheet.greeting)}</p>\n"
    )


def _sum(sheet: Paper) -> str:
    due = f"<span>お支払期限 {escape(sheet.due)}</span>" if sheet.due else ""
    return f'<div class="sum"><span>{escape(sheet.amount_label)} <b>{escape(sheet.amount)}</b></span>{due}</div>\n'


def _lines(rows: tuple[Row, ...]) -> str:
    body = "".join(
        f"<tr><td>{escape(row.text)}{f' <small>{escape(row.cases)}</small>' if row.cases else ''}</td>"
        f"<td>{row.quantity}</td><td>{row.unit}</td><td>{row.amount}</td><td>{escape(row.tax)}</td></tr>\n"
        for row in rows
    )
    names = ("摘要", "数量", "単価", "金額（税抜）", "税率")
    head = "".join(f"<th>{name}</th>" for name in names)
    return f'<table class="lines">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n'


def _taxes(sheet: Paper) -> str:
    names = ("区分", "対象額（税抜）", "消費税額", "計（税込）")
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(_tax_row(row, "") for row in sheet.tax_rows) + _tax_row(sheet.total, ' class="total"')
    return f'<table class="tax">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n'


def _tax_row(row: TaxRow, more: str) -> str:
    return f"<tr{more}><td>{escape(row.name)}</td><td>{row.base}</td><td>{row.tax}</td><td>{row.total}</td></tr>\n"


def _foot(sheet: Paper) -> str:
    bank = f"<p>お振込先 {escape(sheet.bank)}</p>\n" if sheet.bank else ""
    remarks = "".join(f"<div>{escape(remark)}</div>" for remark in sheet.remarks)
    proof = "<br>".join(escape(line) for line in sheet.proof)
    return f'{bank}<div class="soft">{remarks}</div>\n<div class="proof">{proof}</div>\n'
