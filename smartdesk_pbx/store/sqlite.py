"""SQLite behind the store: one file, one connection at a time writes, one thread in production.

Transactions that may write begin IMMEDIATE: a plain BEGIN loses updates (measured). Reads see one snapshot and
never wait for the writer.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.store.checkpoints import Checkpoints

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
"""How long a transaction waits for another program's before the database counts as away."""
CACHE_KB = 16_384
"""Pages of the file that a connection keeps, at most; the driver's own 2 MB hold less than a busy batch touches."""
WAL_PAGES = 16_384
"""A commit that finds the log longer than this (64 MB) empties it itself, where `Checkpoints` did not."""

_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_NOMEM,
}


class SqliteDoor:
    """Runs plain functions in transactions on one SQLite file. `inline`: in the caller's thread (skipped time)."""

    def __init__(self, file: Path, *, inline: bool) -> None:
        self.file = file
        self._inline = inline
        self._writes = _Desk(file, "store-write", read=False)
        self._reads = _Desk(file, "store-read", read=True)
        self._checkpoints = Checkpoints(file)

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """Where connections for writing and for reading are made."""
        return self._writes.engine, self._reads.engine

    async def run(self, fn: Callable[[Connection], T], *, read: bool) -> T:
        """See `Store.run`."""
        if self._inline:
            return self.run_now(fn, read=read)
        desk = self._reads if read else self._writes
        return await asyncio.get_running_loop().run_in_executor(desk.thread, lambda: self.run_now(fn, read=read))

    def run_now(self, fn: Callable[[Connection], T], *, read: bool) -> T:
        """See `Store.run_now`."""
        desk = self._reads if read else self._writes
        with sqlite_edge(self.file), desk.engine.connect() as connection:
            with connection.begin():
                done = fn(connection)
            if not read and not self._inline:
                self._checkpoints.written(changed_rows(connection))
        return done

    async def close(self) -> None:
        """See `Store.close`."""
        self.close_now()

    def close_now(self) -> None:
        """Finish what runs, close the file."""
        for desk in (self._writes, self._reads):
            desk.thread.shutdown()
        self._checkpoints.close()
        for desk in (self._writes, self._reads):
            desk.engine.dispose()


class _Desk:
    """A thread and connections of its own: a connection that others write beside forgets the pages it has read."""

    def __init__(self, file: Path, name: str, *, read: bool) -> None:
        self.thread = ThreadPoolExecutor(1, name)
        self.engine = sqlite_engine(file).execution_options(smartdesk_read=read)


def sqlite_engine(file: Path) -> Engine:
    """An engine whose connections are set up for the ledger: WAL, synchronous=FULL, foreign keys; what is deleted or
    blanked is overwritten (R25)."""
    url = URL.create("sqlite", database=str(file))
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def make_file(file: Path) -> None:
    """Create the empty database file, readable by its owner alone; SQLite gives its -wal and -shm the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def sqlite_edge(file: Path) -> Iterator[None]:
    """Turns "locked", "disk full", "cannot open" and the like into EdgeDown."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause: Any = getattr(error, "orig", error)
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None and (code & 0xFF) in _AWAY:
            raise EdgeDown(f"database {file}: {cause}") from error
        raise


def changed_rows(connection: Connection) -> int:
    """How many rows this connection to SQLite has changed since it was opened."""
    raw: Any = connection.connection.driver_connection
    return int(raw.total_changes)


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KB}")
    connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")


def _on_begin(connection: Connection) -> None:
    read = connection.get_execution_options().get("smartdesk_read", False)
    connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")
