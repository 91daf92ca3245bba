"""The entry point: gathers the nouns, reads what stands around the command, turns errors into one line."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import agent, call, case, contract, db, flow, frame, number, plan, prompt, subscriber
from smartdesk_pbx.cli.demo import demo
from smartdesk_pbx.cli.dev import dev
from smartdesk_pbx.cli.doctor import doctor
from smartdesk_pbx.cli.run import run

NOUNS = (subscriber, number, plan, contract, flow, agent, call, case, prompt, db)

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
) -> None:
    """What is read before every command."""
    frame.set_frame(home, json)


for _noun in NOUNS:
    app.add_typer(_noun.app)
for _command in (demo, dev, run, doctor):
    app.command(epilog=frame.EVERYWHERE)(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status: 0 done, 1 not possible now, 2 bad input."""
    words = sys.argv[1:] if arguments is None else arguments
    return frame.guarded(lambda: app(frame.hoist(words), prog_name="smartdesk", standalone_mode=False))
