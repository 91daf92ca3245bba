"""Copying a whole database while it is in use, as of one moment: SQLite's online backup, or pg_dump on a snapshot."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, NullPool, make_url, text

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.store.sqlite import make_file, sqlite_edge, sqlite_engine

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Called with (done, in all)."""

_PAGES_AT_ONCE = 5_000


def copy_sqlite(source: Path, target: Path, look: Callable[[Connection], T], progress: Progress) -> T:
    """Copy a SQLite database that others may be writing to; what `look` finds in the copy. Writers do not wait."""
    make_file(target)
    opened = closing(sqlite3.connect(source, timeout=10)), closing(sqlite3.connect(target))
    with sqlite_edge(source), opened[0] as live, opened[1] as copy:
        # One moment: without a transaction of its own the copy would begin anew after each change by others.
        live.isolation_level = None
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: progress(total - left, total))
        copy.execute("PRAGMA journal_mode=DELETE")
    return look_sqlite(target, look)


def look_sqlite(file: Path, look: Callable[[Connection], T]) -> T:
    """What a function finds in a SQLite file that nobody else uses."""
    engine = sqlite_engine(file)
    try:
        with sqlite_edge(file), engine.connect() as connection:
            connection = connection.execution_options(smartdesk_read=True)
            with connection.begin():
                return look(connection)
    finally:
        engine.dispose()


def dump_postgres(url: str, target: Path, look: Callable[[Connection], T]) -> T:
    """Dump a PostgreSQL database with pg_dump; what `look` finds in the very same snapshot."""
    from smartdesk_pbx.store.postgres import postgres_edge, postgres_engine, wait_for

    async def dump() -> T:
        engine = postgres_engine(url, poolclass=NullPool)
        try:
            with postgres_edge(engine.url.render_as_string(hide_password=True)):
                async with engine.connect() as connection:
                    await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                    snapshot = (await connection.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
                    found = await connection.run_sync(look)
                    words = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
                    await asyncio.to_thread(_run, "pg_dump", url, *words, f"--file={target}")
                    return found
        finally:
            await engine.dispose()

    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    return wait_for(dump())


def restore_postgres(url: str, source: Path) -> None:
    """Fill an empty PostgreSQL database from a dump, all or nothing."""
    words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", url, *words, f"--dbname={make_url(url).database}", str(source))


def _run(program: str, url: str, *words: str) -> None:
    """Run one of PostgreSQL's tools; the password goes by the environment, where other users do not see it."""
    done = subprocess.run(
        [_tool(program), *words], env=os.environ | _address(url), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise EdgeDown(f"{program}: {' '.join(done.stderr.split()) or 'failed'}")


def _address(url: str) -> dict[str, str]:
    parts = make_url(url)
    named = {
        "PGHOST": parts.host,
        "PGPORT": parts.port,
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
        "PGSSLMODE": parts.query.get("ssl"),
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def _tool(program: str) -> str:
    """Debian's newest version of a tool, which reads every older server; else the one on the path."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    versions = sorted((f for f in folders if (f / program).is_file()), key=lambda f: int(f.parent.name))
    found = str(versions[-1] / program) if versions else shutil.which(program)
    if found is None:
        raise RuleBroken(f"{program} is not here: apt-get install postgresql-client")
    return found
