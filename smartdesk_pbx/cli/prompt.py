"""`smartdesk prompt`: what callers hear."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask, here

app = frame.noun("prompt", "Prompts: what callers hear, built from texts or taken from recordings.")

Id = Annotated[str, typer.Argument(metavar="PROMPT")]
COLUMNS = ("prompt", "language", "seconds", "state", "text")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    language: Annotated[str | None, typer.Option(help="Only this language.")] = None,
    no_pieces: Annotated[
        bool, typer.Option("--no-pieces", help="Without what numbers and times are read with.")
    ] = False,
) -> None:
    """All prompts with their texts, and what their sounds are made from: voice, recording, or nothing yet."""
    show.rows(ask("prompt.list", language=language, pieces=False if no_pieces else None), *COLUMNS)


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(prompt: Id) -> None:
    """One prompt in each language."""
    show.rows(ask("prompt.show", prompt=prompt), *COLUMNS, "file")


@app.command(epilog=frame.EVERYWHERE)
def build() -> None:
    """Build the sounds of all prompts whose text, voice or recording changed."""
    import asyncio

    from smartdesk_pbx.office.prompt import rebuild

    answer = asyncio.run(rebuild(frame.settings(), frame.counted))
    said = f"{answer.prompts} prompts: {answer.changed} files changed, {answer.removed} prompts removed"
    said += f", {answer.restored} sounds of subscribers restored" if answer.restored else ""
    texts = ", ".join(f"{language} {count}" for language, count in answer.text_only.items())
    show.done(vars(answer), said + (f"; texts that nobody speaks yet: {texts}" if texts else ""))


@app.command("import", epilog=frame.EVERYWHERE)
def import_one(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="wav, mp3, m4a, ogg or flac, at any rate.")],
    prompt: Annotated[
        str, typer.Option("--as", metavar="PROMPT", help="The prompt that it stands in for, or a new one.")
    ],
    language: Annotated[str, typer.Option(help="What is spoken: ja, en, zh, ko.")],
    text: Annotated[str | None, typer.Option(help="What it says, where that is not what the catalogue says.")] = None,
) -> None:
    """Play a recording instead of the voice. It is made mono, even in level and trimmed; silence and clipping are
    refused, and then nothing changes."""
    import asyncio

    from smartdesk_pbx.office.prompt import take_in

    taken = asyncio.run(take_in(frame.settings(), file, prompt, language, text, frame.counted))
    as_it_came = f"{taken.rate} Hz, " + ("mono" if taken.channels == 1 else f"{taken.channels} channels")
    said = f"{language}/{prompt}: {taken.seconds} s, from {as_it_came}: {taken.text or 'without a text (--text)'}"
    show.done(vars(taken), said)


@app.command(epilog=frame.EVERYWHERE)
def play(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="Or @time, @day, @opens, @number, @position.")],
    value: Annotated[str | None, typer.Argument(help="What is read aloud there: 15:30, 2026-01-05T09:00.")] = None,
    language: Annotated[str | None, typer.Option(help="Default: the installation's.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write a wav file instead of playing.")] = None,
) -> None:
    """Hear a prompt as callers do, or a number, time or day as it is read to them."""
    from smartdesk_pbx.audio.play import as_wav, play
    from smartdesk_pbx.office.prompt_heard import hear

    settings = frame.settings()
    heard = hear(settings, prompt, language or settings.language, value)
    wav, seconds = as_wav(heard.sln16), round(len(heard.sln16) / 32000, 2)
    if to:
        _write(to, wav)
        played, how = False, f", written to {to}"
    else:
        played = play(wav, seconds)
        where = f"the sound is {heard.file}; " if heard.file else ""
        how = "" if played else f", cannot be played here (aplay, paplay or ffplay): {where}--to FILE writes a wav"
    answer = {"text": heard.text, "seconds": seconds, "file": str(to or heard.file), "played": played}
    show.done(answer, f"{heard.text}\n{seconds} s{how}")


@app.command(epilog=frame.EVERYWHERE)
def check() -> None:
    """Prove that every sound of every published flow is there and whole, in every language. Status 2 when not."""
    whole = here("prompt.check")
    languages = ", ".join(whole["languages"])
    show.done(whole, f"{whole['flows']} flows ({languages or 'none'}), {whole['sounds']} sounds: all there and whole")


def _write(file: Path, wav: bytes) -> None:
    from smartdesk_pbx.errors import RuleBroken

    try:
        file.write_bytes(wav)
    except OSError as wrong:
        raise RuleBroken(f"--to {file}: {wrong.strerror}") from None
