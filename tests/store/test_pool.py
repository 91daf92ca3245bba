"""R7.1: the number pool: a number stands in one place, and all that became of it is kept."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import share
from smartdesk_pbx.store import contract, number, pool, subscriber
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.sqlite import make_file, sqlite_engine
from tests.store.facts import AT, NUMBER, later
from tests.store.office import Office


def assign(to: UUID, at_s: float = 0, name: str = NUMBER) -> Callable[[Connection], None]:
    return lambda c: number.assign(c, name, to, id=uuid4(), at=later(at_s))


def release(at_s: float, name: str = NUMBER) -> Callable[[Connection], None]:
    return lambda c: number.release(c, name, at=later(at_s), by="mio", reason="moved")


@pytest.fixture
async def other(store: Store, office: Office) -> UUID:
    """A contract of another subscriber."""
    who, id_ = uuid4(), uuid4()

    def seed(c: Connection) -> None:
        subscriber.add(c, id=who, slug="umi", name="Umi", announced_name="Umi", announced_reading="", at=AT)
        contract.add(c, id=id_, subscriber_id=who, plan="standard", started_on=date(2026, 4, 1))

    await store.run(seed)
    return id_


async def test_r7_1_a_released_number_is_kept_from_others_until_its_quarantine_ends(
    store: Store, office: Office, other: UUID
) -> None:
    await store.run(lambda c: contract.set_settings(c, office.contract, {"number_quarantine_days": 2}))
    await store.run(assign(office.contract))
    await store.run(release(10))
    with pytest.raises(RuleBroken, match=r"in quarantine until 2026-04-03.*smartdesk number free"):
        await store.run(assign(other, 20))
    with pytest.raises(RuleBroken, match="quarantine"):  # 2026-04-02 23:59:59 in Tokyo
        await store.run(assign(other, (AT.replace(day=2, hour=14, minute=59, second=59) - AT).total_seconds()))
    await store.run(assign(other, (AT.replace(day=2, hour=15, minute=0, second=1) - AT).total_seconds()))
    found = await store.read(lambda c: pool.find(c, NUMBER))
    assert found and (found.state, found.quarantined_until) == ("assigned", None)


async def test_r7_1_the_last_subscriber_may_take_the_number_back_at_once(
    store: Store, office: Office, other: UUID
) -> None:
    await store.run(assign(office.contract))
    await store.run(release(10))
    await store.run(assign(office.contract, 20))
    await store.run(release(30))
    await store.run(lambda c: pool.free(c, NUMBER, at=later(40), by="mio", reason="wrong number on paper"))
    await store.run(assign(other, 50))
    with pytest.raises(RuleBroken, match="no quarantine"):
        await store.run(lambda c: pool.free(c, NUMBER, at=later(60), by="mio", reason="x"))


async def test_r7_1_the_history_tells_all_that_became_of_a_number_and_cannot_be_changed(
    store: Store, office: Office
) -> None:
    await store.run(lambda c: pool.stock(c, [NUMBER], carrier="NTT", at=AT, by="ken"))
    await store.run(assign(office.contract, 1))
    await store.run(release(2))
    await store.run(lambda c: pool.port_out(c, NUMBER, to="KDDI", at=later(3), by="mio", reason="asked for it"))
    with pytest.raises(RuleBroken, match="ported out to KDDI"):
        await store.run(assign(office.contract, 4))
    await store.run(lambda c: pool.stock(c, [NUMBER], carrier="KDDI", at=later(5), by="ken", kind="ported_in"))
    happened = await store.read(lambda c: pool.events(c, number=NUMBER))
    assert [h.kind for h in happened] == ["stocked", "assigned", "released", "ported_out", "ported_in"]
    assert [h.by for h in happened] == ["ken", "operations", "mio", "mio", "ken"]
    assert [h.contract_id for h in happened] == [None, office.contract, office.contract, office.contract, None]
    assert happened[2].reason == "moved"
    for change in ("UPDATE pool_event SET reason = ''", "DELETE FROM pool_event"):
        with pytest.raises(Exception, match="insert-only"):
            await store.run(lambda c, change=change: c.execute(text(change)))  # type: ignore[misc]


async def test_r7_1_a_refusal_is_kept_with_its_reason_and_the_longest_free_number_is_next(
    store: Store, office: Office
) -> None:
    today = date(2026, 4, 1)
    with pytest.raises(RuleBroken, match="no number of the pool is free"):
        await store.read(lambda c: pool.next_free(c, today))
    said = "no number of Sapporo is left"
    await store.run(lambda c: pool.refuse(c, office.contract, number="", at=AT, by="mio", reason=said))
    (refused,) = await store.read(lambda c: pool.events(c, contract_id=office.contract))
    assert (refused.kind, refused.reason, refused.number) == ("refused", said, "")
    await store.run(lambda c: pool.stock(c, ["+81312345009"], carrier="", at=later(0), by="ken"))
    await store.run(lambda c: pool.stock(c, ["+81312345008"], carrier="", at=later(9), by="ken"))
    assert await store.read(lambda c: pool.next_free(c, today)) == "+81312345009"
    with pytest.raises(RuleBroken, match="in the pool already"):
        await store.run(lambda c: pool.stock(c, ["+81312345007", "+81312345008"], carrier="", at=AT, by="ken"))
    assert await store.read(lambda c: pool.find(c, "+81312345007")) is None, "all or none"


async def test_r7_1_an_assigned_number_does_not_leave_and_zero_days_are_no_quarantine(
    store: Store, office: Office, other: UUID
) -> None:
    await store.run(lambda c: contract.set_settings(c, office.contract, {"number_quarantine_days": 0}))
    await store.run(assign(office.contract))
    with pytest.raises(RuleBroken, match="assigned; release it first"):
        await store.run(lambda c: pool.port_out(c, NUMBER, to="KDDI", at=AT, by="mio", reason="x"))
    with pytest.raises(RuleBroken, match="not in the pool"):
        await store.run(lambda c: pool.port_out(c, "+81312345009", to="KDDI", at=AT, by="mio", reason="x"))
    await store.run(release(1))
    await store.run(assign(other, 2))
    found = await store.read(lambda c: number.listing(c))
    assert [(n.number, n.contract_id) for n in found] == [(NUMBER, other)]


def test_r7_1_numbers_of_an_installation_before_the_pool_are_put_into_it(tmp_path: Path) -> None:
    """By the migration: what is assigned stays so, what once was is free."""
    file = tmp_path / "old.db"
    make_file(file)
    engine = sqlite_engine(file)
    config = Config()
    config.set_main_option("script_location", str(share("migrations")))
    with engine.connect() as connection, connection.begin():
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for sql in (
            "INSERT INTO plan VALUES ('p', 'P', '{}', '{}', '1')",
            "INSERT INTO subscriber (id, slug, name, announced_name, announced_reading, announced_version,"
            " emergency_version, language, created_at) VALUES ('s', 's', 'S', 'S', '', 1, 0, 'ja', '2026')",
            "INSERT INTO contract (id, subscriber_id, plan, state, settings, started_on)"
            " VALUES ('c', 's', 'p', 'active', '{}', '2026-04-01')",
            "INSERT INTO assigned_number VALUES ('+81312345001', 'c', NULL, 1)",
            "INSERT INTO number_assignment VALUES ('1', '+81312345001', 'c', '2026-04-01', '2026-04-02')",
            "INSERT INTO number_assignment VALUES ('2', '+81312345001', 'c', '2026-04-03', NULL)",
            "INSERT INTO number_assignment VALUES ('3', '+81312345002', 'c', '2026-04-01', '2026-04-05')",
        ):
            connection.execute(text(sql))
        command.upgrade(config, "0004")
        rows = connection.execute(text("SELECT number, state, since FROM pool_number ORDER BY number")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [
        ("+81312345001", "assigned", "2026-04-03"),
        ("+81312345002", "free", "2026-04-05"),
    ]
