"""The entry point: gathers the nouns, reads what stands around the command, turns errors into one line."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import (
    account,
    agent,
    application,
    archive,
    audit,
    billing,
    books,
    breach,
    call,
    caller,
    case,
    change,
    collection,
    complaint,
    contract,
    db,
    flow,
    frame,
    hold,
    keep,
    ledger,
    notice,
    number,
    operator,
    outbox,
    paper,
    party,
    payment,
    plan,
    prompt,
    receivable,
    reconcile,
    subscriber,
    terms,
)
from smartdesk_pbx.cli.bench import bench
from smartdesk_pbx.cli.demo import demo
from smartdesk_pbx.cli.dev import dev
from smartdesk_pbx.cli.doctor import doctor
from smartdesk_pbx.cli.run import run

NOUNS = (
    account, audit, application, party, subscriber, number, terms, notice, change, plan, contract, flow, caller, agent,
    call, case, complaint, ledger, prompt, db, outbox, keep, hold, reconcile, breach, operator, billing, paper, payment,
    receivable, collection, books, archive,
)  # fmt: skip

app = typer.Typer(
    name="smartdesk",
    help="A telephone switchboard: IVR in front, agents behind, every call a case.",
    no_args_is_help=True,
    add_completion=False,
    epilog=frame.EVERYWHERE,
    rich_markup_mode=None,
)


@app.callback()
def around(
    home: Annotated[Path | None, typer.Option(help="State directory; default: SMARTDESK_HOME, else var/.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Show answers as JSON.")] = False,
    why: Annotated[str, typer.Option(help="The reason that stands in the audit trail.")] = "",
) -> None:
    """What is read before every command."""
    frame.set_frame(home, json, why)


for _noun in NOUNS:
    app.add_typer(_noun.app)
for _command in (demo, dev, run, doctor, bench):
    app.command(epilog=frame.EVERYWHERE)(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status: 0 done, 1 not possible now, 2 bad input."""
    words = sys.argv[1:] if arguments is None else arguments
    return frame.guarded(lambda: app(frame.hoist(words), prog_name="smartdesk", standalone_mode=False))
