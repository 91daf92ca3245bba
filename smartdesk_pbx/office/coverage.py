"""Which articles of the terms are kept, told by the tests that name them, ran and passed (JUnit file)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from smartdesk_pbx.contract.articles import ARTICLES, ROWS, Row
from smartdesk_pbx.errors import RuleBroken

State = Literal["kept", "no duty", "later", "open"]


@dataclass(frozen=True)
class Ran:
    """One test that names articles."""

    name: str
    rows: tuple[str, ...]
    passed: bool


@dataclass(frozen=True)
class Kept:
    """One row of one article. `tests` passed and name it; `failed` name it and did not pass."""

    article: int
    heading: str
    row: str
    asks: str
    state: State
    tests: int
    failed: tuple[str, ...]
    why: str


def coverage(junit: Path) -> list[Kept]:
    """All rows in the order of the articles. Raises `RuleBroken` without a file of a whole run."""
    by_row: dict[str, list[Ran]] = defaultdict(list)
    for ran in _read(junit):
        for row in ran.rows:
            by_row[row].append(ran)
    return [_kept(article.number, article.heading, row, by_row[row.id]) for article in ARTICLES for row in article.rows]


def is_open(rows: Sequence[Kept]) -> bool:
    """True while a row is neither kept, nor without duty, nor left to a named later part."""
    return any(row.state == "open" for row in rows)


def _kept(number: int, heading: str, row: Row, tests: list[Ran]) -> Kept:
    passed = sum(test.passed for test in tests)
    failed = tuple(test.name for test in tests if not test.passed)
    states: Mapping[str, State] = {"none": "no duty", "later": "later"}
    state = states.get(row.duty) or ("kept" if passed and not failed else "open")
    why = row.why or ("" if state == "kept" else _missing(failed))
    return Kept(number, heading, row.id, row.asks, state, passed, failed, why)


def _missing(failed: tuple[str, ...]) -> str:
    return f"did not pass: {', '.join(failed)}" if failed else "no test names it"


def _read(junit: Path) -> Iterator[Ran]:
    try:
        root = ElementTree.parse(junit).getroot()
    except FileNotFoundError:
        raise RuleBroken(f"{junit} is not there: it is written by `make test`") from None
    except (OSError, ElementTree.ParseError) as error:
        raise RuleBroken(f"{junit} cannot be read: {error}; run `make test` again") from None
    for case in root.iter("testcase"):
        named = [p.get("value", "") for p in case.iter("property") if p.get("name") == "article"]
        rows = tuple(dict.fromkeys(row for name in named if (row := row_of(name))))
        if rows:
            ended = {child.tag for child in case}
            yield Ran(f"{case.get('classname')}::{case.get('name')}", rows, not ended & {"failure", "error", "skipped"})


def row_of(name: str) -> str | None:
    """The row that `R18.3`, say, belongs to: that of the paragraph, else that of the whole article."""
    return name if name in ROWS else whole if (whole := name.partition(".")[0]) in ROWS else None
