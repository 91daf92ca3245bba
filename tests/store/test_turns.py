"""Which version of a flow a number has when: kept as turns, and nothing else that could disagree with them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import Connection, TableClause, Uuid, column, insert, table, text

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.flow.builtin import ANSWERING_ONLY
from smartdesk_pbx.flow.turns import Kind, Version, in_force
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import contract, flow, number, snapshot, subscriber, turn
from smartdesk_pbx.store.keeper import RoutingKeeper
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.session import Store
from tests.store.facts import AT, NUMBER, later
from tests.store.office import Office, tree

OTHER = "+81312345002"


def versions(store: Store, count: int) -> list[flow.PublishedFlow]:
    """So many versions of flow demo, each with another start."""
    return [
        store.run_now(lambda c, n=n: flow.publish(c, id=uuid4(), text=f"{n}", tree=tree(f"v{n}"), at=AT, by="taro"))  # type: ignore[misc]
        for n in range(1, count + 1)
    ]


def give(
    store: Store, what: flow.PublishedFlow, at: datetime, *, to: str = NUMBER, kind: Kind = "publish",
    from_at: datetime | None = None,
) -> UUID:  # fmt: skip
    id = uuid4()
    store.run_now(
        lambda c: turn.add(c, to, what.id, id=id, kind=kind, made_at=at, from_at=from_at, by="taro", reason="why")
    )
    return id


def assign(store: Store, office: Office, name: str = NUMBER, at: datetime = AT, **more: UUID) -> None:
    store.run_now(lambda c: number.assign(c, name, office.contract, id=uuid4(), at=at, flow_id=more.get("flow")))


def shown(store: Store, at: datetime, name: str = NUMBER) -> Version | None:
    """The version in force at an instant, as the list of numbers and as routing tell it: always the same."""
    listed = next(one for one in store.read_now(lambda c: number.listing(c, at=at)) if one.number == name)
    route = store.read_now(lambda c: snapshot.load(c, at)).routes[name]
    assert (listed.flow, listed.flow_version) == (route.flow_name, route.flow_version)
    turns = store.read_now(lambda c: turn.of_number(c, name))
    found = in_force(turns, at)
    assert (found.what if found else None) == (Version(listed.flow, listed.flow_version or 0) if listed.flow else None)
    return found.what if found else None


async def test_a_number_has_a_version_from_its_turn_on(store: Store, office: Office) -> None:
    one, two, three = versions(store, 3)
    assign(store, office, flow=one.id)
    give(store, two, later(10))
    give(store, three, later(20), kind="schedule", from_at=later(60))
    assert [shown(store, later(s)) for s in (0, 9, 10, 59, 60)] == [one.what, one.what, two.what, two.what, three.what]
    kept = await store.read(lambda c: turn.of_number(c, NUMBER))
    assert [(t.seq, t.kind, t.by, t.reason, t.broken) for t in kept] == [
        (1, "assign", "operations", "", ()), (2, "publish", "taro", "why", ()), (3, "schedule", "taro", "why", ()),
    ]  # fmt: skip


async def test_a_scheduled_turn_can_be_withdrawn_until_it_comes(store: Store, office: Office) -> None:
    one, two = versions(store, 2)
    assign(store, office, flow=one.id)
    id = give(store, two, later(0), kind="schedule", from_at=later(60))
    await store.run(lambda c: turn.withdraw(c, id, at=later(10), by="hanako"))
    assert shown(store, later(99)) == one.what
    (_, gone) = await store.read(lambda c: turn.of_number(c, NUMBER))
    assert (gone.withdrawn_at, gone.withdrawn_by) == (later(10), "hanako"), "it stays in the history"
    for at in (10, 99):
        with pytest.raises(RuleBroken, match="it is live already, or was withdrawn"):
            await store.run(lambda c, at=at: turn.withdraw(c, id, at=later(at), by="x"))  # type: ignore[misc]
    came = give(store, two, later(0), kind="schedule", from_at=later(60))
    with pytest.raises(RuleBroken, match="it is live already"):
        await store.run(lambda c: turn.withdraw(c, came, at=later(60), by="x"))


async def test_whoever_gets_the_number_next_begins_anew(store: Store, office: Office) -> None:
    one, two = versions(store, 2)
    assign(store, office, flow=one.id)
    give(store, two, later(1), kind="schedule", from_at=later(1000))
    await store.run(lambda c: number.release(c, NUMBER, at=later(10)))
    with pytest.raises(RuleBroken, match=r"\+81312345001 is not assigned"):
        give(store, two, later(11))
    assign(store, office, at=later(20))
    assert [shown(store, later(s)) for s in (20, 2000)] == [None, None]
    give(store, two, later(30))
    found = await store.read(lambda c: turn.history(c, NUMBER))
    assert [t.what.version for t in found] == [1, 2, 2]
    assert [t.what.version for t in await store.read(lambda c: turn.of_number(c, NUMBER))] == [2]


async def test_a_published_version_is_never_changed_again(store: Store) -> None:
    versions(store, 1)
    for statement in ("UPDATE flow SET text = 'x'", "DELETE FROM flow"):
        with pytest.raises(Exception, match="insert-only"):
            await store.run(lambda c, statement=statement: c.execute(text(statement)))  # type: ignore[misc]


async def test_who_published_and_what_was_forced_stays_with_the_version(store: Store) -> None:
    made = await store.run(
        lambda c: flow.publish(
            c, id=uuid4(), text="a", tree=tree(), at=AT, by="taro", forced="the owner insists", broken=["no way out"]
        )
    )
    assert await store.read(lambda c: flow.get(c, "demo", 1)) == made
    assert (made.published_by, made.forced, made.broken) == ("taro", "the owner insists", ("no way out",))
    again = await store.run(lambda c: flow.publish(c, id=uuid4(), text="a", tree=tree(), at=later(1), by="hanako"))
    assert again == made, "the same text is the same version"
    assert [one.version for one in await store.read(lambda c: flow.versions(c, "demo"))] == [1]
    with pytest.raises(RuleBroken, match="no flow none"):
        await store.read(lambda c: flow.versions(c, "none"))


async def test_many_at_once_each_have_a_turn(store: Store, office: Office) -> None:
    one, two = versions(store, 2)
    assign(store, office)
    ids = [uuid4() for _ in range(8)]

    def go(c: Connection, i: int) -> None:
        turn.add(c, NUMBER, (one, two)[i % 2].id, id=ids[i], kind="publish", made_at=later(i), by="x")

    await asyncio.gather(*(store.run(lambda c, i=i: go(c, i)) for i in range(8)))  # type: ignore[misc]
    kept = await store.read(lambda c: turn.of_number(c, NUMBER))
    assert sorted(t.seq for t in kept) == list(range(1, 9)) and {t.id for t in kept} == set(ids)


# ---- the routing snapshot ----------------------------------------------------------------------


async def test_routing_knows_what_goes_live_later_in_memory_and_on_disk(
    store: Store, office: Office, tmp_path: Path
) -> None:
    one, two, three = versions(store, 3)
    assign(store, office, flow=one.id)
    assign(store, office, OTHER, flow=one.id)
    give(store, two, AT, kind="schedule", from_at=later(60))
    give(store, three, AT, kind="schedule", from_at=later(120))
    routing = await store.read(lambda c: snapshot.load(c, AT))
    assert routing.next_at == later(60)
    snapshot.to_file(routing, tmp_path / "routing.json")
    from_disk = snapshot.from_file(tmp_path / "routing.json")
    assert from_disk == routing
    assert from_disk.routes[NUMBER].flow is from_disk.routes[OTHER].flow, "each flow stands on disk once"
    for known in (routing, from_disk):
        at = {s: known.as_of(later(s)) for s in (0, 59, 60, 119.999999, 120, 9999)}
        assert [r.routes[NUMBER].flow_version for r in at.values()] == [1, 1, 2, 2, 3, 3]
        assert {r.routes[OTHER].flow_version for r in at.values()} == {1}
        assert [r.next_at for r in at.values()] == [later(60), later(60), later(120), later(120), None, None]
        assert at[120].routes[NUMBER].flow == three.tree and at[59] is known


async def test_a_version_is_live_at_its_time_though_the_database_is_away(
    store: Store, office: Office, tmp_path: Path
) -> None:
    """Neither the sweep nor the CLI has anything to do at that time: the daemon knows it beforehand, and so does the
    one that starts from disk."""
    one, two = versions(store, 2)
    assign(store, office, flow=one.id)
    give(store, two, AT, kind="schedule", from_at=later(60))
    now = [later(0)]
    settings, clock = Settings(home=tmp_path), Clock(lambda: now[0])
    keeper = RoutingKeeper(settings, store, clock)
    await keeper.refresh()

    class Away(Store):
        async def read(self, fn: Callable[[Connection], object]) -> object:  # type: ignore[override]
            raise EdgeDown("away")

    away = Away(store._door)
    keeper._store = away
    restarted = RoutingKeeper(settings, away, clock)
    await restarted.refresh()
    for seconds, version in ((59.999999, 1), (60, 2), (61, 2)):
        now[0] = later(seconds)
        await keeper.refresh()
        assert [k.current().routes[NUMBER].flow_version for k in (keeper, restarted)] == [version, version]


async def test_what_was_read_once_is_not_read_again(store: Store, office: Office) -> None:
    one, two = versions(store, 2)
    assign(store, office, flow=one.id)
    first = await store.read(lambda c: snapshot.load(c, AT))
    give(store, two, later(1))
    second = await store.read(lambda c: snapshot.load(c, later(1), first))
    third = await store.read(lambda c: snapshot.load(c, later(2), second))
    assert second.routes[NUMBER].flow == two.tree
    assert third.routes[NUMBER].flow is second.routes[NUMBER].flow


async def test_r2_1_without_voice_guidance_no_version_is_met_now_or_later(store: Store, office: Office) -> None:
    one, two = versions(store, 2)
    assign(store, office, flow=one.id)
    give(store, two, AT, kind="schedule", from_at=later(60))
    await store.run(lambda c: contract.set_settings(c, office.contract, {"voice_guidance": False}))
    routing = await store.read(lambda c: snapshot.load(c, AT))
    assert routing.as_of(later(99)).routes[NUMBER].flow_name == ANSWERING_ONLY
    assert routing.next_at is None


# ---- an installation of before -----------------------------------------------------------------


async def test_a_number_of_before_keeps_the_flow_that_it_had(
    new_database: Callable[[bool], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At revision 0008 the version stood beside the number; from 0009 on it follows from the turns alone."""
    url, newest = new_database(False), command.upgrade
    with monkeypatch.context() as earlier:
        earlier.setattr(command, "upgrade", lambda config, _: newest(config, "0008"))
        upgrade(url)
    old = Store.open(url, check=False)
    await old.run(_numbers_of_before)
    await old.close()
    assert upgrade(url)
    store = Store.open(url)
    assert shown(store, later(5)) is None, "before the version was published"
    assert shown(store, later(10)) == Version("demo", 1)
    assert shown(store, later(10), OTHER) is None
    (kept,) = await store.read(lambda c: turn.history(c, NUMBER))
    assert (kept.kind, kept.from_at, kept.by) == ("assign", later(10), "")
    assert await store.read(lambda c: flow.get(c, "demo", 1)) == flow.PublishedFlow(
        FLOW, "demo", 1, "text", tree(), later(10)
    )
    new = await store.run(lambda c: flow.publish(c, id=uuid4(), text="new", tree=tree("new"), at=later(20)))
    give(store, new, later(20))
    assert shown(store, later(20)) == Version("demo", 2)
    await store.close()


FLOW = uuid4()


def _numbers_of_before(c: Connection) -> None:
    plan, who, of = standard_plan(), uuid4(), uuid4()
    contract.put_plan(c, id=plan.plan, name=plan.name, settings=plan.settings, rules=plan.rules)
    subscriber.add(c, id=who, slug="old", name="x", announced_name="x", announced_reading="", at=AT)
    contract.add(c, id=of, subscriber_id=who, plan=plan.plan, started_on=date(2026, 4, 1))
    flows = _of_before("flow", "id", "name", "version", "text", "tree", "published_at")
    written = {"text": "text", "tree": tree().model_dump_json(), "published_at": _stored(c, later(10))}
    c.execute(insert(flows).values(id=FLOW, name="demo", version=1, **written))
    numbers = _of_before("assigned_number", "number", "contract_id", "flow_version_id", "position")
    turns = _of_before("number_assignment", "id", "number", "contract_id", "from_at", "to_at")
    pooled = _of_before("pool_number", "number", "state", "since", "carrier")
    for i, (name, flow_id) in enumerate(((NUMBER, FLOW), (OTHER, None))):
        c.execute(insert(numbers).values(number=name, contract_id=of, flow_version_id=flow_id, position=i))
        c.execute(insert(turns).values(id=uuid4(), number=name, contract_id=of, from_at=_stored(c, AT), to_at=None))
        c.execute(insert(pooled).values(number=name, state="assigned", since=_stored(c, AT), carrier=""))
    before = {"from_at": _stored(c, AT - timedelta(days=9)), "to_at": _stored(c, AT - timedelta(days=8))}
    c.execute(insert(turns).values(id=uuid4(), number=NUMBER, contract_id=of, **before))


def _of_before(name: str, *columns: str) -> TableClause:
    return table(name, *(column(c, Uuid) if c == "id" or c.endswith("_id") else column(c) for c in columns))


def _stored(c: Connection, at: datetime) -> object:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if c.dialect.name == "sqlite" else at
