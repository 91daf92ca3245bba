"""Bringing a database to this program's revision, in one transaction; quick when it is there already."""

from pathlib import Path

from sqlalchemy import Connection, NullPool, text

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings, share
from smartdesk_pbx.store.session import revision_of, sqlite_file, url_of
from smartdesk_pbx.store.sqlite import make_file, sqlite_edge, sqlite_engine
from smartdesk_pbx.store.tables import REVISION

_LOCK = 0x5D_B0A4D
"""PostgreSQL's advisory lock under which only one program upgrades."""


def upgrade(where: Settings | str) -> bool:
    """Make or upgrade the tables; True when something changed. Several may run it at once.

    Raises RuleBroken when the database is newer than this program, EdgeDown when it is away.
    """
    file = sqlite_file(where)
    if file is not None:
        return _upgrade_sqlite(file)
    from smartdesk_pbx.store.postgres import wait_for

    return wait_for(_upgrade_postgres(url_of(where)))


def _upgrade_sqlite(file: Path) -> bool:
    make_file(file)
    engine = sqlite_engine(file)
    try:
        with sqlite_edge(file), engine.connect() as connection:
            if _at_head(connection.execution_options(smartdesk_read=True)):
                return False
        with sqlite_edge(file), engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                return _migrate(connection)
    finally:
        engine.dispose()


async def _upgrade_postgres(url: str) -> bool:
    from smartdesk_pbx.store.postgres import postgres_edge, postgres_engine

    engine = postgres_engine(url, poolclass=NullPool)
    try:
        with postgres_edge(engine.url.render_as_string(hide_password=True)):
            async with engine.begin() as connection:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                return await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


def _at_head(connection: Connection) -> bool:
    found = revision_of(connection)
    if found is not None and found > REVISION:
        raise RuleBroken(f"the database is at revision {found}, newer than this program's {REVISION}")
    return found == REVISION


def _migrate(connection: Connection) -> bool:
    if _at_head(connection):
        return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(share("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True
