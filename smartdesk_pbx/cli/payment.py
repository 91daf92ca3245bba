"""`smartdesk payment`: transfers that came in, and whose they are."""

from base64 import b64encode
from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask, here
from smartdesk_pbx.cli.files import bytes_of, text_of

app = frame.noun("payment", "Payments: the bank's files, matched with what is owed (R16.1).")

Payment = Annotated[str, typer.Argument(metavar="PAYMENT", help="Its id, as `payment list` shows it.")]
Reason = Annotated[str, typer.Option(help="Why; stands in the books.")]
LINE = ("payment", "day", "yen", "payer", "result", "documents")


@app.command("import", epilog=frame.EVERYWHERE)
def take_in(
    file: Annotated[Path, typer.Argument(help="The bank's file.")],
    zengin: Annotated[bool, typer.Option("--zengin", help="A 振込入金通知 of 200 bytes a record.")] = False,
    format: Annotated[Path | None, typer.Option(help="YAML that names the columns of the bank's CSV.")] = None,
    bank_account: Annotated[str, typer.Option(help="Which account of ours: a short name.")] = "main",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
) -> None:
    """Take in a bank's file: CSV with day,yen,payer,reference unless said otherwise. No line counts twice."""
    answer = here(
        "payment.import", file=file.name, content=b64encode(bytes_of(file)).decode(), bank_account=bank_account,
        format="zengin" if zengin else "csv" if format else "plain", dry_run=dry_run,
        format_text=text_of(format) if format else None, format_file=str(format) if format else None,
    )  # fmt: skip
    if not frame.frame().json:
        show.rows(answer["lines"], *LINE, empty="nothing new")
    would = "would be " if dry_run else ""
    counts = f"{answer['new']} new, {answer['repeated']} known before"
    show.done(answer, f"{counts}; {would}matched: {answer['matched']}, for you to look at: {answer['unmatched']}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Those that belong to nobody yet.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1000,
) -> None:
    """Payments, newest first; of unmatched ones why, and what they might pay."""
    found = ask("payment.list", unmatched=unmatched, limit=limit)
    show.rows(found, "payment", "day", "yen", "payer", "reference", "state", "left_yen", "why", "perhaps")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(payment: Payment) -> None:
    """One payment."""
    show.one(ask("payment.show", payment=payment))


@app.command(epilog=frame.EVERYWHERE)
def assign(
    payment: Payment,
    invoice: Annotated[list[int] | None, typer.Option(help="Number it pays; may be repeated, in order.")] = None,
    contract: Annotated[str | None, typer.Option(help="Or: contract, or subscriber; oldest first.")] = None,
    collection: Annotated[bool, typer.Option("--collection", help="Or: the collection company hands over.")] = False,
    fee: Annotated[int, typer.Option(min=0, help="Yen that the collection company kept.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="Do not remember this payer.")] = False,
) -> None:
    """Say whose a payment is. What is too much is kept as credit; the payer is known from then on."""
    answer = ask(
        "payment.assign", payment=payment, invoices=invoice or [], contract=contract, collection=collection,
        fee_yen=fee, remember=not once,
    )  # fmt: skip
    pays = f"pays {', '.join(map(str, answer['documents']))}" if answer["documents"] else "pays no invoice"
    credit = f"; {answer['credit_yen']} yen kept as credit" if answer["credit_yen"] else ""
    show.done(answer, "settled with the collection company" if collection else pays + credit)


@app.command(epilog=frame.EVERYWHERE)
def undo(payment: Payment, reason: Reason) -> None:
    """Take back what a payment was set against."""
    answer = ask("payment.undo", payment=payment, reason=reason)
    show.done(answer, f"payment of {answer['yen']} yen is {answer['state']} again")


@app.command("return", epilog=frame.EVERYWHERE)
def give_back(payment: Payment, reason: Reason) -> None:
    """A payment that belongs to nobody here was sent back."""
    answer = ask("payment.return", payment=payment, reason=reason)
    show.done(answer, f"sent back {answer['yen']} yen to {answer['payer'] or 'the payer'}")


@app.command(epilog=frame.EVERYWHERE)
def payer(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")],
    name: Annotated[str, typer.Argument(help="As the bank announces it, in katakana.")],
    remove: Annotated[bool, typer.Option("--remove", help="Such a payer does not pay for it any more.")] = False,
) -> None:
    """Under which name a contract is paid."""
    answer = ask("payment.payer", contract=contract, name=name, remove=remove)
    show.done(answer, f"paid by: {', '.join(answer['payers']) or 'nobody known'}")
