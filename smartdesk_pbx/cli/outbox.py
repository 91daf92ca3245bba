"""`smartdesk outbox`: letters to subscribers."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("outbox", "Letters to subscribers: waiting, sent, failed. The daemon sends them.")

Letter = Annotated[str, typer.Argument(metavar="LETTER", help="Its id.")]


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    state: Annotated[str | None, typer.Option(help="queued, sent or failed.")] = None,
    subscriber: Annotated[str | None, typer.Option(help="To this one alone.")] = None,
) -> None:
    """All letters, oldest first."""
    answer = ask("outbox.list", state=state, subscriber=subscriber)
    show.rows(answer, "letter", "about", "subscriber", "state", "created_at", "next_at", "attempts", "last_error")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(letter: Letter) -> None:
    """One letter with what stands in it."""
    answer = ask("outbox.show", letter=letter)
    show.one(answer, leave_out=("body",))
    if not frame.frame().json:
        print("", answer["body"].rstrip("\n"), sep="\n")


@app.command(epilog=frame.EVERYWHERE)
def retry(letter: Letter) -> None:
    """Queue a failed letter again."""
    answer = ask("outbox.retry", letter=letter)
    show.done(answer, f"letter {answer['letter']} is queued again")


@app.command(epilog=frame.EVERYWHERE)
def send() -> None:
    """Send what is due, now."""
    answer = ask("outbox.send")
    show.done(answer, f"{answer['sent']} sent, {answer['queued']} waiting, {answer['failed']} failed")
