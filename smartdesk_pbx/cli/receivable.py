"""`smartdesk receivable`: what is owed, since when, and what is done about it."""

from datetime import datetime
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("receivable", "Receivables: open invoices, credit, late interest, reminders (R16.1, R16.2).")

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")]
DOCUMENT = ("number", "subscriber", "month", "due_on", "billed_yen", "paid_yen", "open_yen", "interest_yen", "state")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    contract: Annotated[str | None, typer.Option(help="Of one contract, or subscriber.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Past the due date alone.")] = False,
    paid: Annotated[bool, typer.Option("--paid", help="Settled ones too.")] = False,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of that day.")] = None,
) -> None:
    """Open invoices; with the late interest that was not charged yet."""
    day = on.date().isoformat() if on else None
    show.rows(ask("receivable.list", contract=contract, overdue=overdue, paid=paid, on=day), *DOCUMENT)


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(contract: Contract) -> None:
    """The account of one contract: what is open, its credit, late interest, reminders."""
    answer = ask("receivable.show", contract=contract)
    show.one(answer, leave_out=("documents", "reminders"))
    if not frame.frame().json:
        show.rows(answer["documents"], *DOCUMENT, empty="no invoices")
        if answer["reminders"]:
            show.rows(answer["reminders"], "on", "number", "step", "open_yen")


@app.command(epilog=frame.EVERYWHERE)
def remind(
    contract: Annotated[str | None, typer.Option(help="Of one contract, or subscriber.")] = None,
    dry_run: Dry = False,
) -> None:
    """Send the reminders of today, one letter per contract; what was sent is not sent again."""
    found = ask("receivable.remind", contract=contract, dry_run=dry_run)
    columns = ("subscriber", "documents", "step", "is_last", "open_yen", "interest_yen", "letters")
    show.rows(found, *columns, empty="nobody is to be reminded today")
    if dry_run or frame.frame().json:
        return
    for one in found:
        if not one["letters"]:
            frame.say(f"{one['subscriber']}: no mail address on file; write a letter by hand")
        if one["is_last"]:
            frame.say(f"{one['subscriber']}: that was the last reminder; suspend or terminate? (R19)")


@app.command(epilog=frame.EVERYWHERE)
def interest(
    month: Annotated[str, typer.Argument(help="Up to the end of this month, as 2026-11.")], dry_run: Dry = False
) -> None:
    """R16.2: charge late interest, a document per contract; a second run charges nothing."""
    found = ask("receivable.interest", month=month, dry_run=dry_run)
    show.rows(found, "subscriber", "number", "yen", empty="no late interest to charge")


@app.command(epilog=frame.EVERYWHERE)
def settle() -> None:
    """Set credit against what is open, oldest first."""
    answer = ask("receivable.settle")
    show.done(answer, f"settled: {answer['contracts']} contracts")


@app.command(epilog=frame.EVERYWHERE)
def refund(contract: Contract, yen: Annotated[int, typer.Argument(min=1)]) -> None:
    """Credit was paid back to the subscriber."""
    answer = ask("receivable.refund", contract=contract, yen=yen)
    show.done(answer, f"paid back {yen} yen; credit left: {answer['credit_yen']} yen")


@app.command(epilog=frame.EVERYWHERE)
def waive(
    number: Annotated[int, typer.Argument(metavar="INVOICE", min=1)],
    reason: Annotated[str, typer.Option(help="Why; stands in the books.")],
) -> None:
    """Bear the rest of an invoice that is short by a bank's fee."""
    answer = ask("receivable.waive", invoice=number, reason=reason)
    show.done(answer, f"invoice {number} is {answer['state']}")
