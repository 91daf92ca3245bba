"""`smartdesk breach`: breaches of personal data."""

from datetime import datetime
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("breach", "Breaches of personal data and their deadlines (個人情報保護法 26).")

Breach = Annotated[str, typer.Argument(metavar="BREACH", help="Id of the record.")]
On = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day in Tokyo; default: today.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    what: Annotated[str, typer.Argument(metavar="TEXT", help="What happened, to which data.")],
    kind: Annotated[str, typer.Option(metavar="sensitive|financial|malicious|many|other")],
    cause: Annotated[str, typer.Option(metavar="mistake|malicious")] = "mistake",
    persons: Annotated[int | None, typer.Option(min=0, help="How many; left out: not known yet.")] = None,
    known_on: On = None,
) -> None:
    """Open a record; says by when what has to be reported."""
    answer = ask("breach.add", what=what, kind=kind, cause=cause, persons=persons, known_on=_iso(known_on))
    show.done(answer, f"breach {answer['breach']}: {_owed(answer)}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All records, oldest first."""
    rows = ask("breach.list")
    if not frame.frame().json:
        rows = [{**row, "to_do": _owed(row)} for row in rows]
    show.rows(rows, "breach", "known_on", "kind", "persons", "to_do", "what")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(breach: Breach) -> None:
    """One record with every step."""
    answer = ask("breach.show", breach=breach)
    show.one(answer, leave_out=("steps", "owed"))
    if not frame.frame().json:
        print(f"\nto do: {_owed(answer)}")
        show.rows(answer["steps"], "done_on", "step", "said", empty="nothing was done yet")


@app.command(epilog=frame.EVERYWHERE)
def note(
    breach: Breach,
    step: Annotated[str, typer.Argument(metavar="preliminary|final|persons|note|closed")],
    said: Annotated[str, typer.Argument(metavar="TEXT", help="What was done.")],
    on: On = None,
) -> None:
    """Note what was done about a breach."""
    answer = ask("breach.note", breach=breach, step=step, said=said, done_on=_iso(on))
    show.done(answer, f"noted; {_owed(answer)}")


def _owed(answer: dict[str, Any]) -> str:
    names = {"preliminary": "preliminary report", "final": "final report", "persons": "tell the persons"}
    parts = [
        names[one["step"]]
        + (f" by {one['due_on']}" if one["due_on"] else " without delay")
        + (" (LATE)" if one["late"] else "")
        for one in answer["owed"]
    ]
    return "; ".join(parts) or "nothing is left to do"


def _iso(day: datetime | None) -> str | None:
    return day.date().isoformat() if day else None
