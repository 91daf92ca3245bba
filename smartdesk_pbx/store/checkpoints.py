"""Carrying what was committed from SQLite's log into the file itself, beside the writer.

Within a commit, as SQLite does it by itself, this took twice as long as the rest of every fifth batch (measured).
"""

import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

ROWS = 256
"""Changed rows between two of them: many make the disk busy for longer than a commit should wait (measured)."""


class Checkpoints:
    """Of one file, in a thread of its own, never in the way of a writer."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, "store-checkpoint")
        self._running: Future[None] | None = None
        self._carried_rows = 0
        self._connection: sqlite3.Connection | None = None

    def written(self, rows: int) -> None:
        """So many rows were changed since the file was opened: carry them over, unless they are too few."""
        if rows - self._carried_rows >= ROWS and (self._running is None or self._running.done()):
            self._carried_rows = rows
            self._running = self._thread.submit(self._carry)

    def close(self) -> None:
        """Finish what runs."""
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()

    def _carry(self) -> None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
                self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error:
            # What is wrong with the disk the next commit tells its writer; nothing is lost by not carrying over.
            return
