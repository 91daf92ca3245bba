"""`smartdesk invoice`: invoices and credit notes."""

from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.sums import lines_and_sums, yen

app = frame.noun("invoice", "Invoices and credit notes: never changed, traced to their cases (R16.1).")

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1)]


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    month: Annotated[str | None, typer.Option(help="Only this month, as 2026-11.")] = None,
    contract: Annotated[str | None, typer.Option(help="Only this one: id, or its subscriber.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 1000,
) -> None:
    """Documents, the newest first."""
    answer = ask("invoice.list", month=month, contract=contract, limit=limit)
    rows = answer if frame.frame().json else [row | {"total_yen": yen(row["total_yen"])} for row in answer]
    columns = ("number", "kind", "subscriber", "month", "issued_on", "due_on", "total_yen", "refers_to", "shown_at")
    show.rows(rows, *columns)


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(
    number: Number,
    as_subscriber: Annotated[
        bool, typer.Option("--as-subscriber", help="As its subscriber sees it: the first look freezes it.")
    ] = False,
) -> None:
    """One document with its lines and totals."""
    answer = ask("invoice.view" if as_subscriber else "invoice.show", invoice=number)
    if frame.frame().json:
        return show.as_json(answer)
    document = answer["document"]
    _head(answer, document)
    lines_and_sums(document["lines"], document)


def _head(answer: dict[str, Any], document: dict[str, Any]) -> None:
    head = document["head"]
    told = {
        document["kind"].replace("_", " "): document["number"],
        "from": f"{document['issuer']['name']} ({document['issuer']['registration']})",
        "to": f"{document['recipient']['name']} ({answer['subscriber']})",
        "month": document["month"], "issued": document["issued_on"], "due": document["due_on"],
        "corrects": document["refers_to"], "corrected by": answer["corrected_by"], "note": document["note"],
        "shown to subscriber": answer["shown_at"], "sha256": answer["sha256"],
        "ledger head": f"{head['seq']} {head['hash']}", "signed by": head["key_id"],
    }  # fmt: skip
    show.one({name: value for name, value in told.items() if value not in (None, "", [])})
    print()


@app.command(epilog=frame.EVERYWHERE)
def explain(
    number: Number, line: Annotated[str, typer.Argument(metavar="LINE", help="Its code, or its place from 1.")]
) -> None:
    """A line, and each case that it charges for."""
    answer = ask("invoice.explain", invoice=number, line=line)
    if frame.frame().json:
        return show.as_json(answer)
    sum_of = f"{yen(answer['quantity'])} × {yen(answer['unit_yen'])} = {yen(answer['amount_yen'])} yen"
    since = f", prices from {answer['from_prices']}" if answer["from_prices"] else ""
    print(f"invoice {number}, {answer['line']} {answer['text']}: {sum_of}{since}")
    if answer["cases"]:
        show.rows(answer["cases"], "case_id", "arrived_at", "number", "case_class", "rule", "units", "yen")


@app.command(epilog=frame.EVERYWHERE)
def credit(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; it stands on the credit note.")],
    line: Annotated[list[str] | None, typer.Option(help="Only this line, by code; may be repeated.")] = None,
) -> None:
    """Take an invoice back, or lines of it, by a credit note; the invoice stays as it is."""
    answer = ask("invoice.credit", invoice=number, reason=reason, lines=line or [])
    made = answer["document"]
    show.done(answer, f"credit note {made['number']} for invoice {number}: {yen(made['total_yen'])} yen")
