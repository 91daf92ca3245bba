"""After an erasure: keys that were deleted must not be found in the database's own leftovers.

SQLite keeps what was there before in its write-ahead log; PostgreSQL keeps deleted rows until they are vacuumed.
"""

import sqlite3
import time
from contextlib import closing

from sqlalchemy import LargeBinary, NullPool, text

from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.session import sqlite_file, url_of
from smartdesk_pbx.store.tables import metadata

PATIENCE_S = 10.0
"""How long readers, and others who carry the log over, are waited for."""
_LOOK_S = 0.01


def wipe(where: Settings | str) -> bool:
    """Clear the leftovers; False when readers were in the way, and the next run has to do it."""
    file = sqlite_file(where)
    if file is None:
        from smartdesk_pbx.store.postgres import wait_for

        wait_for(_vacuum(url_of(where)))
        return True
    with closing(sqlite3.connect(file, timeout=PATIENCE_S)) as connection:
        return _cleared(connection)


def _cleared(connection: sqlite3.Connection) -> bool:
    until_s = time.monotonic() + PATIENCE_S
    while True:
        busy, pages, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        # No pages told: another one carries the log over just now. SQLite waits for readers, but never for that one.
        if not busy or pages >= 0 or time.monotonic() >= until_s:
            return not busy
        time.sleep(_LOOK_S)


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
