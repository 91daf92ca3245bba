"""The books as an accountant reads them: the journal, sums per account and month, tax per rate. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from smartdesk_pbx.billing.accounts import CHART, account
from smartdesk_pbx.billing.books import Entry, Posting

COLUMNS = (
    "日付", "伝票番号", "行", "借方科目コード", "借方科目", "借方金額", "貸方科目コード", "貸方科目", "貸方金額",
    "税区分", "請求書番号", "契約", "摘要",
)  # fmt: skip


@dataclass(frozen=True)
class Sum:
    """One account over a span: its balance before, debits, credits, balance after; debits positive yen."""

    account: str
    code: str
    title: str
    before_yen: int
    debit_yen: int
    credit_yen: int
    after_yen: int


@dataclass(frozen=True)
class TaxSum:
    """One rate over a span: sales without tax and the tax on them, credit notes taken off. Rate "none": untaxed."""

    rate: str
    base_yen: int
    tax_yen: int


def journal_rows(entries: Iterable[Entry]) -> Iterator[tuple[object, ...]]:
    """A row per posting; amounts are never negative, so that a minus needs no sign (and no spreadsheet a formula)."""
    for entry in entries:
        for line, posting in enumerate(entry.postings, 1):
            yield _row(entry, line, posting)


def _row(entry: Entry, line: int, posting: Posting) -> tuple[object, ...]:
    of = account(posting.account)
    mine, blank = (of.code, of.title, abs(posting.yen)), ("", "", "")
    sides = (*mine, *blank) if posting.yen >= 0 else (*blank, *mine)
    number = "" if posting.number is None else posting.number
    return (entry.on.isoformat(), entry.key, line, *sides, of.tax, number, posting.contract_id or "", entry.text)


def summary(before: Mapping[str, int], entries: Iterable[Entry]) -> list[Sum]:
    """Every account that has a balance or moved, in the order of the chart. `before`: the balances before the span."""
    debits: dict[str, int] = {}
    credits: dict[str, int] = {}
    for posting in (posting for entry in entries for posting in entry.postings):
        side = debits if posting.yen >= 0 else credits
        side[posting.account] = side.get(posting.account, 0) + abs(posting.yen)
    found = []
    for name, of in CHART.items():
        start, debit, credit = before.get(name, 0), debits.get(name, 0), credits.get(name, 0)
        if start or debit or credit:
            found.append(Sum(name, of.code, of.title, start, debit, credit, start + debit - credit))
    return found


def tax_sums(entries: Iterable[Entry]) -> list[TaxSum]:
    """Sales and tax per rate, as invoices and credit notes booked them; then what is untaxed."""
    sums: dict[str, int] = {}
    for posting in (posting for entry in entries for posting in entry.postings):
        sums[posting.account] = sums.get(posting.account, 0) - posting.yen
    rates = [name.removeprefix("sales_") for name in CHART if name.startswith("sales_") and name != "sales_untaxed"]
    found = [TaxSum(rate, sums.get(f"sales_{rate}", 0), sums.get(f"tax_{rate}", 0)) for rate in rates]
    untaxed = sum(sums.get(name, 0) for name, of in CHART.items() if of.side == "income" and of.tax == "対象外")
    return [*found, TaxSum("none", untaxed, 0)]
