"""`smartdesk number`: assigned numbers."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("number", "Numbers: the pool, and those that calls arrive on (R7.1).")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="As 0312345678 or +81312345678.")]
Reason = Annotated[str, typer.Option(help="Why; stays in the number's history.")]
By = Annotated[str | None, typer.Option(help="Who says so; default: operations.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    number: Annotated[
        str | None,
        typer.Argument(metavar="[NUMBER]", help="As 0312345678; without one the longest free one of the pool."),
    ] = None,
    *,
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
def release(number: Number, reason: Annotated[str | None, typer.Option(help="Why.")] = None, by: By = None) -> None:
    """Take a number back, into quarantine; its cases and its history stay."""
    answer = ask("number.release", number=number, reason=reason, by=by)
    show.done(answer, f"released {answer['number']}")


@app.command(epilog=frame.EVERYWHERE)
def stock(
    numbers: Annotated[list[str], typer.Argument(metavar="NUMBER...", help="As 0312345678 or +81312345678.")],
    carrier: Annotated[str, typer.Option(help="Whose exchange they are on.")] = "",
    by: By = None,
) -> None:
    """Put numbers into the pool; they can be assigned from now on."""
    answer = ask("number.stock", numbers=numbers, carrier=carrier, by=by)
    show.done(answer, f"new in the pool: {', '.join(one['number'] for one in answer)}")


@app.command(epilog=frame.EVERYWHERE)
def pool() -> None:
    """Every number of the pool and where it stands today."""
    show.rows(ask("number.pool"), "number", "state", "since", "until", "carrier", "subscriber")


@app.command(epilog=frame.EVERYWHERE)
def history(number: Number) -> None:
    """All that became of a number."""
    show.rows(ask("number.history", number=number), "at", "event", "subscriber", "reason", "by")


@app.command(epilog=frame.EVERYWHERE)
def refuse(
    subscriber: Annotated[str, typer.Argument(metavar="SUBSCRIBER", help="Or the id of one of several contracts.")],
    reason: Reason,
    number: Annotated[str | None, typer.Option(help="The number that was asked for, if any.")] = None,
    by: By = None,
) -> None:
    """R7.1: keep on record that a number cannot be given, and why."""
    answer = ask("number.refuse", contract=subscriber, number=number, reason=reason, by=by)
    show.done(answer, f"refused {answer['number'] or 'a number'} to {subscriber}: {reason}")


@app.command("port-in", epilog=frame.EVERYWHERE)
def port_in(number: Number, carrier: Annotated[str, typer.Option(help="From whom.")], by: By = None) -> None:
    """A number comes from another carrier into the pool."""
    answer = ask("number.port-in", number=number, carrier=carrier, by=by)
    show.done(answer, f"{answer['number']} came from {carrier}; it is free")


@app.command("port-out", epilog=frame.EVERYWHERE)
def port_out(
    number: Number, carrier: Annotated[str, typer.Option(help="To whom.")], reason: Reason, by: By = None
) -> None:
    """A number leaves to another carrier; taken from its contract first."""
    answer = ask("number.port-out", number=number, carrier=carrier, reason=reason, by=by)
    show.done(answer, f"{answer['number']} went to {carrier}")


@app.command(epilog=frame.EVERYWHERE)
def free(number: Number, reason: Reason, by: By = None) -> None:
    """End a number's quarantine before its time."""
    answer = ask("number.free", number=number, reason=reason, by=by)
    show.done(answer, f"{answer['number']} is free")
