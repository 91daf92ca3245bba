"""`smartdesk application`: from the form to the notice by which a contract is formed."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("application", "Applications (R4): entered, screened, refused or approved.")

Application = Annotated[str, typer.Argument(metavar="APPLICATION", help="Its id; application list shows them.")]
By = Annotated[str | None, typer.Option(help="Who did it; default: operations.")]
Checked = Annotated[str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="The day; default: today.")]


@app.command(epilog=frame.EVERYWHERE)
def form() -> None:
    """Print an application to fill in (YAML)."""
    from smartdesk_pbx.contract.application import FORM

    show.done({"form": FORM}, FORM.rstrip("\n"))


@app.command(epilog=frame.EVERYWHERE)
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As application form prints.")], by: By = None
) -> None:
    """Enter an application; formerly revoked parties are flagged at once."""
    from smartdesk_pbx.cli.files import text_of

    answer = ask("application.add", text=text_of(file), file=str(file), by=by)
    show.done(answer, f"application {answer['application']} of {answer['name']}")
    if answer["flags"] and not frame.frame().json:
        print("FLAGGED: formerly revoked parties fit:")
        _flags(answer)


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    state: Annotated[str | None, typer.Option(help="applied, screening, refused or approved.")] = None,
) -> None:
    """All applications."""
    rows = ask("application.list", state=state)
    show.rows(rows, "application", "subscriber", "name", "plan", "state", "flagged", "applied_at", "decided_at")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(application: Application) -> None:
    """One application: the form, the checks, each step. For the inside only."""
    answer = ask("application.show", application=application)
    show.one(answer, leave_out=("form", "identity", "flags", "history"))
    if frame.frame().json:
        return
    for part, fields in (answer["form"] or {}).items():
        if isinstance(fields, dict) and fields:
            print(f"\n{part}")
            show.one(fields)
    print("\nidentity")
    show.rows(answer["identity"], "document", "method", "issued_on", "checked_on", "checked_by", "number")
    print("\nformerly revoked parties that fit")
    _flags(answer)
    print("\nhistory")
    show.rows(answer["history"], "at", "kind", "by", "reason_code", "reason", "doc")


@app.command(epilog=frame.EVERYWHERE)
def identify(
    application: Application,
    document: Annotated[str, typer.Option(help="company-register, seal-certificate, driving-licence, my-number-card, "
                                          "passport, residence-card or other.")],
    method: Annotated[str, typer.Option(help="in-person, by-post or online.")],
    number: Annotated[str | None, typer.Option(help="Of the document; never of a My Number card.")] = None,
    issued: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Date of the document.")] = None,
    on: Checked = None,
    by: By = None,
) -> None:  # fmt: skip
    """R4.1: record how the applicant was verified; kept as long as the law asks."""
    answer = ask(
        "application.identify", application=application, document=document, method=method, number=number,
        issued_on=issued, checked_on=on, by=by,
    )  # fmt: skip
    show.done(answer, f"identity verified: {document}, {method}")


@app.command(epilog=frame.EVERYWHERE)
def screen(
    application: Application,
    method: Annotated[str, typer.Option(help="What was searched: a newspaper archive, a register, …")],
    result: Annotated[str, typer.Option(help="clear, hit or unclear.")],
    note: Annotated[str | None, typer.Option(help="What was found.")] = None,
    on: Checked = None,
    by: By = None,
) -> None:
    """R4.3: record a check for antisocial forces."""
    answer = ask(
        "application.screen", application=application, method=method, result=result, note=note, checked_on=on, by=by
    )
    show.done(answer, f"antisocial forces: {result}")


@app.command(epilog=frame.EVERYWHERE)
def refuse(
    application: Application,
    code: Annotated[str, typer.Option(help="4.2-1 … 4.2-5; contract reasons lists them.")],
    reason: Annotated[str, typer.Option(help="Why; kept inside, never shown to the applicant.")],
    by: By = None,
) -> None:
    """R4.2: refuse; the applicant is told so without the reason."""
    answer = ask("application.refuse", application=application, code=code, reason=reason, by=by)
    show.done(answer, f"application {answer['application']} is refused; a letter without the reason is queued")


@app.command(epilog=frame.EVERYWHERE)
def approve(
    application: Application,
    despite: Annotated[
        str | None, typer.Option(metavar="REASON", help="Although a formerly revoked party fits.")
    ] = None,
    by: By = None,
) -> None:
    """R4.3: approve: the notice goes out, the contract exists, the account is issued."""
    answer = ask("application.approve", application=application, despite=despite, by=by)
    if frame.frame().json:
        return show.as_json(answer)
    print(f"contract {answer['contract']} of {answer['subscriber']}, starts on {answer['starts_on']}, being set up")
    print(f"account {answer['account']}; sets its password with: {answer['reset']}")
    print(f"next: smartdesk contract onboarding {answer['subscriber']}")


def _flags(answer: dict[str, list[dict[str, object]]]) -> None:
    show.rows(answer["flags"], "party", "name", "by", "reason_code", "listed_at")
