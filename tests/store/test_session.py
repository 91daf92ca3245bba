"""The door: transactions, migrations, and what is said when the database is away or at another revision."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text, update

from smartdesk_pbx.bench.cluster import Cluster
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.settings import Settings, share
from smartdesk_pbx.store import schema
from smartdesk_pbx.store.routing_version import bump, version
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.session import Store, check_revision, url_of
from smartdesk_pbx.store.sqlite import sqlite_engine
from smartdesk_pbx.store.tables import REVISION, metadata, routing_version


def fail_after_bump(connection: Connection) -> None:
    bump(connection)
    raise KeyError("on the way")


async def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    before = await store.read(version)
    with pytest.raises(KeyError):
        await store.run(fail_after_bump)
    assert await store.read(version) == before
    await store.run(bump)
    assert await store.read(version) == before + 1
    store.run_now(bump)
    assert store.read_now(version) == before + 2


def slow_read_modify_write(connection: Connection) -> None:
    """Loses updates wherever two transactions may read before either writes."""
    row = connection.execute(select(routing_version.c.version).with_for_update()).scalar_one()
    connection.execute(update(routing_version).values(version=row + 1))


def many(url: str, times: int) -> None:
    store = Store.open(url)
    for _ in range(times):
        store.run_now(slow_read_modify_write)
    store.close_now()


async def test_no_update_is_lost_between_stores(store: Store, url: str) -> None:
    before = await store.read(version)
    threads = [threading.Thread(target=many, args=(url, 10)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert await store.read(version) == before + 40


async def test_reading_never_waits_for_a_writer(store: Store, url: str) -> None:
    inside, done = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        bump(connection)
        inside.set()
        assert done.wait(10)

    other = Store.open(url)
    thread = threading.Thread(target=lambda: other.run_now(hold))
    thread.start()
    assert await asyncio.to_thread(inside.wait, 10)
    before = await asyncio.wait_for(store.read(version), 5)
    done.set()
    await asyncio.to_thread(thread.join)
    assert await store.read(version) == before + 1
    await other.close()


async def test_a_reading_sees_one_moment(store: Store, url: str) -> None:
    other = Store.open(url)

    def read_twice(connection: Connection) -> tuple[int, int]:
        first = version(connection)
        other.run_now(bump)
        return first, version(connection)

    first, second = await store.read(read_twice)
    assert first == second == await store.read(version) - 1
    await other.close()


async def test_the_clock_is_the_databases_or_the_injected_one(store: Store, url: str) -> None:
    before = datetime.now(UTC)
    now = await store.run(store.now)
    assert before <= now <= datetime.now(UTC)
    fixed = datetime(2026, 4, 1, tzinfo=UTC)
    injected = Store.open(url, inline=True, now=lambda: fixed)
    assert await injected.run(injected.now) == fixed
    await injected.close()


async def test_inline_runs_in_the_callers_thread(store: Store, url: str) -> None:
    inline = Store.open(url, inline=True)
    if store.is_sqlite:
        assert await inline.run(lambda _: threading.get_ident()) == threading.get_ident()
        assert await store.run(lambda _: threading.get_ident()) != threading.get_ident()
    await inline.close()


# ---- migrations ------------------------------------------------------------------------------------


async def test_an_empty_database_is_upgraded_once(new_database: Callable[[bool], str], backend: str) -> None:
    url = new_database(False)
    with pytest.raises(RuleBroken, match="smartdesk db upgrade"):
        Store.open(url)
    assert upgrade(url) is True
    assert upgrade(url) is False
    store = Store.open(url)
    rows = await store.read(lambda c: c.execute(text("SELECT count(*) FROM installation")).scalar_one())
    assert rows == 1
    await store.close()


def test_two_programs_may_upgrade_at_once(new_database: Callable[[bool], str]) -> None:
    url = new_database(False)
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(upgrade(url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, False, True]


async def test_a_failing_upgrade_leaves_nothing_behind(
    new_database: Callable[[bool], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database(False)
    whole = schema._migrate

    def broken(connection: Connection) -> bool:
        whole(connection)
        raise ArithmeticError("power cut")

    monkeypatch.setattr(schema, "_migrate", broken)
    with pytest.raises(ArithmeticError):
        upgrade(url)
    with pytest.raises(RuleBroken, match="empty"):
        Store.open(url)


@pytest.mark.parametrize(("found", "says"), [("0000", "db upgrade"), ("9999", "newer")])
def test_another_revision_is_told_in_one_line(url: str, found: str, says: str) -> None:
    store = Store.open(url)
    store.run_now(lambda c: c.execute(text(f"UPDATE alembic_version SET version_num = '{found}'")))
    store.close_now()
    with pytest.raises(RuleBroken, match=says):
        Store.open(url)
    late = Store.open(url, check=False)
    with pytest.raises(RuleBroken, match=says):
        late.read_now(check_revision)
    late.close_now()


def test_the_migrations_end_at_this_programs_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(share("migrations")))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


async def test_the_migrations_make_exactly_the_tables_of_the_program(store: Store) -> None:
    def differences(connection: Connection) -> object:
        options = {"compare_type": store.is_sqlite is False, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    assert await store.read(differences) == []


# ---- away ------------------------------------------------------------------------------------------


def test_no_database_and_an_unknown_kind_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RuleBroken, match=r"no database at .*smartdesk db upgrade"):
        Store.open(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(RuleBroken, match="not supported"):
        Store.open("mysql://x/y")
    assert url_of(Settings(home=tmp_path)) == f"sqlite:///{tmp_path}/smartdesk.db"


async def test_a_locked_or_unreadable_file_is_an_edge_that_is_down(
    ready_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartdesk_pbx.store.sqlite.BUSY_TIMEOUT_MS", 20)
    file = tmp_path / "locked.db"
    file.write_bytes(ready_file.read_bytes())
    store = Store.open(f"sqlite:///{file}")
    with sqlite_engine(file).connect() as holder, holder.begin():
        with pytest.raises(EdgeDown, match="locked"):
            await store.run(bump)
        assert await store.read(version) == 1
    await store.close()
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"this is not a database" * 99)
    with pytest.raises(EdgeDown, match="not a database"):
        Store.open(f"sqlite:///{junk}")


async def test_postgres_away_or_unknown_is_an_edge_that_is_down(cluster: Cluster) -> None:
    with pytest.raises(EdgeDown):
        Store.open("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(EdgeDown):
        upgrade("postgresql://nobody@127.0.0.1:1/none")
    later = Store.open("postgresql://nobody:secret@127.0.0.1:1/none", check=False)
    with pytest.raises(EdgeDown) as caught:
        await later.run(bump)
    assert "secret" not in str(caught.value)
    await later.close()


async def test_a_server_that_restarts_is_used_again_at_once(own_cluster: Cluster) -> None:
    store = Store.open(own_cluster.url("ready"))
    await store.run(bump)
    own_cluster.stop()
    own_cluster.start()
    await store.run(bump)
    assert await store.read(version) == 3
    await store.close()


def test_the_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path}/new/s.db")
    store = Store.open(f"sqlite:///{tmp_path}/new/s.db")
    store.run_now(bump)
    assert {f.stat().st_mode & 0o777 for f in (tmp_path / "new").iterdir()} == {0o600}
    store.close_now()
