"""`smartdesk invoice pdf|html|mail`: documents as papers (R16.1)."""

from base64 import b64decode
from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask, here
from smartdesk_pbx.cli.files import write_private
from smartdesk_pbx.cli.invoice import app

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1)]
Out = Annotated[Path | None, typer.Option("--out", help="Where to write; default: a file of its name, here.")]


@app.command(epilog=frame.EVERYWHERE)
def pdf(number: Number, out: Out = None) -> None:
    """Write an invoice as PDF, its Japanese font embedded."""
    _print(number, "pdf", out)


@app.command(epilog=frame.EVERYWHERE)
def html(number: Number, out: Out = None) -> None:
    """Write an invoice as one HTML page."""
    _print(number, "html", out)


def _print(number: int, format: str, out: Path | None) -> None:
    answer = here("invoice.print", invoice=number, format=format)
    file = out or Path(answer["file"])
    write_private(file, b64decode(answer.pop("content")))
    show.done(answer | {"file": str(file)}, f"wrote {file}")


@app.command(epilog=frame.EVERYWHERE)
def mail(
    number: Annotated[int | None, typer.Argument(metavar="NUMBER", min=1)] = None,
    month: Annotated[str | None, typer.Option(help="Or: all documents of this month, as 2026-11.")] = None,
    to: Annotated[str | None, typer.Option(help="Instead of the subscriber's own addresses.")] = None,
) -> None:
    """Mail an invoice to its subscriber: from then on the amount is frozen. What was sent is not sent again."""
    if (number is None) == (month is None):
        raise typer.BadParameter("name an invoice, or a month with --month")
    if month is not None:
        found = here("invoice.mail-month", month=month)
        return show.rows(found, "number", "addresses", "letters", empty=f"no documents of {month}")
    answer = ask("invoice.mail", invoice=number, to=to)
    queued, known = answer["letters"], answer["addresses"] - answer["letters"]
    show.done(answer, f"invoice {number}: {queued} letters queued" + (f", {known} sent before" if known else ""))
