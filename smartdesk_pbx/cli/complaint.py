"""`smartdesk complaint`: complaints about subscribers, dossiers and their decision (R8.4), forbidden use (R8.3)."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show, tree
from smartdesk_pbx.cli.ask import ask

app = frame.noun("complaint", "Complaints about subscribers, the dossiers they open, and forbidden use (Article 8).")

Dossier = Annotated[str, typer.Argument(metavar="DOSSIER", help="Id of the dossier.")]


@app.command(epilog=frame.EVERYWHERE)
def count() -> None:
    """How every subscriber with complaints stands against the threshold."""
    columns = ("subscriber", "in_window", "threshold", "window_days", "in_force", "dossier")
    show.rows(ask("complaint.count"), *columns, empty="no complaints")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(state: Annotated[str | None, typer.Option(help="open, kept or suspended.")] = None) -> None:
    """Dossiers, newest first: each a breach that is deemed, and what was decided."""
    answer = tree.in_tokyo(ask("complaint.list", state=state), "opened_at", "decided_at")
    columns = ("dossier", "subscriber", "state", "complaints", "opened_at", "decided_at", "decided_by", "reason")
    show.rows(answer, *columns, empty="no dossiers")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(dossier: Dossier) -> None:
    """One dossier: the calls with their recordings, and the notices that the subscriber was sent."""
    answer = ask("complaint.show", dossier=dossier)
    if frame.frame().json:
        return show.as_json(answer)
    show.one(tree.in_tokyo([answer], "opened_at", "decided_at")[0], leave_out=("calls", "notices"))
    print("\ncalls")
    calls = tree.in_tokyo(answer["calls"], "arrived_at")
    show.rows(calls, "arrived_at", "case_id", "number", "agent", "outcome", "marks", "withdrawn", "recordings")
    print("\nnotices to the subscriber")
    show.rows(tree.in_tokyo(answer["notices"], "created_at", "sent_at"), "created_at", "about", "state", "sent_at")


@app.command(epilog=frame.EVERYWHERE)
def decide(
    dossier: Dossier,
    decision: Annotated[str, typer.Argument(metavar="suspend|keep", help="Suspend the contract, or let it go on.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Annotated[str | None, typer.Option(help="Who decides; default: you.")] = None,
) -> None:
    """Decide on a dossier (Article 8.4), once. A suspended contract goes on being charged (Article 8.5)."""
    if decision not in ("suspend", "keep"):
        raise typer.BadParameter("suspend or keep", param_hint="decision")
    answer = ask(
        "complaint.decide", dossier=dossier, suspend=decision == "suspend", reason=reason, by=by or frame.who()
    )
    what = "is suspended" if answer["state"] == "suspended" else "goes on"
    show.done(answer, f"decided: contract {answer['contract']} of {answer['subscriber']} {what}")


@app.command(epilog=frame.EVERYWHERE)
def use(month: Annotated[str | None, typer.Option(help="As 2026-11; default: this one.")] = None) -> None:
    """R8.3: each subscriber's share of calls that were a forbidden use, highest first."""
    columns = ("subscriber", "month", "calls", "forbidden", "percent", "limit_percent", "too_much")
    show.rows(ask("complaint.use", month=month), *columns, empty="no calls with a human")
