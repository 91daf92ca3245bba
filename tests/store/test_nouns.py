"""Subscribers, contracts, numbers, flows, agents, recordings, and call details."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.store import agent, cdr, contract, flow, number, recording, subscriber
from smartdesk_pbx.store.cdr import CallDetail
from smartdesk_pbx.store.recording import Recording
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.store.facts import AT, NUMBER, later
from tests.store.office import EMERGENCY, Office, tree


async def test_subscribers_are_found_by_slug_and_id(store: Store, office: Office) -> None:
    by_slug = await store.read(lambda c: subscriber.get(c, "demo"))
    assert by_slug == await store.read(lambda c: subscriber.get(c, str(office.subscriber)))
    assert by_slug == await store.read(lambda c: subscriber.by_id(c, office.subscriber))
    assert [s.slug for s in await store.read(subscriber.listing)] == ["demo"]
    assert (by_slug.announced_version, by_slug.emergency_version, by_slug.created_at) == (1, 0, AT)
    with pytest.raises(RuleBroken, match="no subscriber"):
        await store.read(lambda c: subscriber.get(c, "nobody"))
    with pytest.raises(RuleBroken, match="exists already"):
        await store.run(
            lambda c: subscriber.add(
                c, id=uuid4(), slug="demo", name="x", announced_name="x", announced_reading="x", at=AT
            )
        )


async def test_r8_2_the_emergency_number_is_sealed_versioned_and_can_be_taken_off(
    store: Store, office: Office, sealer: Sealer
) -> None:
    def change(to: str | None) -> int:
        return store.run_now(
            lambda c: subscriber.set_emergency(c, sealer, office.subscriber, number=to, prompt="abcdefg")
        )

    assert change(EMERGENCY) == 1
    who = await store.read(lambda c: subscriber.get(c, "demo"))
    assert who.emergency_sealed is not None and EMERGENCY.encode()[3:] not in who.emergency_sealed
    assert "sealed" not in repr(who)
    assert subscriber.emergency_of(sealer, who) == EMERGENCY
    assert change("+815099999999") == 2
    with pytest.raises(RuleBroken, match="cannot be opened"):  # an old value under a new version
        subscriber.emergency_of(sealer, replace(who, emergency_version=2))
    assert change(None) == 3
    who = await store.read(lambda c: subscriber.get(c, "demo"))
    assert subscriber.emergency_of(sealer, who) is None and who.emergency_prompt is None


async def test_a_change_of_the_announced_name_counts_and_notices_another(store: Store, office: Office) -> None:
    def change(at_version: int | None) -> int:
        return store.run_now(
            lambda c: subscriber.set_announced(
                c, office.subscriber, name="桜", reading="サクラ", prompt="n", at_version=at_version
            )
        )

    assert change(None) == 2
    assert change(2) == 3
    with pytest.raises(RuleBroken, match="meanwhile"):
        change(2)


async def test_contracts_and_plans_come_back_as_stored(store: Store, office: Office) -> None:
    found = await store.read(lambda c: contract.get(c, office.contract))
    assert found.settings == {"direct_transfer_threshold": 2} and found.state == "active"
    assert [x.id for x in await store.read(lambda c: contract.listing(c, office.subscriber))] == [office.contract]
    assert (await store.read(lambda c: contract.plan(c, "standard"))).rules == standard_plan().rules
    assert len(await store.read(contract.plan_listing)) == 1
    for refused in (
        lambda c: contract.set_state(c, uuid4(), "ended"),
        lambda c: contract.plan(c, "none"),
        lambda c: contract.add(
            c, id=uuid4(), subscriber_id=office.subscriber, plan="none", started_on=date(2026, 4, 1)
        ),
    ):
        with pytest.raises(RuleBroken, match="no "):
            await store.run(refused)


async def test_r7_1_a_number_belongs_to_one_contract_at_a_time_and_its_history_is_kept(
    store: Store, office: Office
) -> None:
    def assign(name: str, at: float) -> None:
        store.run_now(lambda c: number.assign(c, name, office.contract, id=uuid4(), at=later(at)))

    assign(NUMBER, 0)
    with pytest.raises(RuleBroken, match="assigned already"):
        assign(NUMBER, 1)
    store.run_now(lambda c: number.set_sources(c, NUMBER, ["+81311112222"]))
    await store.run(lambda c: number.release(c, NUMBER, at=later(10)))
    assign(NUMBER, 20)
    at = [-1, 0, 9, 10, 19, 20, 99]
    owners = [await store.read(lambda c, s=s: number.assigned_to(c, NUMBER, later(s))) for s in at]  # type: ignore[misc]
    ours = office.contract
    assert owners == [None, ours, ours, None, None, ours, ours]
    assert await store.read(lambda c: number.sources(c, NUMBER)) == []
    with pytest.raises(RuleBroken, match="not assigned"):
        await store.run(lambda c: number.release(c, "+81312345999", at=AT))


async def test_the_main_number_is_listed_first(store: Store, office: Office) -> None:
    for name, position in (("+81312345003", None), ("+81312345002", None), (NUMBER, 0)):
        store.run_now(
            lambda c, n=name, p=position: number.assign(c, n, office.contract, id=uuid4(), at=AT, position=p)  # type: ignore[misc]
        )
    found = await store.read(number.listing)
    assert [n.number for n in found] == [NUMBER, "+81312345003", "+81312345002"]
    assert {n.subscriber for n in found} == {"demo"}


async def test_each_publishing_is_a_version_and_the_same_text_is_none(store: Store) -> None:
    def publish(of: str, what: Tree) -> flow.PublishedFlow:
        return store.run_now(lambda c: flow.publish(c, id=uuid4(), text=of, tree=what, at=AT))

    assert [publish("a", tree()).version, publish("a", tree()).version, publish("b", tree("x")).version] == [1, 1, 2]
    assert (await store.read(lambda c: flow.get(c, "demo"))).tree == tree("x")
    first = await store.read(lambda c: flow.get(c, "demo", 1))
    assert (first.text, first.tree) == ("a", tree())
    assert [f.version for f in await store.read(flow.listing)] == [2]
    with pytest.raises(RuleBroken, match="no flow demo version 3"):
        await store.read(lambda c: flow.get(c, "demo", 3))


async def test_the_agent_idle_longest_comes_first_and_is_taken_once(store: Store) -> None:
    for name in ("a1", "a2", "a3"):
        store.run_now(
            lambda c, n=name: agent.add(c, id=n, name=n.upper(), team="front", digest_md5="m", digest_sha256="s", at=AT)  # type: ignore[misc]
        )

    def change(who: str, state: str, at: float, *expect: str) -> bool:
        call = uuid4() if state == "offered" else None
        return store.run_now(
            lambda c: agent.set_state(
                c, who, state, reason=None, call_id=call, at=later(at), expect=expect if expect else None
            )
        )

    def next_of(*reachable: str) -> str | None:
        return store.run_now(lambda c: agent.longest_idle(c, "front", reachable))

    assert next_of("a1", "a2") is None
    assert change("a2", "ready", 1) and change("a1", "ready", 2) and change("a3", "ready", 0)
    assert next_of("a1", "a2") == "a2"
    assert next_of() is None
    assert store.run_now(lambda c: agent.longest_idle(c, "back", {"a1"})) is None
    assert change("a2", "offered", 3, "ready") and not change("a2", "offered", 3, "ready")
    assert next_of("a1", "a2") == "a1"
    assert change("a2", "ready", 4, "offered")
    assert next_of("a1", "a2") == "a2"  # an offer that came to nothing costs no place
    assert change("a2", "paused", 5) and change("a2", "ready", 6)
    assert next_of("a1", "a2") == "a1"
    assert not change("nobody", "ready", 7)
    states = await store.read(agent.states)
    assert [(s.name, s.shown, s.state) for s in states][:2] == [("a1", "A1", "ready"), ("a2", "A2", "ready")]
    assert [a.id for a in await store.read(agent.listing)] == ["a1", "a2", "a3"]
    with pytest.raises(RuleBroken, match="exists already"):
        await store.run(
            lambda c: agent.add(c, id="a1", name="x", team="front", digest_md5="m", digest_sha256="s", at=AT)
        )


async def test_several_rows_of_a_call_become_one_detail_and_a_repeat_changes_nothing(store: Store) -> None:
    call, other = uuid4(), uuid4()
    rows = [
        CallDetail(call, later(5), None, later(30), None),
        CallDetail(call, later(0), later(2), later(20), 16),
        CallDetail(other, later(1), None, later(2), 127),
    ]
    for row in rows + rows:
        store.run_now(lambda c, r=row: cdr.store(c, r, read_at=later(99)))  # type: ignore[misc]
    assert await store.read(lambda c: cdr.get(c, call)) == CallDetail(call, later(0), later(2), later(30), 16)
    assert await store.read(lambda c: cdr.get(c, other)) == rows[2]


async def test_recordings_of_a_call(store: Store) -> None:
    one = Recording(uuid4(), "2026/04/01/x.wav", "talk", 12.5, 200_000, "a" * 64)
    for _ in range(2):
        await store.run(lambda c: recording.add(c, one))
    assert await store.read(lambda c: recording.of_call(c, one.call_id)) == [one]
