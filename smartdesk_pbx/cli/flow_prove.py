"""`smartdesk flow prove`: is there any call that a flow leads astray?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

if TYPE_CHECKING:
    from rich.console import RenderableType

    from smartdesk_pbx.flow.prove import Property
    from smartdesk_pbx.flow.prove.properties import Longest
    from smartdesk_pbx.office.flow_prove import Shown

app = typer.Typer(rich_markup_mode=None)

MARKS = {True: ("holds", "green"), False: ("BROKEN", "bold red"), None: ("not proved", "yellow")}


@app.command(epilog=frame.EVERYWHERE)
def prove(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML file of the flow.")],
    plan: Annotated[str | None, typer.Option(help="Under this plan; default: the standard plan.")] = None,
    contract: Annotated[
        str | None, typer.Option(help="Or as it would run for this contract, or its subscriber.")
    ] = None,
    number: Annotated[str | None, typer.Option(help="Or for this assigned number.")] = None,
    most_states: Annotated[int | None, typer.Option(min=1, help="Give up past so many; default: 10 million.")] = None,
    script: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write the counter-examples there, as a conversation file.")
    ] = None,
) -> int:
    """Search every call that there can be; status 2 when a property is broken, or could not be proved."""
    from smartdesk_pbx.flow.load import load
    from smartdesk_pbx.flow.prove import MOST_STATES
    from smartdesk_pbx.office.flow_prove import Agreed, shown, standard
    from smartdesk_pbx.office.registry import as_json

    tree = load(file)
    whose = {"plan": plan, "contract": contract, "number": number}
    # Here, and not in the daemon: a search takes seconds and has a processor of its own.
    agreed = Agreed(**ask("flow.agreed", **whose)) if any(whose.values()) else standard()
    proof = shown(frame.settings(), tree, agreed, datetime.now(UTC), most_states or MOST_STATES)
    if script:
        _write(proof, file, script)
    if show.for_programs():
        show.as_json(as_json(proof))
    else:
        _tell(proof, file)
    return 0 if proof.verdict == "proved" else frame.BAD_INPUT


def _write(proof: "Shown", flow: Path, out: Path) -> None:
    """The counter-examples as conversations. A conversation file can name the flow that stands beside it, no other."""
    named = f"flow: {flow.name}\n" if flow.resolve().parent == out.resolve().parent else ""
    examples = [one.counter_example.script(one.says) for one in proof.properties if one.counter_example]
    out.write_text(
        f"{named}conversations:\n{''.join(examples)}" if examples else f"{named}conversations: {{}}\n", "utf-8"
    )


def _tell(proof: "Shown", file: Path) -> None:
    from rich.console import Group
    from rich.text import Text

    states = "1 state" if proof.states == 1 else f"{proof.states:,} states"
    parts: list[RenderableType] = [Text(f"{file}: {proof.verdict} ({proof.flow}, {proof.whose}; {states})", "bold")]
    parts += [_property(one) for one in proof.properties]
    if proof.longest and proof.verdict == "proved":
        parts += [Text(), _longest(proof.longest)]
    if proof.exits:
        parts += [Text(), _exits(proof)]
    if proof.unreached:
        parts += [Text(), Text(f"no call ever comes to: {', '.join(proof.unreached)}", "yellow")]
    remarks = list(proof.not_checked)
    if proof.estimated:
        remarks.append(f"lengths of prompts that are not built, estimated from their texts: {len(proof.estimated)}")
    if remarks:
        parts += [Text(), Text("not checked:", "bold"), *(Text(f"  {one}") for one in remarks)]
    show.printed(Group(*parts))


def _property(one: "Property") -> "RenderableType":
    from rich.text import Text
    from rich.tree import Tree

    mark, style = MARKS[one.holds]
    tree = Tree(Text.assemble(("  " + mark, style), f"  {one.says}"), guide_style="dim", hide_root=False)
    if one.counter_example:
        given = ", ".join(f"{name}: {show.text(value)}" for name, value in one.counter_example.given.items())
        tree.add(Text(f"given {given}" if given else "a call like any other", "dim"))
        for line in one.counter_example.lines:
            tree.add(Text(line, "dim" if line.startswith("#") else ""))
    return tree


def _longest(longest: "Longest") -> "RenderableType":
    from rich.table import Table

    from smartdesk_pbx.flow.prove.properties import duration

    table = Table(
        title=f"the longest call: {duration(longest.seconds)}", box=None, title_justify="left", pad_edge=False
    )
    table.add_column("at", justify="right")
    table.add_column("", overflow="fold")
    for at_s, line in longest.steps:
        table.add_row(f"{int(at_s) // 60}:{int(at_s) % 60:02}", line)
    return table


def _exits(proof: "Shown") -> "RenderableType":
    from rich.table import Table

    table = Table(title="how calls end, and the rules that judge them", box=None, title_justify="left", pad_edge=False)
    for name in ("outcome", "ended by", "in", "rules"):
        table.add_column(name, overflow="fold")
    for one in proof.exits:
        table.add_row(one.outcome, one.ended_by, one.ended_in, " or ".join(one.rules) or "none")
    return table
