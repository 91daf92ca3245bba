"""A list of callers as a person keeps it: a CSV with the columns number, list and note. Pure."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken

COLUMNS = ("number", "list", "note")
LIST_NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
LONGEST_NOTE = 200
RIGHT = "a first line number,list,note, or numbers alone in the first column"


@dataclass(frozen=True)
class CallerRow:
    """One caller. `number`: E.164."""

    number: str
    list: str
    note: str


def read_callers(text: str, name: str, usual_list: str | None, country: str = "JP") -> list[CallerRow]:
    """The callers of a file, in its order. `usual_list`: where a line names none.

    Raises `Mistakes`: everything that is wrong, each with `name:line`.
    """
    lines = [(n, cells) for n, cells in _lines(text) if any(cells)]
    if not lines:
        raise Mistakes([Mistake(f"{name}:1", "nobody is in this file", RIGHT)])
    columns = _columns(lines, name)
    reader = _Reader(name, usual_list, country)
    for line, cells in lines:
        reader.read(line, dict(zip(columns, cells, strict=False)), len(cells) - len(columns))
    if reader.mistakes:
        raise Mistakes(reader.mistakes)
    return reader.rows


def _lines(text: str) -> list[tuple[int, list[str]]]:
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    return [(rows.line_num, [cell.strip() for cell in cells]) for cells in rows]


def _columns(lines: list[tuple[int, list[str]]], name: str) -> Sequence[str]:
    """The columns by the heading, which is taken away; without one: number and note."""
    line, first = lines[0]
    if re.search(r"\d{3}", "".join(first)):
        return ("number", "note")
    del lines[0]
    heading = [cell.lower() for cell in first]
    unknown = [cell for cell in heading if cell not in COLUMNS]
    if unknown or "number" not in heading:
        wrong = f"unknown column {unknown[0]!r}" if unknown else "there is no column 'number'"
        raise Mistakes([Mistake(f"{name}:{line}", wrong, f"the columns are {', '.join(COLUMNS)}")])
    return heading


class _Reader:
    """Gathers the callers and all mistakes."""

    def __init__(self, name: str, usual_list: str | None, country: str) -> None:
        self._name, self._list, self._country = name, usual_list, country
        self._seen: dict[tuple[str, str], int] = {}
        self.rows: list[CallerRow] = []
        self.mistakes: list[Mistake] = []

    def read(self, line: int, row: Mapping[str, str], too_many: int) -> None:
        """One line."""
        wrong = self._wrong(line)
        if too_many > 0:
            wrong("more cells than columns", "put a note with a comma in quotes")
            return
        of, note = row.get("list") or self._list or "", row.get("note", "")
        if not re.match(LIST_NAME, of):
            wrong(f"{of!r} is no list" if of else "no list", "small letters, digits and hyphens; or name one: --list")
        if len(note) > LONGEST_NOTE:
            wrong(f"a note of {len(note)} characters", f"at most {LONGEST_NOTE}")
        try:
            number = checked(row.get("number", ""), self._country)
        except RuleBroken as error:
            wrong(str(error))
            return
        if earlier := self._seen.get((number, of)):
            wrong(f"the same caller as in line {earlier}")
        self._seen.setdefault((number, of), line)
        self.rows.append(CallerRow(number, of, note))

    def _wrong(self, line: int) -> "_Wrong":
        return _Wrong(self.mistakes, f"{self._name}:{line}")


@dataclass(frozen=True)
class _Wrong:
    mistakes: list[Mistake]
    where: str

    def __call__(self, wrong: str, right: str = "") -> None:
        self.mistakes.append(Mistake(self.where, wrong, right))
