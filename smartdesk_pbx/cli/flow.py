"""`smartdesk flow`: IVR trees."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.files import text_of

app = frame.noun("flow", "Flows: the IVR trees that answer calls.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="YAML file of the flow.")]


@app.command(epilog=frame.EVERYWHERE)
def publish(
    file: File,
    number: Annotated[list[str] | None, typer.Option(help="Assigned number that it answers; may be repeated.")] = None,
) -> None:
    """Publish a new version of a flow; calls that run keep the version they began with."""
    answer = ask("flow.publish", text=text_of(file), file=str(file), numbers=number or [])
    where = f" on {', '.join(answer['numbers'])}" if answer["numbers"] else ""
    show.done(answer, f"published {answer['flow']} version {answer['version']}{where}")


@app.command(epilog=frame.EVERYWHERE)
def check(file: File) -> None:
    """Check a flow file: all its mistakes at once, nothing is published."""
    answer = ask("flow.check", text=text_of(file), file=str(file))
    show.done(answer, f"{file}: {answer['flow']}, {answer['nodes']} nodes, no mistakes")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All published versions, newest first."""
    show.rows(ask("flow.list"), "flow", "version", "published_at", "numbers")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(
    flow: Annotated[str, typer.Argument(metavar="FLOW")],
    version: Annotated[int | None, typer.Option(help="Default: the newest.")] = None,
) -> None:
    """The text of a flow as it was published."""
    answer = ask("flow.show", flow=flow, version=version)
    if frame.frame().json:
        return show.as_json(answer)
    print(answer["text"], end="")
