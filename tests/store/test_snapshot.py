"""The routing snapshot: complete, on disk too, and its version moves with every write."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.store import contract, flow, number, snapshot, subscriber, turn
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.store.facts import AT, NUMBER, later
from tests.store.office import EMERGENCY, Office, tree


async def test_the_snapshot_knows_all_of_a_number_and_survives_on_disk(
    store: Store, office: Office, sealer: Sealer, tmp_path: Path
) -> None:
    def seed(c: Connection) -> None:
        published = flow.publish(c, id=uuid4(), text="a", tree=tree(), at=AT)
        number.assign(c, NUMBER, office.contract, id=uuid4(), at=AT, flow_id=published.id)
        number.set_sources(c, NUMBER, ["+81311112222"])
        number.assign(c, "+81312345002", office.contract, id=uuid4(), at=AT)
        subscriber.set_emergency(c, sealer, office.subscriber, number=EMERGENCY, prompt="abcdefg")
        contract.set_state(c, office.contract, "suspended")

    await store.run(seed)
    routing = await store.read(snapshot.load)
    route = routing.routes[NUMBER]
    assert (route.subscriber_id, route.subscriber, route.contract_id) == (office.subscriber, "demo", office.contract)
    assert (route.contract_state, route.plan, route.plan_rules) == ("suspended", "standard", standard_plan().rules)
    assert (route.flow, route.flow_name, route.flow_version) == (tree(), "demo", 1)
    assert (route.settings.direct_transfer_threshold, route.announced_name, route.language) == (2, "さくら", "ja")
    assert (route.emergency_prompt, route.emergency_version) == ("abcdefg", 1)
    assert route.forward_sources == {"+81311112222"}
    assert routing.routes["+81312345002"].flow is None
    file = tmp_path / "deep" / "routing.json"
    snapshot.to_file(routing, file)
    assert snapshot.from_file(file) == routing
    assert file.stat().st_mode & 0o777 == 0o600
    assert EMERGENCY[3:] not in file.read_text()
    assert [f.name for f in file.parent.iterdir()] == ["routing.json"]
    file.write_text("{")
    with pytest.raises(RuleBroken, match="no routing snapshot"):
        snapshot.from_file(file)


async def test_every_write_that_changes_routing_moves_the_version(store: Store, office: Office, sealer: Sealer) -> None:
    published = await store.run(lambda c: flow.publish(c, id=uuid4(), text="a", tree=tree(), at=AT))
    plan = standard_plan()
    writes: list[Callable[[Connection], object]] = [
        lambda c: number.assign(c, NUMBER, office.contract, id=uuid4(), at=AT),
        lambda c: turn.add(c, NUMBER, published.id, id=uuid4(), kind="publish", made_at=AT, by="test"),
        lambda c: number.set_sources(c, NUMBER, []),
        lambda c: number.release(c, NUMBER, at=later(1)),
        lambda c: contract.set_state(c, office.contract, "suspended"),
        lambda c: contract.set_settings(c, office.contract, {}),
        lambda c: contract.put_plan(c, id=plan.plan, name="x", settings={}, rules=plan.rules),
        lambda c: subscriber.set_announced(c, office.subscriber, name="x", reading="x", prompt=None),
        lambda c: subscriber.set_emergency(c, sealer, office.subscriber, number=None, prompt=None),
    ]
    for write in writes:
        before = await store.read(snapshot.version)
        await store.run(write)
        assert await store.read(snapshot.version) > before


async def test_r3_a_stored_setting_that_is_not_valid_is_named(store: Store, office: Office) -> None:
    await store.run(lambda c: contract.set_settings(c, office.contract, {"no_such": 1}))
    await store.run(lambda c: number.assign(c, NUMBER, office.contract, id=uuid4(), at=AT))
    with pytest.raises(Mistakes, match="no_such"):
        await store.read(snapshot.load)


async def test_nothing_refers_to_what_is_not_there(store: Store, office: Office) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await store.run(lambda c: number.assign(c, NUMBER, uuid4(), id=uuid4(), at=AT))
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await store.run(lambda c: c.execute(text("DELETE FROM subscriber")))
