"""`smartdesk caller`: lists of callers that flows ask for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.files import bytes_of
from smartdesk_pbx.cli.tree import in_tokyo
from smartdesk_pbx.errors import RuleBroken

app = frame.noun("caller", "Callers: the lists (vip, blocked, …) of a contract that its flows ask for (R23).")

Caller = Annotated[str, typer.Argument(metavar="NUMBER", help="The caller's, as 09012345678 or +819012345678.")]
List = Annotated[str, typer.Option("--list", help="Name of the list, as the flow calls it.")]
Contract = Annotated[str, typer.Option(help="Id, or the subscriber who has only one.")]

ENCODINGS = ("utf-8-sig", "cp932")
"""What spreadsheets write in Japan."""


@app.command(epilog=frame.EVERYWHERE)
def add(
    number: Caller,
    list_: List,
    contract: Contract,
    note: Annotated[str | None, typer.Option(help="Kept sealed; told to the person on request.")] = None,
) -> None:
    """Put a caller on a list; their next call meets it."""
    answer = ask("caller.add", caller=number, list=list_, contract=contract, note=note, by=frame.who())
    done = "is new on" if answer["new"] else "has another note on" if answer["noted"] else "was already on"
    show.done(answer, f"{number} {done} list {list_}{_unasked(answer)}")


@app.command("import", epilog=frame.EVERYWHERE)
def bring_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: number,list,note; or numbers alone.")],
    contract: Contract,
    list_: Annotated[str | None, typer.Option("--list", help="Where a line names none.")] = None,
) -> None:
    """Put everybody in a file on their lists: all of them, or with any mistake nobody."""
    answer = ask("caller.import", text=_text(file), file=str(file), list=list_, contract=contract, by=frame.who())
    counts = f"{answer['new']} new, {answer['noted']} with another note, {answer['same']} as before"
    show.done(answer, f"{file}: {counts}{_unasked(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def remove(number: Caller, list_: List, contract: Contract) -> None:
    """Take a caller off a list."""
    answer = ask("caller.remove", caller=number, list=list_, contract=contract)
    show.done(answer, f"{number} is not on list {list_} any more")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    contract: Contract,
    list_: Annotated[str | None, typer.Option("--list", help="Only this one.")] = None,
) -> None:
    """Who is on the lists of a contract. Each look leaves a trace."""
    rows = in_tokyo(ask("caller.list", contract=contract, list=list_), "added_at")
    show.rows(rows, "list", "number", "note", "added_at", "added_by", empty="nobody")


def _unasked(answer: Mapping[str, Any]) -> str:
    lists = ", ".join(answer["unasked"])
    return f"; no flow that answers now asks for {lists}" if lists else ""


def _text(file: Path) -> str:
    raw = bytes_of(file)
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RuleBroken(f"{file}: neither UTF-8 nor Shift_JIS")
