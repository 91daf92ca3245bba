"""After an erasure: keys that were deleted must not be found in the database's own leftovers.

SQLite keeps what was there before in its write-ahead log; PostgreSQL keeps deleted rows until they are vacuumed.
"""

import sqlite3
from contextlib import closing

from sqlalchemy import LargeBinary, NullPool, text

from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.session import sqlite_file, url_of
from smartdesk_pbx.store.tables import metadata


def wipe(where: Settings | str) -> bool:
    """Clear the leftovers; False when readers were in the way, and the next run has to do it."""
    file = sqlite_file(where)
    if file is None:
        from smartdesk_pbx.store.postgres import wait_for

        wait_for(_vacuum(url_of(where)))
        return True
    with closing(sqlite3.connect(file, timeout=10)) as connection:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def _sealed_tables() -> list[str]:
    """Those that hold keys or sealed values: `case_key`, letters, applications, registered details, …"""
    return [t.name for t in metadata.sorted_tables if any(isinstance(c.type, LargeBinary) for c in t.columns)]


async def _vacuum(url: str) -> None:
    from smartdesk_pbx.store.postgres import postgres_edge, postgres_engine

    engine = postgres_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with postgres_edge(engine.url.render_as_string(hide_password=True)):
            async with engine.connect() as connection:
                for name in _sealed_tables():
                    await connection.execute(text(f"VACUUM {name}"))
    finally:
        await engine.dispose()
