"""`smartdesk call`: calls under way."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask_live

app = frame.noun("call", "Calls under way; needs the running daemon.")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """Calls under way now."""
    show.rows(ask_live("call.list"), "call_id", "number", "where", "agent", "since", empty="no calls")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(call: Annotated[str, typer.Argument(metavar="CALL", help="Id of the call.")]) -> None:
    """One call under way."""
    show.one(ask_live("call.show", call=call))
