"""`smartdesk terms`: versions of the terms of service, and who consented to them."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.coverage import coverage
from smartdesk_pbx.cli.files import text_of

app = frame.noun("terms", "Terms of service: versions, notice a month ahead, consent (R4.1, R31).")

app.command(epilog=frame.EVERYWHERE)(coverage)

By = Annotated[str | None, typer.Option(help="Who says so; default: operations.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The whole text, UTF-8.")],
    version: Annotated[str, typer.Option(help="Its name, as 2027-01.")],
    effective: Annotated[
        str | None, typer.Option(help="YYYY-MM-DD; default: the first day that a month's notice allows.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Default: 利用規約.")] = None,
    by: By = None,
) -> None:
    """Add a version; every subscriber is told at once (R31.3: one month ahead)."""
    answer = ask("terms.add", text=text_of(file), version=version, effective_on=effective, title=title, by=by)
    show.done(answer, f"terms {answer['version']} come into force on {answer['effective_on']}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All versions, in the order in which they come into force."""
    show.rows(ask("terms.list"), "version", "title", "effective_on", "state", "consents", "missing", "sha256")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]", help="Default: the one in force.")] = None,
) -> None:
    """One version with its text."""
    answer = ask("terms.show", version=version)
    show.one(answer, leave_out=("text",))
    if not frame.frame().json:
        print("", answer["text"].rstrip("\n"), sep="\n")


@app.command(epilog=frame.EVERYWHERE)
def consents(
    subscriber: Annotated[str | None, typer.Option(help="Of this one alone.")] = None,
    version: Annotated[str | None, typer.Option(help="To this version alone.")] = None,
) -> None:
    """Who consented to which version, when and how."""
    answer = ask("terms.consents", subscriber=subscriber, version=version)
    show.rows(answer, "subscriber", "version", "at", "how", "by")


@app.command(epilog=frame.EVERYWHERE)
def consent(
    subscriber: Annotated[str, typer.Argument(metavar="SUBSCRIBER")],
    version: Annotated[str, typer.Argument(metavar="VERSION")],
    by: By = None,
) -> None:
    """Record a consent that was given in writing."""
    answer = ask("terms.consent", subscriber=subscriber, version=version, by=by)
    show.done(answer, f"{answer['subscriber']} consented to {answer['version']} in writing")
