"""Every test of the store runs on SQLite and on PostgreSQL, each on a database of its own."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from smartdesk_pbx.bench.cluster import Cluster, running_cluster
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.store.keeping import House, make_house
from tests.store.office import Office, make_office


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        cluster.sql("CREATE DATABASE ready")
        assert upgrade(cluster.url("ready"))
        yield cluster


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server that only this test uses and may stop: recovery of one with all the others' databases takes minutes."""
    with running_cluster() as cluster:
        cluster.sql("CREATE DATABASE ready")
        assert upgrade(cluster.url("ready"))
        yield cluster


@pytest.fixture(scope="session")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables and nothing else, to be copied."""
    file = tmp_path_factory.mktemp("ready") / "ready.db"
    assert upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def new_database(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[bool], str]:
    """Makes a database and tells its URL: with the tables, or quite empty."""

    def make(with_tables: bool = True) -> str:
        name = f"t{uuid4().hex[:12]}"
        if backend == "sqlite":
            file = tmp_path / f"{name}.db"
            if with_tables:
                shutil.copy(request.getfixturevalue("ready_file"), file)
            return f"sqlite:///{file}"
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.sql(f"CREATE DATABASE {name}" + (" TEMPLATE ready" if with_tables else ""))
        return cluster.url(name)

    return make


@pytest.fixture
def url(new_database: Callable[[bool], str]) -> str:
    return new_database(True)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = Store.open(url)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    return Sealer(os.urandom(32), os.urandom(32))


@pytest.fixture
async def office(store: Store) -> Office:
    """One subscriber with a contract under the standard plan."""
    return await make_office(store)


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[House]:
    """A whole office with a subscriber, a contract and a number; its clock stands at `house.now`."""
    house = make_house(url, tmp_path / "home")
    yield house
    house.store.close_now()
