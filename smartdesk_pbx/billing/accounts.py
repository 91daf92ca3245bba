"""The chart of accounts: what postings may name, with the codes and Japanese names of the accountant's books. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from smartdesk_pbx.errors import RuleBroken

Side = Literal["asset", "liability", "income", "expense"]


@dataclass(frozen=True)
class Account:
    """One account. `tax`: its class for consumption tax as an accountant writes it, "" where none applies."""

    name: str
    code: str
    title: str
    side: Side
    tax: str = ""


RECEIVABLE, BANK, SUSPENSE, ADVANCE, COLLECTION = "receivable", "bank", "suspense", "advance", "collection"
LATE_INTEREST, EARLY_TERMINATION, SALES_UNTAXED, BANK_FEE = (
    "late_interest", "early_termination", "sales_untaxed", "bank_fee",
)  # fmt: skip

_ALL = (
    Account(BANK, "111", "普通預金", "asset"),
    Account(RECEIVABLE, "135", "売掛金", "asset"),
    Account(COLLECTION, "136", "未収入金（収納代行）", "asset"),
    Account(ADVANCE, "315", "前受金", "liability"),
    Account(SUSPENSE, "316", "仮受金", "liability"),
    Account("tax_10", "317", "仮受消費税等", "liability", "10%"),
    Account("tax_8", "318", "仮受消費税等（軽減）", "liability", "軽減8%"),
    Account("sales_10", "411", "売上高", "income", "課税売上10%"),
    Account("sales_8", "412", "売上高（軽減税率）", "income", "課税売上軽減8%"),
    Account(SALES_UNTAXED, "413", "売上高（不課税）", "income", "対象外"),
    Account(EARLY_TERMINATION, "418", "雑収入（中途解約金）", "income", "対象外"),
    Account(LATE_INTEREST, "419", "雑収入（遅延損害金）", "income", "対象外"),
    Account(BANK_FEE, "521", "支払手数料", "expense", "課税仕入10%"),
)

CHART: Mapping[str, Account] = {account.name: account for account in _ALL}
"""All accounts by name, in the order of the balance sheet."""


def account(name: str) -> Account:
    """The account of that name. Raises `RuleBroken` for an unknown one: a new tax rate needs its two accounts first."""
    if name not in CHART:
        raise RuleBroken(f"no account {name} (one of {', '.join(CHART)})")
    return CHART[name]
