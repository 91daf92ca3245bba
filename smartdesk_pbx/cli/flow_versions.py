"""`smartdesk flow versions`, `diff`, `rollback`, `schedule`, `unschedule`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask, ask_long
from smartdesk_pbx.cli.files import text_of
from smartdesk_pbx.cli.flow_file import is_file, side_of
from smartdesk_pbx.cli.tree import in_tokyo, tokyo
from smartdesk_pbx.errors import RuleBroken

app = typer.Typer(rich_markup_mode=None)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="As 0312345678 or +81312345678.")]
Side = Annotated[str, typer.Argument(metavar="FILE|FLOW[@VERSION]", help="A file, or a published flow.")]
Reason = Annotated[str | None, typer.Option(help="Why; stays in the number's history.")]
TIME = '"2026-12-01 09:00" (Tokyo), or with an offset: 2026-12-01T09:00:00+09:00.'


@app.command(epilog=frame.EVERYWHERE)
def versions(
    flow: Annotated[str | None, typer.Argument(metavar="[FLOW]", help="Short name of the flow.")] = None,
    number: Annotated[str | None, typer.Option(help="Which version this number had when, and will have.")] = None,
) -> None:
    """Every version of a flow and who published it; or which one a number had when."""
    if (flow is None) == (number is None):
        raise RuleBroken("name a flow, or a number with --number")
    if number is not None:
        rows = in_tokyo(ask("flow.history", number=number), "from_at")
        return show.rows(rows, "from_at", "flow", "version", "state", "kind", "by", "reason", "broken")
    rows = in_tokyo(ask("flow.versions", flow=flow), "published_at")
    show.rows(rows, "version", "published_at", "by", "numbers", "forced", "broken")


@app.command(epilog=frame.EVERYWHERE)
def diff(old: Side, new: Side) -> None:
    """What changes for callers from one flow to another, in words."""
    answer = ask("flow.diff", old=side_of(old), new=side_of(new))
    if show.for_programs():
        return show.as_json(answer)
    print(f"from {answer['old']} to {answer['new']}:" + ("" if answer["changes"] else " nothing changes"))
    for about, said in answer["changes"]:
        print(f"  {about}: {said}")


@app.command(epilog=frame.EVERYWHERE)
def rollback(
    number: Number,
    to: Annotated[int | None, typer.Option(metavar="VERSION", help="One that it had; default: the one before.")] = None,
    reason: Reason = None,
) -> None:
    """Go back to the version before, at once. Going back twice goes back two versions."""
    answer = ask("flow.rollback", number=number, version=to, reason=reason, by=frame.who())
    line = f"{answer['number']}: back to {answer['flow']}@{answer['version']} from {answer['before']}"
    for one in answer["later"]:
        line += f"; {one['flow']}@{one['version']} still goes live {tokyo(one['at'])}"
    show.done(answer, line)


@app.command(epilog=frame.EVERYWHERE)
def schedule(
    flow: Annotated[str | None, typer.Argument(metavar="[FILE|FLOW@VERSION]", help="What goes live.")] = None,
    number: Annotated[list[str] | None, typer.Option(help="Assigned number; may be repeated.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help=TIME)] = None,
    force: Annotated[bool, typer.Option("--force", help="Although check or prove has something against it.")] = False,
    reason: Reason = None,
    list_: Annotated[bool, typer.Option("--list", help="Only show what is scheduled.")] = False,
) -> None:
    """Let a version go live at a time, to the second; a file is published now. With --list: what is scheduled."""
    from smartdesk_pbx.cli.flow import told

    if list_:
        rows = in_tokyo(ask("flow.scheduled"), "from_at")
        return show.rows(rows, "from_at", "number", "subscriber", "flow", "version", "by", "reason", empty="nothing")
    if flow is None or at is None or not number:
        raise RuleBroken("name a file or FLOW@VERSION, --number and --at; or --list")
    what: dict[str, Any] = {"version": flow}
    if is_file(flow):
        what = {"draft": {"text": text_of(Path(flow)), "file": flow}}
    answer = ask_long(
        "flow.schedule", **what, numbers=number, at=at, force=force or None, reason=reason, by=frame.who()
    )
    told(answer, f"{answer['flow']}@{answer['version']} is scheduled on {', '.join(answer['numbers'])}")


@app.command(epilog=frame.EVERYWHERE)
def unschedule(
    number: Number,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Which one, where several are scheduled.")] = None,
) -> None:
    """What was to go live at a number does not."""
    one = ask("flow.unschedule", number=number, at=at, by=frame.who())
    line = f"{one['number']}: {one['flow']}@{one['version']} does not go live {tokyo(one['from_at'])}"
    show.done(one, line)
