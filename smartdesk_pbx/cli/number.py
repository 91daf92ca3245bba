"""`smartdesk number`: assigned numbers."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("number", "Assigned numbers: the numbers that calls arrive on.")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="As 0312345678 or +81312345678.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    number: Number,
    subscriber: Annotated[str, typer.Option(help="Subscriber, or the id of one of several contracts.")],
    flow: Annotated[str | None, typer.Option(help="Published flow that answers; the newest version.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="R2.2: number that forwards here; may be repeated.")] = None,
) -> None:
    """Assign a number to a subscriber's contract."""
    answer = ask("number.add", number=number, contract=subscriber, flow=flow, sources=source or [])
    show.done(answer, f"assigned {answer['number']} to {subscriber}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All assigned numbers."""
    show.rows(ask("number.list"), "number", "subscriber", "contract_state", "flow", "flow_version")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(number: Number) -> None:
    """One assigned number."""
    show.one(ask("number.show", number=number))


@app.command(epilog=frame.EVERYWHERE)
def release(number: Number) -> None:
    """Take a number back; its cases and its history stay."""
    answer = ask("number.release", number=number)
    show.done(answer, f"released {answer['number']}")
