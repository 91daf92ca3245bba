"""`smartdesk flow at`, `timeline`, `close`, `reopen`, `closures`: what is met when."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.flow_file import draft_of
from smartdesk_pbx.cli.flow_versions import TIME, Number
from smartdesk_pbx.cli.tree import in_tokyo, tokyo

app = typer.Typer(rich_markup_mode=None)

_INSTANT = re.compile(r"[A-Z][a-z]+day \d{4}-\d\d-\d\d \d\d:\d\d(?: \(the second time\))? in [\w/+-]+(?: is|:) ")


@app.command(epilog=frame.EVERYWHERE)
def at(
    number: Number,
    time: Annotated[str, typer.Argument(metavar="[TIME]", help=f"{TIME} Default: now.")] = "now",
    caller: Annotated[str | None, typer.Option(help="A number, or anonymous; default: an ordinary one.")] = None,
) -> None:
    """What a caller would meet at any instant, and why: version, closures, calendars, the way to the first words."""
    answer = ask("flow.at", number=number, at=time, caller=caller)
    if show.for_programs():
        return show.as_json(answer)
    _tell(answer)


def _tell(answer: Mapping[str, Any]) -> None:
    print(f"{answer['number']} ({answer['subscriber']}), {answer['local']} in {answer['zone']}")
    print(f"version: {answer['version'] or 'none'} {answer['live']}".rstrip())
    for why in answer["closures"]:
        print(f"closure: {why}")
    for one in answer["calendars"]:
        print(f"calendar {one['calendar']}: {one['value']}, {one['why']}")
    if answer["stopped"]:
        print(f"no flow is met: {answer['stopped']}")
    for one in answer["way"]:
        why = f" ({one['why']})" if one["why"] else ""
        print(f"  {one['node']}: {one['says']}" + (f" -> {one['answer']}{why}" if one["answer"] else ""))
    for one in answer["heard"]:
        print(f"  hears {one['prompt']}" + (f": {one['text']}" if one["text"] else ""))


@app.command(epilog=frame.EVERYWHERE)
def timeline(
    number: Number,
    days: Annotated[int | None, typer.Option(min=1, max=400, help="How far ahead; default: 13 months.")] = None,
    diff: Annotated[Path | None, typer.Option(metavar="DRAFT", help="What this file would change of it.")] = None,
) -> None:
    """Every instant ahead at which callers meet something else; with --diff the spans in which a draft differs."""
    draft = draft_of(diff) if diff else None
    answer = ask("flow.timeline", number=number, days=days, draft=draft)
    if show.for_programs():
        return show.as_json(answer)
    print(f"{answer['number']}: {answer['version'] or 'no flow'}, until {tokyo(answer['until'])}")
    for why in answer["closures"]:
        print(f"closure: {why}")
    if draft:
        rows = [{**one, "from": one["local"], "to": one["local_until"], "why": _short(one)} for one in answer["spans"]]
        return show.rows(rows, "from", "to", "zone", "calendar", "live", "draft", "why", empty="the draft changes none")
    rows = [{**one, "when": one["local"], "why": _short(one)} for one in answer["moments"]]
    show.rows(rows, "when", "zone", "calendar", "before", "after", "why", empty="nothing changes")


def _short(one: Mapping[str, Any]) -> str:
    """Why, without the instant: it stands in the same line."""
    return _INSTANT.sub("", str(one["why"]))


@app.command(epilog=frame.EVERYWHERE)
def close(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; flow at and flow timeline show it.")],
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help=f'{TIME} A day alone means all of it; or "further notice". Default: today.'),
    ] = None,
) -> None:
    """Closed from now on, whatever the calendars say; the next call meets it."""
    answer = ask("flow.close", number=number, until=until, reason=reason, by=frame.who())
    line = f"{answer['number']} is closed until {tokyo(answer['until']) if answer['until'] else 'further notice'}"
    unheard = "; no node of its flow asks a calendar, so callers do not notice" if answer["unheard"] else ""
    show.done(answer, line + unheard)


@app.command(epilog=frame.EVERYWHERE)
def reopen(number: Number) -> None:
    """End a closure: the calendars count again."""
    answer = ask("flow.reopen", number=number, by=frame.who())
    show.done(answer, f"{answer['number']} is open again as its calendars say")


@app.command(epilog=frame.EVERYWHERE)
def closures(
    number: Annotated[str | None, typer.Option(help="Only this number.")] = None,
    past: Annotated[bool, typer.Option("--past", help="Those that are over, too.")] = False,
) -> None:
    """What is closed now."""
    rows = in_tokyo(ask("flow.closures", number=number, past=past or None), "since", "until")
    show.rows(rows, "number", "state", "since", "until", "reason", "by", empty="nothing is closed")
