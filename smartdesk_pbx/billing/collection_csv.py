"""Claims and results of the collection company as CSV (R16.4). Pure."""

import csv
import io
from collections.abc import Sequence
from datetime import date

from smartdesk_pbx.billing.csv_text import csv_text
from smartdesk_pbx.billing.zengin_debit import PAID, REASONS, Claim, Result
from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken

CLAIM_COLUMNS = ("key", "debit_on", "yen", "bank", "branch", "account_kind", "account", "holder")
RESULT_COLUMNS = ("key", "yen", "result")
_WORDS = {"paid": PAID, "failed": "9", "済": PAID, "振替済": PAID, "不能": "9", "振替不能": "9"}


def write_claims(debit_on: date, claims: Sequence[Claim]) -> str:
    """The claims, one per line; `key` has to come back with the result."""
    rows = (
        (one.key, debit_on, one.yen, one.payer.bank, one.payer.branch, one.payer.kind, one.payer.account,
         one.payer.holder)
        for one in claims
    )  # fmt: skip
    return csv_text(CLAIM_COLUMNS, rows)


def read_results(content: bytes, name: str) -> list[Result]:
    """Results with at least the columns key, yen and result (a code, `paid` or `failed`); UTF-8 or Shift_JIS.

    Raises `RuleBroken` when a column is missing, `Mistakes` with every line that cannot be read.
    """
    rows = csv.reader(io.StringIO(_decoded(content, name)))
    heading = [cell.strip() for cell in next(rows, [])]
    if missing := [column for column in RESULT_COLUMNS if column not in heading]:
        raise RuleBroken(f"{name}: no column {', '.join(missing)}; it needs {', '.join(RESULT_COLUMNS)}")
    found: list[Result] = []
    mistakes: list[Mistake] = []
    for cells in rows:
        row = dict(zip(heading, (cell.strip() for cell in cells), strict=False))
        if not any(row.values()):
            continue
        try:
            found.append(_result([row.get(column, "") for column in RESULT_COLUMNS], rows.line_num))
        except ValueError as error:
            mistakes.append(Mistake(f"{name}:{rows.line_num}", str(error)))
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _result(cells: Sequence[str], line: int) -> Result:
    key, yen, result = cells
    code = _WORDS.get(result.lower(), result)
    if code not in REASONS:
        raise ValueError(f"result {result!r} is unknown (paid, failed, or a code: {', '.join(REASONS)})")
    if not (yen.isascii() and yen.isdecimal()):
        raise ValueError(f"yen: {yen!r} is no amount")
    return Result(key.lstrip("'"), int(yen), code, line)


def _decoded(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RuleBroken(f"{name}: neither UTF-8 nor Shift_JIS")
