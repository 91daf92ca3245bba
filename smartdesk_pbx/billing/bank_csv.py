"""A bank's CSV of incoming transfers, read as its format says (a YAML file with the bank's columns). Pure."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smartdesk_pbx.billing.payments import Transfer
from smartdesk_pbx.contract.document import read
from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken


class Format(BaseModel):
    """How a bank writes its file. Columns are named as in its heading; `skip_lines`: lines above the heading; `only`:
    a line counts when these columns hold these words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    encoding: str = "cp932"
    delimiter: str = Field(",", min_length=1, max_length=1)
    skip_lines: int = Field(0, ge=0, le=100)
    day: str
    day_format: str = "%Y/%m/%d"
    yen: str
    payer: str
    reference: tuple[str, ...] = ()
    only: dict[str, str] = Field(default_factory=dict)

    def columns(self) -> tuple[str, ...]:
        """Every column that must be there."""
        return (self.day, self.yen, self.payer, *self.reference, *self.only)


PLAIN = Format(
    format="plain", encoding="utf-8-sig", day="day", day_format="%Y-%m-%d", yen="yen", payer="payer",
    reference=("reference",),
)  # fmt: skip
"""Our own format: day,yen,payer,reference."""


def format_from_yaml(text: str, name: str) -> Format:
    """Read a format. Raises `Mistakes`: all of them, each with `name:line`."""
    document = read(text, name)
    try:
        found = Format.model_validate(document.content)
        codecs.lookup(found.encoding)
    except LookupError:
        document.wrong(("encoding",), "no such encoding", "cp932 (Shift_JIS) or utf-8-sig")
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            document.wrong(fault["loc"], f"{'.'.join(map(str, fault['loc'])) or 'format'}: {fault['msg']}")
    document.stop()
    return found


def read_csv(content: bytes, of: Format, name: str) -> list[Transfer]:
    """The incoming transfers of a file; lines without an amount (withdrawals) are left out.

    Raises `RuleBroken` when a column is missing, `Mistakes` with every line that cannot be read.
    """
    try:
        lines = content.decode(of.encoding).splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise RuleBroken(f"{name}: not written in {of.encoding} (byte {error.start}): name its encoding") from None
    rows = csv.reader(io.StringIO("".join(lines[of.skip_lines :])), delimiter=of.delimiter)
    heading = [_plain(cell) for cell in next(rows, [])]
    missing = [column for column in of.columns() if _plain(column) not in heading]
    if missing:
        raise RuleBroken(f"{name}: no column {', '.join(missing)}; it has {', '.join(heading) or 'none'}")
    found: list[Transfer] = []
    mistakes: list[Mistake] = []
    for cells in rows:
        line = of.skip_lines + rows.line_num
        try:
            row = dict(zip(heading, cells, strict=False))
            if (one := _transfer(row, of, line)) is not None:
                found.append(one)
        except ValueError as error:
            mistakes.append(Mistake(f"{name}:{line}", str(error)))
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _transfer(row: Mapping[str, str], of: Format, line: int) -> Transfer | None:
    if not any(cell.strip() for cell in row.values()):
        return None
    if any(_cell(row, column) != _plain(word) for column, word in of.only.items()):
        return None
    yen = _yen(_cell(row, of.yen))
    if yen == 0:
        return None
    payer, reference = _cell(row, of.payer), _joined(row, of.reference)
    return Transfer(line, _day(_cell(row, of.day), of.day_format), yen, payer, reference)


def _joined(row: Mapping[str, str], columns: Sequence[str]) -> str:
    return " ".join(filter(None, (_cell(row, column) for column in columns)))


def _cell(row: Mapping[str, str], column: str) -> str:
    name = _plain(column)
    if name not in row:
        raise ValueError(f"column {column} is missing in this line")
    return _plain(row[name])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _day(text: str, format: str) -> date:
    try:
        return datetime.strptime(text, format).date()
    except ValueError:
        raise ValueError(f"{text!r} is no day written as {format}") from None


def _yen(text: str) -> int:
    plain = text.replace(",", "").replace("円", "").removeprefix("¥").removeprefix("\\").strip()
    if plain in ("", "-", "*"):
        return 0
    if not (plain.isascii() and plain.isdecimal()):
        raise ValueError(f"{text!r} is no amount of yen")
    return int(plain)
