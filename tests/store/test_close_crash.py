"""A close that is killed at any point loses nothing and doubles nothing: 30 seeded kills on each database."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select

from smartdesk_pbx.bench.cluster import Cluster
from smartdesk_pbx.store import audit, books, closed, invoice
from smartdesk_pbx.store.rerate import rerate
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables.receivables import book_entry
from tests.store.closing import close_month, closes_at_once, killed_close
from tests.store.money import MONTH, Told, open_at, set_up, sign_up, tell

SEEDS = int(os.environ.get("SEEDS", "30"))
CONTRACTS = 7
KILLS = 5
"""So many closes in a row are killed on one database, then one is let through."""
STATEMENTS = 90
"""A close of these contracts has about as many statements and commits."""


def seed(connection: Connection) -> None:
    set_up(connection)
    for n in range(CONTRACTS):
        who, of = sign_up(connection, n)
        tell(connection, who, of, [Told(n * 100 + i, i, i % 3) for i in range(n + 2)])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes copies of one database in which October waits to be closed; tells their URLs."""
    folder = tmp_path_factory.mktemp("crash")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("ready_file"), folder / "seeded.db")
        url = f"sqlite:///{folder}/seeded.db"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        name = f"s{uuid4().hex[:12]}"
        cluster.sql(f"CREATE DATABASE {name} TEMPLATE ready")
        url = cluster.url(name)
    store = open_at(url)
    store.run_now(seed)
    store.close_now()

    def copy() -> str:
        new = f"c{uuid4().hex[:12]}"
        if request.param == "sqlite":
            for file in folder.glob("seeded.db*"):
                shutil.copy(file, file.with_name(file.name.replace("seeded", new)))
            return f"sqlite:///{folder}/{new}.db"
        cluster.sql(f"CREATE DATABASE {new} TEMPLATE {name}")
        return cluster.url(new)

    return copy


@pytest.fixture(scope="module")
def whole(copies: Callable[[], str]) -> list[str]:
    """The documents of a close that nobody disturbed."""
    url = copies()
    close_month(url)
    return contents(open_at(url))


def contents(store: Store) -> list[str]:
    """The bytes of all documents in order of number."""

    def read(c: Connection) -> list[str]:
        return [invoice.get(c, entry.number).content for entry in reversed(invoice.listing(c))]

    found = store.read_now(read)
    store.close_now()
    return found


@pytest.mark.parametrize("first", range(0, SEEDS, KILLS))
def test_kill_9_at_any_point_of_a_close_loses_and_doubles_nothing(
    copies: Callable[[], str], whole: list[str], first: int
) -> None:
    url = copies()
    codes = []
    for number in range(first, min(first + KILLS, SEEDS)):
        chance = random.Random(f"close {number}")
        after_s = chance.choice([0.0, chance.uniform(0, 0.003)])
        codes.append(killed_close(url, chance.randrange(1, STATEMENTS), after_s))
    assert set(codes) <= {-9, 0} and -9 in codes
    store = open_at(url)
    numbers = [entry.number for entry in reversed(store.read_now(invoice.listing))]
    assert numbers == list(range(1, len(numbers) + 1)), "no gap, also half way"
    assert len(store.read_now(lambda c: closed.closed_in(c, MONTH))) == len(numbers), (
        "each contract whole or not at all"
    )
    close_month(url)
    assert contents(open_at(url)) == whole, "byte by byte as if nothing had happened"
    assert store.read_now(audit.verify_all) == []
    assert store.read_now(all_wrong) == []
    keys = store.read_now(lambda c: set(c.execute(select(book_entry.c.key)).scalars()))
    assert keys == {f"invoice:{number}" for number in range(1, CONTRACTS + 1)}
    assert sum(store.read_now(books.balances).values()) == 0
    store.close_now()


def half_way(connection: Connection) -> tuple[list[int], int]:
    numbers = [entry.number for entry in reversed(invoice.listing(connection))]
    return numbers, len(closed.closed_in(connection, MONTH))


def all_wrong(connection: Connection) -> list[object]:
    return [wrong for row in closed.closed_in(connection, MONTH).values() for wrong in rerate(connection, row)]


def test_a_close_has_about_as_many_statements_as_the_kills_are_spread_over(copies: Callable[[], str]) -> None:
    """Else kills would all fall into its beginning, or after its end."""
    assert killed_close(copies(), STATEMENTS - 45, 0.0) == -9
    assert killed_close(copies(), STATEMENTS + 45, 0.0) == 0


def test_two_closes_at_once_close_each_contract_once(copies: Callable[[], str], whole: list[str]) -> None:
    url = copies()
    assert closes_at_once(url, 2) == [0, 0]
    assert contents(open_at(url)) == whole


def test_the_files_of_a_copy_are_whole(copies: Callable[[], str], tmp_path: Path) -> None:
    store = open_at(copies())
    assert store.read_now(invoice.listing) == [] and store.read_now(audit.verify_all) == []
    store.close_now()
