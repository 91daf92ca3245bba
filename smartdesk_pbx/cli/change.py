"""`smartdesk change`: changes of what a subscriber has registered."""

from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("change", "Registered details of subscribers: requests to change them, every version (R14).")

Subscriber = Annotated[str, typer.Argument(metavar="SUBSCRIBER")]
Request = Annotated[str, typer.Argument(metavar="REQUEST", help="Its id.")]
By = Annotated[str | None, typer.Option(help="Who says so.")]
FIELDS = "name, address, phone, mail, announced_name, emergency_number, forward_sources or notification_targets."
Field = Annotated[str, typer.Argument(metavar="DETAIL", help=FIELDS)]
Value = Annotated[
    list[str] | None, typer.Argument(metavar="[VALUE...]", help="Several for lists; a name, then its reading.")
]
Number = Annotated[str | None, typer.Option(help="The assigned number whose forward sources these are.")]


@app.command(epilog=frame.EVERYWHERE)
def request(subscriber: Subscriber, field: Field, value: Value = None, number: Number = None) -> None:
    """Ask for a change. That of the emergency number is in force at once (R8.2), others wait for approval."""
    _told(ask("change.request", subscriber=subscriber, field=field, value=value or [], number=number))


@app.command(epilog=frame.EVERYWHERE)
def register(subscriber: Subscriber, field: Field, value: Value = None, number: Number = None, by: By = None) -> None:
    """Change a detail yourself: asked and approved in one step."""
    _told(ask("change.register", subscriber=subscriber, field=field, value=value or [], number=number, by=by))


def _told(answer: dict[str, Any]) -> None:
    what = f"{answer['field']} of {answer['subscriber']}"
    said = f"in force as version {answer['version']}" if answer["version"] else f"waits: request {answer['request']}"
    show.done(answer, f"{what} {said}")


@app.command(epilog=frame.EVERYWHERE)
def approve(request: Request, by: By = None) -> None:
    """Put a change into force."""
    answer = ask("change.approve", request=request, by=by)
    show.done(answer, f"{answer['field']} of {answer['subscriber']} in force as version {answer['version']}")


@app.command(epilog=frame.EVERYWHERE)
def refuse(
    request: Request, reason: Annotated[str, typer.Option(help="Told to the subscriber.")], by: By = None
) -> None:
    """Refuse a change; the subscriber is told why."""
    answer = ask("change.refuse", request=request, reason=reason, by=by)
    show.done(answer, f"refused {answer['field']} of {answer['subscriber']}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    subscriber: Annotated[str | None, typer.Option(help="Of this one alone.")] = None,
    state: Annotated[str | None, typer.Option(help="asked, approved, refused or withdrawn.")] = None,
) -> None:
    """All requests, oldest first."""
    answer = ask("change.list", subscriber=subscriber, state=state)
    show.rows(answer, "request", "subscriber", "field", "number", "state", "asked_at", "asked_by", "reason")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(request: Request) -> None:
    """One request with the value asked for."""
    show.one(ask("change.show", request=request), leave_out=("version",))


@app.command(epilog=frame.EVERYWHERE)
def history(
    subscriber: Subscriber,
    field: Annotated[str | None, typer.Argument(metavar="[DETAIL]", help=FIELDS)] = None,
) -> None:
    """Every version of what a subscriber has registered."""
    answer = ask("change.history", subscriber=subscriber, field=field)
    show.rows(answer, "field", "number", "version", "value", "at", "by", "request")
