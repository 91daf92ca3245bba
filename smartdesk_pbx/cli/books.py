"""`smartdesk books`: the books for the accountant."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import here
from smartdesk_pbx.cli.files import write_private

app = frame.noun("books", "Books: double entry for the accountant; journal, sums, tax.")

Month = Annotated[str | None, typer.Option(help="As 2026-11.")]
Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on.")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="To this day, included.")]


def _span(month: str | None, since: datetime | None, until: datetime | None) -> dict[str, object]:
    days = {"since": since, "until": until}
    return {"month": month, **{name: day.date().isoformat() if day else None for name, day in days.items()}}


@app.command(epilog=frame.EVERYWHERE)
def export(
    file: Annotated[Path, typer.Argument(help="The CSV to write.")],
    month: Month = None,
    since: Since = None,
    until: Until = None,
    shift_jis: Annotated[bool, typer.Option("--shift-jis", help="In Shift_JIS, for older programs.")] = False,
) -> None:
    """The journal as CSV: a line per posting, nothing in it that a spreadsheet would run."""
    answer = here("books.export", **_span(month, since, until))
    content = answer.pop("csv")
    write_private(file, content.encode("cp932", "replace") if shift_jis else content.encode("utf-8-sig"))
    show.done(answer | {"file": str(file)}, f"{file}: {answer['entries']} entries")


@app.command(epilog=frame.EVERYWHERE)
def summary(month: Month = None, since: Since = None, until: Until = None) -> None:
    """Every account: before, debits, credits, after; debits positive."""
    found = here("books.summary", **_span(month, since, until))
    show.rows(found, "code", "title", "before_yen", "debit_yen", "credit_yen", "after_yen", empty="nothing booked")


@app.command(epilog=frame.EVERYWHERE)
def tax(month: Month = None, since: Since = None, until: Until = None) -> None:
    """Sales and tax per rate, credit notes taken off."""
    show.rows(here("books.tax", **_span(month, since, until)), "rate", "base_yen", "tax_yen")


@app.command(epilog=frame.EVERYWHERE)
def check() -> int:
    """Do the books balance, and do they agree with what is owed? Exit status 1 when not."""
    answer = here("books.check")
    line = f"{answer['entries']} entries, {answer['documents']} documents, {answer['receivable_yen']} yen owed: "
    show.done(answer, line + ("all balanced" if not answer["problems"] else "\n".join(answer["problems"])))
    return 1 if answer["problems"] else 0
