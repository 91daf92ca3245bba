"""Lines of money and what they come to, for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from smartdesk_pbx.cli import show


def yen(amount: int | None) -> str:
    """With its thousands."""
    return "-" if amount is None else f"{amount:,}"


def lines_and_sums(lines: Sequence[Mapping[str, Any]], sums: Mapping[str, Any] | None) -> None:
    """A table of lines; below it the totals per rate, unless `sums` is None."""
    rows = [
        {
            "line": line["code"], "text": line["text"], "quantity": yen(line["quantity"]),
            "unit_yen": yen(line["unit_yen"]), "yen": yen(line["amount_yen"]),
            "tax": "-" if line["tax"] == "none" else f"{line['tax']} %", "cases": line["cases"] or "",
        }
        for line in lines
    ]  # fmt: skip
    show.rows(rows, "line", "text", "quantity", "unit_yen", "yen", "tax", "cases", empty="no lines")
    if sums is None:
        return
    for total in sums["totals"]:
        print(f"{total['rate']} %: {yen(total['base_yen'])} yen, tax {yen(total['tax_yen'])} yen")
    if sums["untaxed_yen"]:
        print(f"untaxed: {yen(sums['untaxed_yen'])} yen")
    print(f"total: {yen(sums['total_yen'])} yen")
