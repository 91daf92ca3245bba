"""`smartdesk plan`: plans with their settings and case rules."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.files import text_of

app = frame.noun("plan", "Plans: default settings, and the rules that judge a case (R7.2).")

File = Annotated[Path, typer.Argument(metavar="FILE", help="YAML: plan, name, settings, version, rules.")]
Plan = Annotated[str, typer.Argument(metavar="PLAN", help="Short name of the plan.")]


@app.command(epilog=frame.EVERYWHERE)
def add(file: File) -> None:
    """Put a plan in force: a new one, or a new version of one."""
    answer = ask("plan.add", text=text_of(file), file=str(file))
    show.done(answer, f"plan {answer['plan']} is in force with rules {answer['rules_version']}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All plans."""
    show.rows(ask("plan.list"), "plan", "name", "rules_version", "settings")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(plan: Plan) -> None:
    """One plan with its rules, in the order in which they are asked."""
    answer = ask("plan.show", plan=plan)
    show.one(answer, leave_out=("rules",))
    if not frame.frame().json:
        show.rows(answer["rules"], "id", "class", "billable", "units", "text")


@app.command(epilog=frame.EVERYWHERE)
def price(file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML: plan, from, tax, cases, fees, …")]) -> None:
    """Put a price table in force, valid from its month on (R15)."""
    answer = ask("plan.price", text=text_of(file), file=str(file))
    show.done(answer, f"plan {answer['plan']}: prices from {answer['from_month']}, version {answer['version']}")


@app.command(epilog=frame.EVERYWHERE)
def prices(
    plan: Annotated[str | None, typer.Argument(metavar="[PLAN]")] = None,
    month: Annotated[str | None, typer.Option(help="The file in force in this month, as 2026-11.")] = None,
) -> None:
    """All price tables; or with --month the one of a plan that is in force then."""
    if plan is not None and month is not None:
        answer = ask("plan.price-show", plan=plan, month=month)
        return show.as_json(answer) if frame.frame().json else print(answer["text"], end="")
    show.rows(ask("plan.prices", plan=plan), "plan", "from_month", "version", "added_at", empty="no prices yet")
