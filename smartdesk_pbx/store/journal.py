"""PostgreSQL only: the local journal. What stands here is fsynced on this node and will reach the ledger, in order.

Groups are written sealed, with the wrapped keys of their cases, those of one batch as one row. What was carried over
is deleted afterwards, so a daemon killed in between carries it again; the ledger knows each key once.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.facts import Group
from smartdesk_pbx.store.sqlite import SqliteDoor, make_file

_TABLES = (
    # `seq` is that of the last group in a row. Journals of before hold one group a row, not in a list.
    "CREATE TABLE IF NOT EXISTS waiting (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY, body BLOB NOT NULL, error TEXT NOT NULL)",
)


class Journal:
    """Made by `Journal.open`; one program at a time."""

    def __init__(self, door: SqliteDoor, lock: int, last_seq: int) -> None:
        self._door = door
        self._lock = lock
        self._last_seq = last_seq
        self._carried = 0
        self._forgotten = 0

    @classmethod
    def open(cls, file: Path, *, inline: bool = False) -> "Journal":
        """Open or make the journal (0600). Raises RuleBroken when another program has it, EdgeDown for a bad disk."""
        make_file(file)
        lock = _locked(file)
        door = SqliteDoor(file, inline=inline)
        try:
            return cls(door, lock, door.run_now(_prepare, read=False))
        except BaseException:
            door.close_now()
            os.close(lock)
            raise

    def left(self) -> list[tuple[int, Group]]:
        """What an earlier daemon did not carry over, oldest first, with its sequence numbers."""
        rows = self._door.run_now(
            lambda c: c.exec_driver_sql("SELECT seq, body FROM waiting ORDER BY seq").all(), read=True
        )
        found: list[tuple[int, Group]] = []
        for last, body in rows:
            held = msgspec.msgpack.decode(body, type=list[Group] | Group)
            groups = held if isinstance(held, list) else [held]
            found += enumerate(groups, last - len(groups) + 1)
        return found

    async def append(self, groups: Sequence[Group]) -> list[int]:
        """Write groups durably; their sequence numbers. Raises EdgeDown when the disk refuses."""
        # One row for all of them: the thread that writes gives way to the event loop at each row (measured).
        first, last = self._last_seq + 1, self._last_seq + len(groups)
        row = (last, msgspec.msgpack.encode(groups))
        carried = self._carried

        def write(connection: Connection) -> None:
            if carried > self._forgotten:
                connection.exec_driver_sql("DELETE FROM waiting WHERE seq <= ?", (carried,))
            connection.exec_driver_sql("INSERT OR REPLACE INTO waiting (seq, body) VALUES (?, ?)", row)

        await self._door.run(write, read=False)
        self._last_seq, self._forgotten = last, carried
        return list(range(first, last + 1))

    async def forget(self, up_to: int, *, at_once: bool) -> None:
        """Everything up to this sequence number is in the ledger. Unless `at_once`, the next `append` deletes it."""
        self._carried = max(self._carried, up_to)
        if at_once and self._carried > self._forgotten:
            carried = self._carried
            await self._door.run(
                lambda c: c.exec_driver_sql("DELETE FROM waiting WHERE seq <= ?", (carried,)), read=False
            )
            self._forgotten = carried

    async def refuse(self, seq: int, group: Group, error: Exception) -> None:
        """Set aside what the ledger can never take, for somebody to look at. All before it was carried over."""
        body, kind = msgspec.msgpack.encode(group), type(error).__name__

        def move(connection: Connection) -> None:
            # A daemon killed before the whole row was carried over finds it here when it comes to it again.
            known = connection.exec_driver_sql("SELECT 1 FROM refused WHERE body = ?", (body,)).first()
            if known is None:
                connection.exec_driver_sql("INSERT INTO refused (body, error) VALUES (?, ?)", (body, kind))
            connection.exec_driver_sql("DELETE FROM waiting WHERE seq <= ?", (seq,))

        await self._door.run(move, read=False)
        self._carried = self._forgotten = max(self._carried, seq)

    async def close(self) -> None:
        """Let go of the file and of its lock."""
        await self._door.close()
        os.close(self._lock)


def _prepare(connection: Connection) -> int:
    for statement in _TABLES:
        connection.exec_driver_sql(statement)
    return int(connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM waiting").scalar_one())


def _locked(file: Path) -> int:
    lock = os.open(file.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise RuleBroken(f"{file} is in use by another daemon") from None
    return lock
