"""R7.2: every version of a plan's rules is kept for good."""

import pytest
from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import DBAPIError

from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import contract, rules
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables.cases import plan_rules

STANDARD = standard_plan().rules


def put(connection: Connection, new: Rules, plan: str = "standard") -> None:
    contract.put_plan(connection, id=plan, name="Standard", settings={}, rules=new)


async def test_r7_2_every_version_stays_and_says_the_same(store: Store) -> None:
    newer = STANDARD.model_copy(update={"version": "next", "rules": STANDARD.rules[-1:]})
    for one in (STANDARD, newer, STANDARD):  # back to an earlier version is allowed
        await store.run(lambda c, r=one: put(c, r))  # type: ignore[misc]
    assert await store.read(lambda c: rules.versions(c, "standard")) == ["next", STANDARD.version]
    assert await store.read(lambda c: rules.of(c, "standard", STANDARD.version)) == STANDARD
    assert await store.read(lambda c: rules.of(c, "standard", "next")) == newer
    assert await store.read(lambda c: rules.of(c, "other", "next")) is None


async def test_r7_2_other_rules_under_a_version_that_was_used_are_refused(store: Store) -> None:
    await store.run(lambda c: put(c, STANDARD))
    await store.run(lambda c: put(c, STANDARD.model_copy(update={"version": "next"})))
    other = STANDARD.model_copy(update={"rules": STANDARD.rules[-1:]})
    with pytest.raises(RuleBroken, match="not the rules of version"):
        await store.run(lambda c: put(c, other))
    assert (await store.read(lambda c: contract.plan(c, "standard"))).rules.version == "next", "nothing half-written"
    await store.run(lambda c: put(c, other, "another"))


@pytest.mark.parametrize("change", [update(plan_rules).values(version="x"), delete(plan_rules)])
async def test_r7_2_the_database_itself_refuses_to_change_them(store: Store, change: object) -> None:
    await store.run(lambda c: put(c, STANDARD))
    with pytest.raises(DBAPIError, match="insert-only"):
        await store.run(lambda c: c.execute(change))  # type: ignore[call-overload]
