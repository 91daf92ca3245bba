"""`smartdesk contract`: contracts and their settings; requests, states and onboarding stand in files of their own."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import contract_onboarding, contract_requests, contract_states, frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("contract", "Contracts: a subscriber on a plan, with settings of their own (R3), from start to end.")

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    subscriber: Annotated[str, typer.Argument(metavar="SUBSCRIBER")],
    plan: Annotated[str, typer.Option(help="Short name of the plan.")],
    setting: Annotated[list[str] | None, typer.Option(help="NAME=VALUE over the plan; may be repeated.")] = None,
) -> None:
    """Open a further contract, active from today, without application and checklist."""
    answer = ask("contract.add", subscriber=subscriber, plan=plan, settings=setting or [])
    show.done(answer, f"opened contract {answer['contract']}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All contracts."""
    show.rows(ask("contract.list"), "contract", "subscriber", "plan", "state", "started_on", "ended_on")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(contract: Contract) -> None:
    """One contract: its term, what lies ahead, each setting in force and where it comes from."""
    answer = ask("contract.show", contract=contract)
    show.one(answer, leave_out=("settings",))
    if not frame.frame().json:
        print()
        show.rows(answer["settings"], "name", "value", "source", "description")


@app.command(epilog=frame.EVERYWHERE)
def explain(
    contract: Contract,
    setting: Annotated[str, typer.Argument(metavar="SETTING", help="Its name; contract show lists all.")],
) -> None:
    """R3: which value of a setting is in force, where it comes from, and what it is for."""
    show.one(ask("contract.explain", contract=contract, setting=setting))


@app.command("set", epilog=frame.EVERYWHERE)
def set_one(
    contract: Contract,
    setting: Annotated[list[str], typer.Argument(metavar="NAME=VALUE", help="NAME= goes back to the plan's.")],
) -> None:
    """Set settings of one contract over those of its plan."""
    show.done(ask("contract.set", contract=contract, settings=setting), f"set {', '.join(setting)}")


for _more in (contract_requests, contract_states, contract_onboarding):
    app.add_typer(_more.app)
