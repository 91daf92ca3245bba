"""Printing answers: JSON for programs, tables for people."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from smartdesk_pbx.cli.frame import frame

PIPED_WIDTH = 240


def rows(answer: Sequence[Mapping[str, Any]], *columns: str, empty: str = "none") -> None:
    """A list: a JSON array of whole objects, or a table of these columns."""
    if frame().json:
        return as_json(answer)
    if not answer:
        return print(empty)
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in answer:
        table.add_row(*(text(row.get(column)) for column in columns))
    printed(table)


def one(answer: Mapping[str, Any], *, leave_out: Sequence[str] = ()) -> None:
    """One thing: a JSON object, or a line for each of its fields."""
    if frame().json:
        return as_json(answer)
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in answer.items():
        if name not in leave_out:
            table.add_row(name.replace("_", " "), text(value))
    printed(table)


def done(answer: Any, line: str) -> None:
    """What a change says: the JSON answer, or one line."""
    if frame().json:
        as_json(answer)
    else:
        print(line)


def as_json(answer: Any) -> None:
    """The answer as it came, for programs."""
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def text(value: Any) -> str:
    """A value as one reads it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={text(v)}" for k, v in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(text(v) for v in value) or "-"
    return str(value)


def for_programs() -> bool:
    """True when the answer is wanted as JSON."""
    return frame().json


def printed(table: Any) -> None:
    """Print a table or a tree of rich, as wide as it needs where no terminal limits it."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        # A pipe has no width; what is cut off there is lost for grep.
        console = Console(markup=False, highlight=False, width=PIPED_WIDTH)
    console.print(table)
