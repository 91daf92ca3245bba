"""`smartdesk collection`: what the collection company debits (R16.4)."""

from base64 import b64decode, b64encode
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask, here
from smartdesk_pbx.cli.files import bytes_of, write_private

app = frame.noun("collection", "Collection: direct debits by the collection company, and their results (R16.4).")

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")]
Csv = Annotated[bool, typer.Option("--csv", help="CSV instead of 全銀 (120 bytes a record).")]
Folder = Annotated[Path, typer.Option(help="Where the file goes.")]
Batch = Annotated[int, typer.Argument(metavar="BATCH", min=1)]


@app.command(epilog=frame.EVERYWHERE)
def mandate(
    contract: Contract,
    bank: Annotated[str, typer.Option(help="Bank code, 4 digits.")],
    branch: Annotated[str, typer.Option(help="Branch code, 3 digits.")],
    account: Annotated[str, typer.Option(help="Account number.")],
    holder: Annotated[str, typer.Option(help="Holder, in katakana.")],
    current: Annotated[bool, typer.Option("--current", help="A current account (当座), not an ordinary one.")] = False,
) -> None:
    """Whose account may be debited; kept sealed. Let the contract pay so: contract set … payment_method=debit."""
    kind = "2" if current else "1"
    answer = ask(
        "collection.mandate", contract=contract, bank=bank, branch=branch, kind=kind, account=account, holder=holder
    )
    show.done(answer, f"contract {answer['contract']} may be debited")


@app.command(epilog=frame.EVERYWHERE)
def withdraw(contract: Contract) -> None:
    """The mandate was withdrawn."""
    answer = ask("collection.withdraw", contract=contract)
    show.done(answer, f"contract {answer['contract']} is debited no more")


@app.command(epilog=frame.EVERYWHERE)
def export(
    debit_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of the debit.")],
    csv: Csv = False,
    folder: Folder = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be in it, write nothing.")] = False,
) -> None:
    """A new batch of all that is due by then, and its file. What is in a batch waits for its result."""
    day = debit_on.date().isoformat()
    answer = here("collection.export", debit_on=day, format="csv" if csv else "zengin", dry_run=dry_run)
    _write(answer, folder)


@app.command(epilog=frame.EVERYWHERE)
def again(batch: Batch, csv: Csv = False, folder: Folder = Path()) -> None:
    """Write the file of a batch once more."""
    _write(here("collection.again", batch=batch, format="csv" if csv else "zengin"), folder)


def _write(answer: dict[str, Any], folder: Path) -> None:
    content = answer.pop("content")
    if answer["without_mandate"]:
        numbers = ", ".join(map(str, answer["without_mandate"]))
        frame.say(f"no mandate, so not in the file: invoices {numbers} (smartdesk collection mandate)")
    said = f"{len(answer['documents'])} invoices, {answer['yen']} yen, to be debited on {answer['debit_on']}"
    if content is None:
        return show.done(answer, said)
    file = folder / answer["file"]
    write_private(file, b64decode(content))
    show.done(answer | {"file": str(file)}, f"{file}: batch {answer['batch']}, {said}")


@app.command("import", epilog=frame.EVERYWHERE)
def take_in(file: Annotated[Path, typer.Argument(help="The company's file of results.")], csv: Csv = False) -> None:
    """Take in results; one that is known already changes nothing."""
    content = b64encode(bytes_of(file)).decode()
    answer = here("collection.import", file=file.name, content=content, format="csv" if csv else "zengin")
    show.done(answer, f"{answer['paid']} paid, {answer['failed']} failed, {answer['repeated']} known before")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All batches."""
    show.rows(ask("collection.list"), "batch", "debit_on", "documents", "yen", "paid", "failed", "waiting")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(batch: Batch) -> None:
    """The amounts of a batch with their results."""
    show.rows(ask("collection.show", batch=batch), "key", "number", "contract", "yen", "result")
