"""`smartdesk prompt`: what callers hear."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("prompt", "Prompts: what callers hear, built from texts.")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(language: Annotated[str | None, typer.Option(help="Only this language.")] = None) -> None:
    """All prompts with their texts."""
    show.rows(ask("prompt.list", language=language), "prompt", "language", "seconds", "file", "text")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(prompt: Annotated[str, typer.Argument(metavar="PROMPT")]) -> None:
    """One prompt in each language."""
    show.rows(ask("prompt.show", prompt=prompt), "prompt", "language", "seconds", "file", "text")


@app.command(epilog=frame.EVERYWHERE)
def build() -> None:
    """Build the sounds of all prompts whose text, voice or recording changed."""
    import asyncio

    from smartdesk_pbx.office.prompt import rebuild

    answer = asyncio.run(rebuild(frame.settings(), frame.counted))
    said = f"{answer.prompts} prompts: {answer.changed} files changed, {answer.removed} prompts removed"
    show.done(vars(answer), said + (f", {answer.restored} sounds of subscribers restored" if answer.restored else ""))
