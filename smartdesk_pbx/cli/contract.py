"""`smartdesk contract`: contracts, their state and settings."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("contract", "Contracts: a subscriber on a plan, with settings of their own (R3).")

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    subscriber: Annotated[str, typer.Argument(metavar="SUBSCRIBER")],
    plan: Annotated[str, typer.Option(help="Short name of the plan.")],
    setting: Annotated[list[str] | None, typer.Option(help="NAME=VALUE over the plan; may be repeated.")] = None,
) -> None:
    """Open a further contract, active from today."""
    answer = ask("contract.add", subscriber=subscriber, plan=plan, settings=setting or [])
    show.done(answer, f"opened contract {answer['contract']}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All contracts."""
    show.rows(ask("contract.list"), "contract", "subscriber", "plan", "state", "started_on", "ended_on")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(contract: Contract) -> None:
    """One contract; each setting in force and where it comes from."""
    answer = ask("contract.show", contract=contract)
    show.one(answer, leave_out=("settings",))
    if not frame.frame().json:
        show.rows(answer["settings"], "name", "value", "source", "description")


@app.command("set", epilog=frame.EVERYWHERE)
def set_one(
    contract: Contract,
    setting: Annotated[list[str], typer.Argument(metavar="NAME=VALUE", help="NAME= goes back to the plan's.")],
) -> None:
    """Set settings of one contract over those of its plan."""
    show.done(ask("contract.set", contract=contract, settings=setting), f"set {', '.join(setting)}")


@app.command(epilog=frame.EVERYWHERE)
def suspend(contract: Contract) -> None:
    """R8.5: callers hear a neutral announcement, no human answers."""
    _state(contract, "suspended")


@app.command(epilog=frame.EVERYWHERE)
def resume(contract: Contract) -> None:
    """Answer calls again."""
    _state(contract, "active")


@app.command(epilog=frame.EVERYWHERE)
def end(contract: Contract) -> None:
    """End a contract today. It cannot be opened again."""
    _state(contract, "ended")


def _state(contract: str, state: str) -> None:
    answer = ask("contract.state", contract=contract, state=state)
    show.done(answer, f"contract {answer['contract']} is {state}")
