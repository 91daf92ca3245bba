"""CSV for people and their spreadsheets: no cell can turn into a formula. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


def guarded(cell: object) -> str:
    """A cell as text; with an apostrophe before it where a spreadsheet would run it. Whole numbers stay numbers."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" \u3000").startswith(_DANGEROUS) else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole file: a line of names, then the rows; lines end in CR LF as RFC 4180 has it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in columns])
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()
