"""`smartdesk flow replay`: past calls of a number walked through a draft."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import here
from smartdesk_pbx.cli.flow_file import side_of
from smartdesk_pbx.cli.tree import in_tokyo

app = typer.Typer(rich_markup_mode=None)

DAY = ["%Y-%m-%d"]


@app.command(epilog=frame.EVERYWHERE)
def replay(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Assigned number whose calls are replayed.")],
    against: Annotated[str, typer.Option(metavar="DRAFT", help="YAML file, or a published version: FLOW@3.")],
    since: Annotated[datetime, typer.Option(formats=DAY, help="First day, in Tokyo.")],
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="Last day; default: today.")] = None,
) -> None:
    """Real calls through a draft: who would have ended elsewhere, what is judged otherwise, and the month in yen."""
    answer = here(
        "flow.replay", number=number, since=since.date().isoformat(),
        until=until.date().isoformat() if until else None, **side_of(against),
    )  # fmt: skip
    if show.for_programs():
        return show.as_json(answer)
    _tell(answer)


def _tell(answer: Mapping[str, Any]) -> None:
    left_out = f" ({answer['left_out']} others walked no published flow, or go on)" if answer["left_out"] else ""
    print(f"{answer['number']} against {answer['flow']}, {answer['since']} to {answer['until']}: "
          f"{answer['calls']} calls{left_out}")  # fmt: skip
    if not answer["differs"]:
        return print("no call would have ended elsewhere or be judged otherwise")
    rows = [{
        "case": one["case_id"], "arrived_at": one["arrived_at"], "caller": one["caller"],
        "ended": _moved(one, lambda end: f"{end['node']} ({end['how']})"),
        "judged": _moved(one, lambda end: f"{end['rule']}, {end['units']} units"),
        "assumed": "; ".join(one["assumed"]),
    } for one in answer["differs"]]  # fmt: skip
    show.rows(in_tokyo(rows, "arrived_at"), "case", "arrived_at", "caller", "ended", "judged", "assumed")
    print(f"\n{answer['elsewhere']} would have ended elsewhere, {answer['judged_otherwise']} be judged otherwise")
    print(f"units: {answer['units_before']} -> {answer['units_after']}")
    for name, (before, after) in sorted(answer["by_class"].items()):
        if before != after:
            print(f"  {name}: {before} -> {after}")
    for month in answer["months"]:
        yen = month["because"] or f"{month['before_yen']:,} -> {month['after_yen']:,} yen with tax"
        print(f"{month['month']} {month['subscriber']}: {yen}")
    for what, times in answer["assumed"].items():
        print(f"assumed in {times} calls: {what}")


def _moved(one: Mapping[str, Any], shown: Any) -> str:
    before, after = shown(one["before"]), shown(one["after"])
    return str(before) if before == after else f"{before} -> {after}"
