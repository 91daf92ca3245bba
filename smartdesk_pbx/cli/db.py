"""`smartdesk db`: the database."""

from smartdesk_pbx.cli import frame, show

app = frame.noun("db", "The database: its place and its revision.")


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
