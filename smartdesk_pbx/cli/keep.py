"""`smartdesk keep`: how long personal data is kept, what is erased, what is told to the person it is about (R23)."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("keep", "Personal data: retention, erasure, disclosure (R23, R25). The ledger stays verifiable.")


@app.command(epilog=frame.EVERYWHERE)
def due() -> None:
    """What has outlived its time, by contract; nothing is changed."""
    columns = ("contract", "recordings", "recordings_before", "personal", "personal_before")
    show.rows(ask("keep.due"), *columns, empty="nothing has outlived its time")


@app.command(epilog=frame.EVERYWHERE)
def run() -> None:
    """Erase what has outlived its time. The daemon does it once a day by itself; a second run changes nothing."""
    _done(ask("keep.run"))


@app.command(epilog=frame.EVERYWHERE)
def erase(
    reason: Annotated[str, typer.Option(help="Why; stands in the log for good: name nobody in it.")],
    case: Annotated[str | None, typer.Option(help="This case.")] = None,
    caller: Annotated[str | None, typer.Option(help="All closed cases of this caller's number.")] = None,
    because: Annotated[
        str, typer.Option(metavar="request|decision", help="The person asked, or we decided.")
    ] = "request",
    recordings_only: Annotated[bool, typer.Option("--recordings-only", help="Names and texts stay.")] = False,
) -> None:
    """Erase personal data of a case, or of all cases of a caller. It cannot be brought back."""
    answer = ask(
        "keep.erase", case=case, caller=caller, because=because, recordings_only=recordings_only, reason=reason,
        by=frame.who(),
    )  # fmt: skip
    _done(answer)


@app.command(epilog=frame.EVERYWHERE)
def log(limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 100) -> None:
    """What was erased, when and why."""
    show.rows(ask("keep.log", limit=limit), "at", "what", "subject", "keys", "files", "reason", empty="nothing yet")


@app.command(epilog=frame.EVERYWHERE)
def disclose(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The person's telephone number.")],
    out: Annotated[Path | None, typer.Option(help="Folder for report and recordings; default: only shown.")] = None,
    reason: Annotated[str, typer.Option(help="Who asked, how their identity was checked.")] = "",
) -> None:
    """Everything that is on file about a person who calls from this number (個人情報保護法 33)."""
    from smartdesk_pbx.office.disclosure import write_folder

    answer = ask("keep.disclose", number=number, reason=reason)
    if out is not None:
        files = write_folder(answer, frame.settings().recordings_dir, out)
        show.done({"folder": str(out), "files": files}, f"{len(answer['cases'])} cases in {out}: {', '.join(files)}")
        return
    if frame.frame().json:
        return show.as_json(answer)
    print(f"{len(answer['cases'])} cases; withheld numbers cannot be found")
    for one in answer["lists"]:
        note = f" ({one['note']})" if one["note"] else ""
        print(f"on list {one['list']} of {one['subscriber']} since {one['since']}{note}")
    show.rows(
        answer["cases"], "case_id", "at", "subscriber", "number", "outcome", "recordings", empty="nothing on file"
    )


def _done(answer: dict[str, int]) -> None:
    parts = [f"{answer['cases']} cases: {answer['keys']} keys and {answer['files']} recordings erased"]
    if answer["fields"]:
        parts.append(f"{answer['fields']} fields of people on file")
    if answer["listed"]:
        parts.append(f"{answer['listed']} times on a list of callers")
    if answer["letters"]:
        parts.append(f"{answer['letters']} letters")
    if answer["kept_by_hold"]:
        parts.append(f"{answer['kept_by_hold']} cases kept by a legal hold")
    if not answer["wiped"]:
        parts.append("readers were in the way of clearing the log: run it once more")
    show.done(answer, "; ".join(parts))
