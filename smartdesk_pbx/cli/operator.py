"""`smartdesk operator`: who issues the invoices."""

from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("operator", "The operator's own details, as invoices name them.")


@app.command("set", epilog=frame.EVERYWHERE)
def set_details(
    name: Annotated[str | None, typer.Option(help="The company's name.")] = None,
    address: Annotated[str | None, typer.Option()] = None,
    registration: Annotated[str | None, typer.Option(help="T and 13 digits; its check digit is verified.")] = None,
    phone: Annotated[str | None, typer.Option()] = None,
    bank: Annotated[str | None, typer.Option(help="Where to pay, as it is printed on invoices.")] = None,
) -> None:
    """Set what invoices say about us; what is not given stays. Invoices issued before keep what they said."""
    given = {"name": name, "address": address, "registration": registration, "phone": phone, "bank": bank}
    answer = ask("operator.set", **given)
    show.done(answer, f"version {answer['version']}: {answer['issuer']['name']}, {answer['issuer']['registration']}")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one() -> None:
    """The details in force."""
    answer: dict[str, Any] = ask("operator.show")
    if frame.frame().json:
        return show.as_json(answer)
    show.one({**answer["issuer"], "version": answer["version"], "since": answer["at"]})
