"""`smartdesk db`: the database."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, link, show
from smartdesk_pbx.cli.bar import bar
from smartdesk_pbx.errors import RuleBroken

app = frame.noun("db", "The database: its place, its revision, backup and restore.")


@app.command(epilog=frame.EVERYWHERE)
def upgrade() -> None:
    """Make the database, or bring it to the revision of this version."""
    from smartdesk_pbx.office import database

    answer = database.upgrade(frame.settings())
    show.done(vars(answer), f"the database is at revision {answer.revision}")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one() -> None:
    """Where the database is, and its revision."""
    from smartdesk_pbx.office import database

    show.one(vars(database.show(frame.settings())))


@app.command(epilog=frame.EVERYWHERE)
def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Empty, or with an earlier backup to bring up to date.")
    ],
    keys: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Copy the secrets there too, apart from DIR.")
    ] = None,
) -> None:
    """Back up database, recordings and settings, also while calls are under way."""
    import msgspec

    from smartdesk_pbx.office import copy

    with bar("backup") as progress:
        answer = copy.back_up(frame.settings(), folder.absolute(), keys.absolute() if keys else None, progress)
    for name in answer.missing if not frame.frame().json else ():
        frame.say(f"recording {name} is not on the disk")
    line = f"{answer.entries:,} entries in {answer.chains:,} chains, {answer.recordings:,} recordings in {folder}; " + (
        f"keys in {keys}" if keys else "no keys: back up the secrets too (--keys DIR, kept apart)"
    )
    show.done(msgspec.to_builtins(answer), line)


@app.command(epilog=frame.EVERYWHERE)
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `db backup` wrote.")],
    keys: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with the secrets.")] = None,
) -> None:
    """Bring a backup back into a home without a database; its chains are checked against the backup's heads first."""
    import asyncio

    import msgspec

    from smartdesk_pbx.office import copy

    if link.find(frame.home()):
        raise RuleBroken("a daemon runs in this home: stop it first")
    with bar("restore") as progress:
        answer = asyncio.run(copy.bring_back(frame.settings(), folder, keys, progress))
    for name in answer.spoilt if not frame.frame().json else ():
        frame.say(f"recording {name} is missing or spoilt in the backup")
    again = f", {answer.erased_again} cases erased again" if answer.erased_again else ""
    line = f"{answer.chains:,} chains hold, {answer.recordings:,} recordings{again}; next: smartdesk prompt build"
    show.done(msgspec.to_builtins(answer), line)
