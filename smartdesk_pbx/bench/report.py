"""What is told of a run: a table of all figures with their bars, where the time goes, and what was missed."""

from collections.abc import Iterator, Mapping
from math import isfinite

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from smartdesk_pbx.bench.figures import Figure, Part, Sheet

BUSY = 0.5
"""A machine on which more than that was running before is not quiet."""
STYLES = {"met": "green", "MISSED": "bold red"}
ROUGH = "short run"
FUNCTIONS = 10


def tell(sheet: Sheet, console: Console) -> None:
    """Print everything."""
    console.print(Text(told_machine(sheet.machine)))
    if busy(sheet.machine):
        console.print(Text("The machine was busy already when the run began: its figures are too high.", "yellow"))
    console.print(_table(sheet))
    for part in sheet.parts:
        if part.name == "top":
            _tell_top(part, console)
    for name, why in sheet.failed.items():
        console.print(Text(f"{name}: not measured: {why}", "bold red"))
    for line in verdict(sheet):
        console.print(Text(line, "bold" if sheet.good else "bold red"))


def told_machine(machine: Mapping[str, object]) -> str:
    """One line of where and when."""
    known = {"asterisk": "Asterisk", "python": "Python", "sqlite": "SQLite"}
    versions = [f"{shown} {machine[name]}" for name, shown in known.items() if name in machine]
    where = [f"{machine.get('cores', '?')} × {machine.get('processor', '?')}", machine.get("kernel", "?")]
    return ", ".join(map(str, [machine.get("at", "?"), *where, *versions]))


def busy(machine: Mapping[str, object]) -> bool:
    """Did others work on the machine when the run began?"""
    load = machine.get("busy_before")
    return isinstance(load, float) and load > BUSY


def rows(sheet: Sheet) -> Iterator[tuple[str, str, str, str]]:
    """Figure, value, bar and what became of it, as text; an empty row before each part but the first."""
    for number, part in enumerate(part for part in sheet.parts if part.figures):
        if number:
            yield "", "", "", ""
        for figure in part.figures:
            yield figure.name, f"{number_text(figure.value)} {figure.unit}".rstrip(), bar_text(figure), mark(figure)


def number_text(value: float) -> str:
    """Three digits that count, no exponent: 1.23, 12.3, 123, 12,345."""
    if not isfinite(value):
        return "none"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def bar_text(figure: Figure) -> str:
    """The bar with its sign; empty for a figure that has none."""
    return "" if figure.bar is None else f"{'≤' if figure.at_most else '≥'} {figure.bar:g}"


def mark(figure: Figure) -> str:
    """`met`, `MISSED`, what a bar would say that does not count in a short run, or nothing."""
    if figure.bar is None:
        return ""
    if figure.rough:
        return f"{ROUGH}: {'beyond' if figure.beyond else 'within'}"
    return "MISSED" if figure.missed else "met"


def verdict(sheet: Sheet) -> list[str]:
    """The last lines: how many bars were met, and by how much the others were missed."""
    bars = [figure for figure in sheet.figures if figure.bar is not None]
    counted, missed = [figure for figure in bars if not figure.rough], sheet.missed
    lines = [f"missed: {figure.name}: {number_text(figure.value)}, bar {bar_text(figure)}" for figure in missed]
    lines.append(f"{len(counted) - len(missed)} of {len(counted)} bars met")
    if rough := len(bars) - len(counted):
        lines[-1] += f"; {rough} more need a whole run"
    return lines


def _table(sheet: Sheet) -> Table:
    table = Table("", Column("measured", justify="right"), "bar", "", box=None, pad_edge=False)
    for name, value, bar, said in rows(sheet):
        table.add_row(name, value, bar, Text(said, STYLES.get(said, "dim")))
    return table


def _tell_top(part: Part, console: Console) -> None:
    for load, found in part.raw.items():
        console.print(
            Text(f"\nwhere the daemon's time goes, {load} ({found['samples']} looks; {found['flame']})", "bold")
        )
        for name in ("rooms", "threads"):
            console.print(Text(f"{name}: {shares(found[name])}"))
        columns = (Column(name, justify="right") for name in ("own", "with callees"))
        table = Table(*columns, "", box=None, pad_edge=False)
        for row in found["functions"][:FUNCTIONS]:
            table.add_row(f"{row['own']:.1f} %", f"{row['all']:.1f} %", f"{row['function']}  {row['file']}")
        console.print(table)


def shares(percents: Mapping[str, float]) -> str:
    """`store 43 %, asterisk 10 %, …`, without what is less than half a percent."""
    return ", ".join(f"{name} {percent:.0f} %" for name, percent in percents.items() if percent >= 0.5)
