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

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
"""How long a transaction waits for another program's before the database counts as away."""

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
        self.engine = sqlite_engine(file)
        self._inline = inline
        self._writes = ThreadPoolExecutor(1, "store-write")
        self._reads = ThreadPoolExecutor(1, "store-read")

    async def run(self, fn: Callable[[Connection], T], *, read: bool) -> T:
        """See `Store.run`."""
        if self._inline:
            return self.run_now(fn, read=read)
        thread = self._reads if read else self._writes
        return await asyncio.get_running_loop().run_in_executor(thread, lambda: self.run_now(fn, read=read))

    def run_now(self, fn: Callable[[Connection], T], *, read: bool) -> T:
        """See `Store.run_now`."""
        with sqlite_edge(self.file), self.engine.connect() as connection:
            connection = connection.execution_options(smartdesk_read=read)
            with connection.begin():
                return fn(connection)

    async def close(self) -> None:
        """See `Store.close`."""
        self.close_now()

    def close_now(self) -> None:
        """Finish what runs, close the file."""
        self._writes.shutdown()
        self._reads.shutdown()
        self.engine.dispose()


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


def _on_begin(connection: Connection) -> None:
    read = connection.get_execution_options().get("smartdesk_read", False)
    connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")
