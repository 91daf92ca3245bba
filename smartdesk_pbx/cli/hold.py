"""`smartdesk hold`: legal holds."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("hold", "Legal holds: what must not be erased while a dispute or an inquiry lasts (R23).")


@app.command(epilog=frame.EVERYWHERE)
def add(
    reason: Annotated[str, typer.Option(help="Why it must be kept.")],
    case: Annotated[str | None, typer.Option(help="This case.")] = None,
    caller: Annotated[str | None, typer.Option(help="All cases of this caller's number.")] = None,
    contract: Annotated[str | None, typer.Option(help="All cases of this contract.")] = None,
    subscriber: Annotated[str | None, typer.Option(help="All of this subscriber.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="All there is.")] = False,
) -> None:
    """Keep something, whatever its age, until the hold is released."""
    answer = ask(
        "hold.add", case=case, caller=caller, contract=contract, subscriber=subscriber, everything=everything,
        reason=reason,
    )  # fmt: skip
    show.done(answer, f"hold {answer['id']} on {answer['scope']} {answer['subject']}".rstrip())


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    released: Annotated[bool, typer.Option("--released", help="Those that ended, too.")] = False,
) -> None:
    """Holds in force, oldest first."""
    columns = ("id", "scope", "subject", "placed_at", "reason", "released_at", "release_reason")
    show.rows(ask("hold.list", released=released), *(columns if released else columns[:5]))


@app.command(epilog=frame.EVERYWHERE)
def release(
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="Id of the hold.")],
    reason: Annotated[str, typer.Option(help="Why it ends.")],
) -> None:
    """End a hold; what has outlived its time goes with the next run."""
    answer = ask("hold.release", hold=hold, reason=reason)
    show.done(answer, f"hold {hold} is released")
