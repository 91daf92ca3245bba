"""`smartdesk party`: parties whose use was revoked (R4.2 ③)."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("party", "Formerly revoked parties: applications that fit one are flagged (R4.2).")


@app.command(epilog=frame.EVERYWHERE)
def add(
    name: Annotated[str, typer.Option(help="Name of the company or person.")],
    code: Annotated[str, typer.Option(help="Of Article 19.1 or 27.4; contract reasons lists them.")],
    reason: Annotated[str, typer.Option(help="What happened; kept inside.")],
    phone: Annotated[str | None, typer.Option(help="As 0312345678.")] = None,
    address: Annotated[str | None, typer.Option()] = None,
    by: Annotated[str | None, typer.Option(help="Who enters it; default: operations.")] = None,
) -> None:
    """Enter a party by hand; terminating a contract does it by itself."""
    answer = ask("party.add", name=name, code=code, reason=reason, phone=phone, address=address, by=by)
    show.done(answer, f"party {answer['party']} is listed")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All parties, those taken off too."""
    show.rows(
        ask("party.list"), "party", "name", "phone", "address", "reason_code", "reason", "listed_at", "removed_at"
    )


@app.command(epilog=frame.EVERYWHERE)
def remove(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Its id.")],
    reason: Annotated[str, typer.Option(help="Why it flags nobody any more.")],
) -> None:
    """Take a party off the list."""
    answer = ask("party.remove", party=party, reason=reason)
    show.done(answer, f"party {answer['party']} is off the list")
