"""`smartdesk bench`: measure this switchboard on this machine, beside a twin of dialplan alone."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smartdesk_pbx.cli import frame
from smartdesk_pbx.cli.frame import say

if TYPE_CHECKING:
    from smartdesk_pbx.bench.figures import Sheet

FOLDER = "bench"
WIDTH = 110


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Under two minutes: some bars do not count.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Measure this part alone; can be repeated.")] = None,
    to: Annotated[Path | None, typer.Option(help="Where the results go; default: HOME/bench.")] = None,
) -> int:
    """Make real calls and measure: CPU, delays, memory, the ledger, starts. Writes bench.json, bench.png and
    flame-….svg. Status 1 when a bar is missed.

    Parts: self-service, full-load, one-minute, escalated, top, held, start, ledger.
    """
    from smartdesk_pbx.bench.run import Order, measure

    order = Order((to or frame.home() / FOLDER).expanduser().absolute(), quick, only or ())
    began_s = time.monotonic()
    sheet = measure(order, frame.settings(), lambda line: say(f"{time.monotonic() - began_s:4.0f} s  {line}"))
    return finish(sheet, order.folder)


def finish(sheet: "Sheet", folder: Path) -> int:
    """Tell and write what was measured; 0 when all of it was and no bar was missed."""
    from rich.console import Console

    from smartdesk_pbx.bench.report import tell
    from smartdesk_pbx.bench.run import write

    files = write(sheet, folder)
    if frame.frame().json:
        print(files[0].read_text("utf-8"), end="")
    else:
        console = Console(markup=False, highlight=False, emoji=False)
        if not console.is_terminal:
            console.width = WIDTH
        tell(sheet, console)
        console.print(" ".join(map(str, files)), soft_wrap=True)
    return 0 if sheet.good else 1
