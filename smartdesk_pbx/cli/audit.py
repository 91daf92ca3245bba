"""`smartdesk audit`: who changed what, and who looked at whose data (R23, R25)."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("audit", "The audit trail: every change and every look at personal data (R23).")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    since: Annotated[str | None, typer.Option(help="From this day on, as 2026-11-01.")] = None,
    who: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    did: Annotated[str | None, typer.Option(help="change, look, sign_in, sign_in_no or refused.")] = None,
    limit: Annotated[int, typer.Option(help="How many lines.")] = 200,
) -> None:
    """The latest lines, newest first."""
    found = ask("audit.list", since=since, who=who, did=did, limit=limit)
    show.rows(found, "at", "who", "role", "did", "operation", "about", "fields", "why")
