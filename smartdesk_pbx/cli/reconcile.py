"""`smartdesk reconcile`: do the switch, the cases and the ledger agree?"""

from datetime import datetime
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("reconcile", "Reconciliation: Asterisk's call records against cases against the ledger, day by day.")

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day in Tokyo.")]
Item = Annotated[str, typer.Argument(metavar="ITEM", help="Id of the difference.")]


@app.command(epilog=frame.EVERYWHERE)
def run(
    day: Annotated[
        datetime | None, typer.Argument(metavar="DAY", formats=["%Y-%m-%d"], help="Default: yesterday.")
    ] = None,
) -> None:
    """Compare one day. Status 1 while a difference of that day is unexplained."""
    answer = ask("reconcile.run", day=_iso(day))
    line = (
        f"{answer['day']}: {answer['records']} call records, {answer['cases']} cases, {answer['entries']} judgements: "
        f"{answer['differences']} differences, {answer['open']} unexplained"
    )
    late = "" if answer["records_complete"] else " (Asterisk's records of the day are not all read yet)"
    show.done(answer, line + late)
    if answer["open"]:
        raise typer.Exit(1)


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    state: Annotated[str, typer.Option(metavar="open|explained|closed|vanished|all")] = "open", day: Day = None
) -> None:
    """Differences; those unexplained unless another state is named."""
    answer = ask("reconcile.list", state=state, day=_iso(day))
    columns = ("id", "day", "kind", "call_id", "said", "state", "reason")
    show.rows(answer, *(columns[:5] if state == "open" else columns))


@app.command(epilog=frame.EVERYWHERE)
def days(limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 31) -> None:
    """The days that were compared."""
    show.rows(ask("reconcile.days", limit=limit), "day", "records", "cases", "entries", "differences", "open", "run_at")


@app.command(epilog=frame.EVERYWHERE)
def explain(item: Item, reason: Annotated[str, typer.Option(help="What it was.")]) -> None:
    """Say why a difference came about."""
    show.done(ask("reconcile.explain", item=item, reason=reason), f"{item} is explained")


@app.command(epilog=frame.EVERYWHERE)
def close(item: Item, reason: Annotated[str, typer.Option(help="How it was settled.")]) -> None:
    """Settle a difference."""
    show.done(ask("reconcile.close", item=item, reason=reason), f"{item} is closed")


def _iso(day: datetime | None) -> str | None:
    return day.date().isoformat() if day else None
