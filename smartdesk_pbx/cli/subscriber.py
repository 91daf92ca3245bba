"""`smartdesk subscriber`: who holds a contract."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("subscriber", "Subscribers: who holds a contract, and the name that is announced for them.")

Slug = Annotated[str, typer.Argument(metavar="SUBSCRIBER", help="Short name: small letters, digits, hyphens.")]
Announced = Annotated[str | None, typer.Option(help="The announced name (R2.3); default: the name.")]
Reading = Annotated[str | None, typer.Option(help="How the announced name is spoken; default: as it is written.")]
Emergency = Annotated[str | None, typer.Option(help="Emergency number (R8.2); kept sealed.")]
Language = Annotated[str | None, typer.Option(help="ja or en.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    subscriber: Slug,
    name: Annotated[str, typer.Option(help="Full name, as on invoices.")],
    announced: Announced = None,
    reading: Reading = None,
    emergency: Emergency = None,
    language: Language = None,
    plan: Annotated[str | None, typer.Option(help="Open a contract on this plan at once.")] = None,
) -> None:
    """Add a subscriber; with --plan also an active contract."""
    answer = ask(
        "subscriber.add",
        subscriber=subscriber,
        name=name,
        announced_name=announced,
        announced_reading=reading,
        emergency=emergency,
        language=language,
        plan=plan,
    )
    show.done(answer, f"added subscriber {subscriber}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All subscribers."""
    show.rows(ask("subscriber.list"), "subscriber", "name", "announced_name", "language", "emergency")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(subscriber: Slug) -> None:
    """One subscriber with contracts and numbers."""
    show.one(ask("subscriber.show", subscriber=subscriber))


@app.command(epilog=frame.EVERYWHERE)
def change(
    subscriber: Slug,
    announced: Announced = None,
    reading: Reading = None,
    emergency: Emergency = None,
    no_emergency: Annotated[bool, typer.Option("--no-emergency", help="Take the emergency number off file.")] = False,
) -> None:
    """Change the announced name or the emergency number; the next call has it."""
    answer = ask(
        "subscriber.change",
        subscriber=subscriber,
        announced_name=announced,
        announced_reading=reading,
        emergency="" if no_emergency else emergency,
    )
    show.done(answer, f"changed subscriber {subscriber}")
