"""`smartdesk flow`: IVR trees. Versions, hours, simulations and pictures stand in files of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import (
    flow_hours,
    flow_new,
    flow_nodes,
    flow_prove,
    flow_replay,
    flow_show,
    flow_simulate,
    flow_versions,
    frame,
    show,
)
from smartdesk_pbx.cli.ask import ask, ask_long
from smartdesk_pbx.cli.files import text_of
from smartdesk_pbx.cli.flow_file import draft_of
from smartdesk_pbx.cli.tree import in_tokyo, tokyo
from smartdesk_pbx.errors import RuleBroken

app = frame.noun("flow", "Flows: the IVR trees that answer calls.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="YAML file of the flow.")]
Force = Annotated[bool, typer.Option("--force", help="Although check or prove has something against it.")]
Reason = Annotated[str | None, typer.Option(help="Why; it stands with the version for good.")]


@app.command(epilog=frame.EVERYWHERE)
def publish(
    file: File,
    number: Annotated[list[str] | None, typer.Option(help="Assigned number that it answers; may be repeated.")] = None,
    force: Force = False,
    reason: Reason = None,
) -> None:
    """Publish a new version of a flow, live at once at all numbers or at none; calls that run keep their version."""
    answer = ask_long(
        "flow.publish", text=text_of(file), file=str(file), numbers=number or [], force=force or None, reason=reason,
        by=frame.who(),
    )  # fmt: skip
    where = f" on {', '.join(answer['numbers'])}" if answer["numbers"] else "; live on no number by that"
    told(answer, f"published {answer['flow']}@{answer['version']}{where}")


@app.command(epilog=frame.EVERYWHERE)
def check(files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML files of flows.")]) -> int:
    """Check flow files: all their mistakes at once, nothing is published; status 2 when there are any."""
    answers, wrong = [], []
    for file in files:
        if file.name.endswith(flow_simulate.SCRIPT):  # FILES was dialplans/flows/*.yaml
            if not show.for_programs():
                print(f"{file}: conversations, not a flow: smartdesk flow test plays them")
            continue
        try:
            answer = ask("flow.check", **draft_of(file))
        except RuleBroken as mistakes:
            wrong.append(str(mistakes))
            continue
        answers.append({"file": str(file), **answer})
        if not show.for_programs():
            print(f"{file}: {answer['flow']}, {answer['nodes']} nodes, no mistakes")
            _advise(answer)
    if show.for_programs() and not wrong:
        show.as_json(answers[0] if len(files) == 1 else answers)
    for mistakes_of_file in wrong:
        for line in mistakes_of_file.splitlines():
            frame.say(line)
    return frame.BAD_INPUT if wrong else 0


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """The newest version of every flow, and where any version of it is live."""
    answer = ask("flow.list")
    if show.for_programs():
        return show.as_json(answer)
    rows = [{**one, "live": _where(one)} for one in in_tokyo(answer, "published_at")]
    show.rows(rows, "flow", "version", "published_at", "by", "live")


def _where(one: Mapping[str, Any]) -> str:
    newest = one["version"]
    return ", ".join(n["number"] + ("" if n["version"] == newest else f" (@{n['version']})") for n in one["live"])


def told(answer: Mapping[str, Any], line: str) -> None:
    """What a version that goes live says: what was proved, what is broken, what is scheduled after it."""
    if show.for_programs():
        return show.as_json(answer)
    print(line)
    for one in answer["proofs"]:
        of = ", ".join(one["numbers"])
        longest = f", the longest call lasts {one['longest_s']:g} s" if one["longest_s"] is not None else ""
        print(f"{'proved' if one['proved'] else 'NOT proved'} for {of}: {one['states']:,} states{longest}")
    for unlooked in dict.fromkeys(text for one in answer["proofs"] for text in one["not_checked"]):
        print(f"  not checked: {unlooked}")
    for broken in answer["broken"]:
        print(f"FORCED although {broken}")
    _advise(answer)
    for one in answer["later"]:
        print(f"{one['number']}: {one['flow']}@{one['version']} goes live {tokyo(one['at'])} (Tokyo)")


def _advise(answer: Mapping[str, Any]) -> None:
    for text in answer["advice"]:
        print(f"  advice: {text}")


for _more in (flow_new, flow_nodes, flow_prove, flow_simulate, flow_show, flow_replay, flow_versions, flow_hours):
    app.add_typer(_more.app)
