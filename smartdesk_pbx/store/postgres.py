"""PostgreSQL behind the store: asyncpg under SQLAlchemy; plain functions run by `AsyncConnection.run_sync`."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, NullPool, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from smartdesk_pbx.errors import EdgeDown

T = TypeVar("T")

CONNECT_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 60.0
"""One statement that takes longer than this counts as the database being away."""

_AWAY_CLASSES = {"08", "40", "53", "55", "57", "58"}
"""SQLSTATE classes: connection, rollback (deadlock), resources, lock, operator intervention, system."""


class PostgresDoor:
    """Runs plain functions in transactions on one PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._shown = make_url(url).render_as_string(hide_password=True)
        self._pooled = postgres_engine(url)

    async def run(self, fn: Callable[[Connection], T], *, read: bool) -> T:
        """See `Store.run`."""
        return await self._run_on(self._pooled, fn, read)

    def run_now(self, fn: Callable[[Connection], T], *, read: bool) -> T:
        """See `Store.run_now`: on a connection of its own, as a pool belongs to one event loop."""
        return wait_for(self._run_once(fn, read))

    async def _run_once(self, fn: Callable[[Connection], T], read: bool) -> T:
        engine = postgres_engine(self._url, poolclass=NullPool)
        try:
            return await self._run_on(engine, fn, read)
        finally:
            await engine.dispose()

    async def _run_on(self, engine: AsyncEngine, fn: Callable[[Connection], T], read: bool) -> T:
        with postgres_edge(self._shown):
            async with engine.connect() as connection:
                if read:
                    await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                async with connection.begin():
                    return await connection.run_sync(fn)

    async def close(self) -> None:
        """See `Store.close`."""
        await self._pooled.dispose()

    def close_now(self) -> None:
        """Let go of a store that was used by `run_now` alone."""
        self._pooled.sync_engine.dispose(close=False)


def postgres_engine(url: str, **options: Any) -> AsyncEngine:
    """An engine with time limits. `url` may say postgresql:// or postgresql+asyncpg://."""
    arguments = {
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": COMMAND_TIMEOUT_S,
        # A plan made while the ledger was empty would scan it for ever (measured: 20 ms instead of 1).
        "server_settings": {"plan_cache_mode": "force_custom_plan", "jit": "off"},
    }
    with_driver = make_url(url).set(drivername="postgresql+asyncpg")
    return create_async_engine(with_driver, pool_pre_ping=True, connect_args=arguments, **options)


@contextmanager
def postgres_edge(shown: str) -> Iterator[None]:
    """Turns refused, lost and timed-out connections, deadlocks and shut-downs into EdgeDown."""
    try:
        yield
    except (OSError, TimeoutError) as error:
        raise EdgeDown(f"database {shown}: {error or 'no answer in time'}") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        away = isinstance(error, InterfaceError | OperationalError) or error.connection_invalidated
        if away or state[:2] in _AWAY_CLASSES:
            raise EdgeDown(f"database {shown}: {error.orig}") from error
        raise


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from plain code, also where a loop is running in this thread (it is blocked)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as error:
            failure.append(error)

    thread = Thread(target=body, name="store-now")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
