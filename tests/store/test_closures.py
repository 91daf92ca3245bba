"""Closures of numbers: in force for the next call, above every calendar, until they end."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.store import closure, number, snapshot
from smartdesk_pbx.store.session import Store
from tests.store.facts import AT, NUMBER, later
from tests.store.office import Office


def close(store: Store, at: datetime, until: datetime | None, reason: str = "typhoon") -> None:
    store.run_now(lambda c: closure.close(c, NUMBER, id=uuid4(), at=at, until=until, reason=reason, by="taro"))


def known(store: Store, at: datetime) -> tuple[Closure, ...]:
    return store.read_now(lambda c: snapshot.load(c, at)).routes[NUMBER].closures


@pytest.fixture
def assigned(store: Store, office: Office) -> Store:
    store.run_now(lambda c: number.assign(c, NUMBER, office.contract, id=uuid4(), at=AT))
    return store


async def test_a_closure_is_in_the_routing_at_once_and_on_disk(assigned: Store, tmp_path: Path) -> None:
    before = await assigned.read(snapshot.version)
    close(assigned, later(10), later(100))
    assert await assigned.read(snapshot.version) > before, "the daemon takes it up"
    assert known(assigned, later(10)) == (Closure(later(10), later(100), "typhoon"),)
    routing = await assigned.read(lambda c: snapshot.load(c, later(10)))
    snapshot.to_file(routing, tmp_path / "routing.json")
    assert snapshot.from_file(tmp_path / "routing.json") == routing


async def test_opened_again_it_held_until_then_and_a_call_of_before_still_knows_it(assigned: Store) -> None:
    close(assigned, later(10), None)
    await assigned.run(lambda c: closure.reopen(c, NUMBER, at=later(50), by="hanako"))
    (one,) = known(assigned, later(60))
    assert (one.holds(later(49)), one.holds(later(50))) == (True, False)
    assert known(assigned, later(50) + closure.KEPT + timedelta(seconds=1)) == ()
    with pytest.raises(RuleBroken, match=r"\+81312345001 is not closed \(smartdesk flow closures lists what is\)"):
        await assigned.run(lambda c: closure.reopen(c, NUMBER, at=later(70), by="hanako"))


async def test_closing_anew_takes_the_place_of_what_held(assigned: Store) -> None:
    close(assigned, later(10), later(100))
    close(assigned, later(20), later(30), "shorter")
    assert [one.holds(later(25)) for one in known(assigned, later(20))] == [False, True]
    assert not any(one.holds(later(40)) for one in known(assigned, later(20)))
    kept = await assigned.read(lambda c: closure.listing(c, number=NUMBER))
    assert [(one.reason, one.ended_at, one.ended_by) for one in kept] == [
        ("typhoon", later(20), "taro"), ("shorter", None, None),
    ]  # fmt: skip


async def test_a_closure_that_was_over_at_once_is_never_met(assigned: Store) -> None:
    close(assigned, later(10), later(100))
    close(assigned, later(10), later(100), "the same moment")
    assert [one.reason for one in known(assigned, later(10))] == ["the same moment"]


async def test_whoever_gets_the_number_next_is_open(assigned: Store, office: Office) -> None:
    close(assigned, later(10), None)
    await assigned.run(lambda c: number.release(c, NUMBER, at=later(20)))
    with pytest.raises(RuleBroken, match="is not assigned"):
        close(assigned, later(21), None)
    await assigned.run(lambda c: number.assign(c, NUMBER, office.contract, id=uuid4(), at=later(30)))
    assert known(assigned, later(30)) == ()
    assert await assigned.read(lambda c: closure.listing(c)) == []
    assert len(await assigned.read(lambda c: closure.listing(c, past=True))) == 1
