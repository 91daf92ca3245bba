"""R9: `contract onboarding`, `tick` and `live`."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.contract_requests import By, Contract

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog=frame.EVERYWHERE)
def onboarding(contract: Contract) -> None:
    """The checklist: what is ready, by whom, and what to do about the rest."""
    answer = ask("contract.onboarding", contract=contract)
    if frame.frame().json:
        return show.as_json(answer)
    show.rows(answer["items"], "item", "ready", "by", "detail", "at")
    if answer["live_on"]:
        print(f"live since {answer['live_on']}")
    else:
        print("ready: smartdesk contract live" if answer["ready"] else "not ready to go live")


@app.command(epilog=frame.EVERYWHERE)
def tick(
    contract: Contract,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Of the checklist.")],
    reason: Annotated[str | None, typer.Option(help="What was seen or agreed.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the tick away.")] = False,
    by: By = None,
) -> None:
    """Answer for an item that does not show by itself."""
    answer = ask("contract.tick", contract=contract, item=item, reason=reason, undo=undo or None, by=by)
    still = [one["item"] for one in answer["items"] if not one["ready"]]
    show.done(answer, f"{item}: {'not ticked' if undo else 'ticked'}; open: {', '.join(still) or 'nothing'}")


@app.command(epilog=frame.EVERYWHERE)
def live(
    contract: Contract,
    override: Annotated[str | None, typer.Option(metavar="REASON", help="Go live although items are open.")] = None,
    by: By = None,
) -> None:
    """R9: answer calls from now on."""
    answer = ask("contract.live", contract=contract, override=override, by=by)
    show.done(answer, f"contract {answer['contract']} is live since {answer['live_on']}")
