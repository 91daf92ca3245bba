"""The one door to the database: `await store.run(fn)` runs a plain function in one transaction."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, text

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.sqlite import SqliteDoor
from smartdesk_pbx.store.tables import REVISION

if TYPE_CHECKING:
    from smartdesk_pbx.store.postgres import PostgresDoor

T = TypeVar("T")

_HOW = "run `smartdesk db upgrade`"


class Store:
    """A database at the revision of this program. Made by `Store.open`."""

    def __init__(
        self,
        door: "SqliteDoor | PostgresDoor",
        now: Callable[[], datetime] | None = None,
        trace: Callable[[Connection], None] | None = None,
    ) -> None:
        self._door = door
        self._now = now
        self._trace = trace

    @classmethod
    def open(
        cls,
        where: Settings | str,
        *,
        inline: bool = False,
        now: Callable[[], datetime] | None = None,
        check: bool = True,
    ) -> "Store":
        """The store of an installation, or at a URL. `inline` and `now` are for skipped time.

        Raises RuleBroken when the database is not at this program's revision, EdgeDown when it is away.
        `check=False` opens a PostgreSQL that may be away just now; call `check_revision` once it is back.
        """
        file = sqlite_file(where)
        if file is not None and not file.exists():
            raise RuleBroken(f"no database at {file}: {_HOW}")
        store = cls(_postgres(url_of(where)) if file is None else SqliteDoor(file, inline=inline), now)
        if check:
            try:
                store.run_now(check_revision)
            except BaseException:
                store.close_now()
                raise
        return store

    @property
    def is_sqlite(self) -> bool:
        """True where journal and ledger are one file."""
        return isinstance(self._door, SqliteDoor)

    async def run(self, fn: Callable[[Connection], T]) -> T:
        """What `fn(connection)` returns, committed; rolled back on any raise. EdgeDown: the database is away,
        and whether the transaction was committed may be unknown."""
        return await self._door.run(self._traced(fn), read=False)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """As `run`, for functions that only read: one snapshot, never in the way of the writer."""
        return await self._door.run(fn, read=True)

    def run_now(self, fn: Callable[[Connection], T]) -> T:
        """As `run`, from plain code (the command line)."""
        return self._door.run_now(self._traced(fn), read=False)

    def read_now(self, fn: Callable[[Connection], T]) -> T:
        """As `read`, from plain code."""
        return self._door.run_now(fn, read=True)

    def traced(self, trace: Callable[[Connection], None]) -> "Store":
        """The same store, in which each transaction that changes something also runs `trace`, at its end."""
        return Store(self._door, self._now, trace)

    def untraced(self) -> "Store":
        """The same store without the trace: for a job of many transactions that leaves its trace once."""
        return Store(self._door, self._now)

    def _traced(self, fn: Callable[[Connection], T]) -> Callable[[Connection], T]:
        trace = self._trace
        if trace is None:
            return fn

        def both(connection: Connection) -> T:
            answer = fn(connection)
            trace(connection)
            return answer

        return both

    def now(self, connection: Connection) -> datetime:
        """The database's clock, aware UTC: the one clock that all nodes share."""
        return self._now() if self._now else database_now(connection)

    async def close(self) -> None:
        """Finish what runs and let go of the database."""
        await self._door.close()

    def close_now(self) -> None:
        """As `close`, from plain code."""
        self._door.close_now()


def _postgres(url: str) -> "PostgresDoor":
    """Imported here, as its libraries take 0.3 s that a command on SQLite need not spend."""
    from smartdesk_pbx.store.postgres import PostgresDoor

    return PostgresDoor(url)


def database_now(connection: Connection) -> datetime:
    """PostgreSQL's clock; SQLite has none but this machine's."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return at.astimezone(UTC)


def url_of(where: Settings | str) -> str:
    """The database's URL."""
    if isinstance(where, str):
        return where
    return where.database_url or f"sqlite:///{where.database_file}"


def sqlite_file(where: Settings | str) -> Path | None:
    """The file of a SQLite database, None for PostgreSQL. Raises RuleBroken for any other kind."""
    scheme, _, rest = url_of(where).partition("://")
    if scheme.partition("+")[0] == "postgresql":
        return None
    if scheme.partition("+")[0] != "sqlite" or not rest.removeprefix("/"):
        raise RuleBroken(f"database_url: {scheme}:// is not supported; use sqlite:///FILE or postgresql+asyncpg://…")
    return Path(rest.removeprefix("/"))


def revision_of(connection: Connection) -> str | None:
    """At which revision a database stands; None when it is empty."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def check_revision(connection: Connection) -> None:
    """Raises RuleBroken unless the database is at this program's revision."""
    found = revision_of(connection)
    if found is None:
        raise RuleBroken(f"the database is empty: {_HOW}")
    if found < REVISION:
        raise RuleBroken(f"the database is at revision {found}, this program needs {REVISION}: {_HOW}")
    if found > REVISION:
        raise RuleBroken(
            f"the database is at revision {found}, newer than this program's {REVISION}: install the newer program"
        )
