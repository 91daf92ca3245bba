"""Printing a story as it happens: when, who, what."""

import asyncio
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

BOARD = "desk"
"""Who speaks when it is the switchboard itself."""
COLOURS = {"caller": "cyan", BOARD: "magenta"}
AGENT_COLOUR = "green"

Words = str | Text | tuple[str, str]
"""A piece of a line: plain, styled text, or (text, style)."""


class Teller:
    """Tells one story. `began_s`: the running time from which its times count (monotonic seconds)."""

    def __init__(self, console: Console, began_s: float) -> None:
        self.console, self.began_s = console, began_s

    def scene(self, title: str) -> None:
        """A heading."""
        self.console.print()
        self._show(Rule(Text(title, "bold"), align="left", style="dim"))

    def line(self, who: str, *what: Words, at_s: float | None = None) -> None:
        """One thing that happened, now or at a running time."""
        at_s = asyncio.get_running_loop().time() if at_s is None else at_s
        row = Table.grid(padding=(0, 2, 0, 0), expand=True)
        row.add_column(width=7, justify="right", style="dim", no_wrap=True)
        row.add_column(width=6, no_wrap=True)
        row.add_column(ratio=1, overflow="fold")
        row.add_row(f"{at_s - self.began_s:.1f} s", Text(who, COLOURS.get(who, AGENT_COLOUR)), _joined(what))
        self._show(row)

    def note(self, *what: Words) -> None:
        """Something to read, under no time."""
        self._show(Padding(_joined(what), (0, 0, 0, 2)))

    def gap(self) -> None:
        """An empty line."""
        self.console.print()

    def table(self, rows: Sequence[Sequence[Words]], *, head: Sequence[str] = (), bold_first: bool = False) -> None:
        """Rows in columns, the last one as wide as there is room."""
        columns = len(rows[0]) if rows else 0
        table = Table(box=None, show_header=bool(head), pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        for n in range(columns):
            title = head[n] if head else ""
            last = n == columns - 1
            table.add_column(
                title, style="bold" if bold_first and n == 0 else "", no_wrap=not last, overflow="fold",
                ratio=1 if last else None,
            )  # fmt: skip
        for row in rows:
            table.add_row(*(_joined((cell,)) for cell in row))
        self._show(Padding(table, (0, 0, 0, 2)))

    def _show(self, what: RenderableType) -> None:
        """In a log no line ends in blanks."""
        if self.console.is_terminal:
            return self.console.print(what)
        with self.console.capture() as captured:
            self.console.print(what)
        for line in captured.get().splitlines():
            self.console.out(line.rstrip(), highlight=False)


def _joined(what: Sequence[Words]) -> Text:
    return Text.assemble(*what)


def short(text: str, most: int = 28) -> str:
    """The beginning of a longer text, in quotes. `most`: columns, of which a Japanese character takes two."""
    return f"「{text if cell_len(text) <= most else set_cell_size(text, most - 2).rstrip() + '…'}」"
