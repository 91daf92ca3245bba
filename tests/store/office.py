"""An invented subscriber with a contract, and a small flow."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import Connection

from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.store import contract, subscriber
from smartdesk_pbx.store.session import Store
from tests.store.facts import AT

EMERGENCY = "+815012345678"


def tree(start: str = "bye") -> Tree:
    nodes = {name: {"kind": "hangup"} for name in {"bye", start}}
    return Tree.model_validate({"flow": "demo", "languages": ["ja"], "start": start, "nodes": nodes})


@dataclass(frozen=True)
class Office:
    subscriber: UUID
    contract: UUID


async def make_office(store: Store) -> Office:
    """One subscriber with a contract under the standard plan."""
    made = Office(uuid4(), uuid4())

    def seed(c: Connection) -> None:
        plan = standard_plan()
        contract.put_plan(c, id=plan.plan, name=plan.name, settings=plan.settings, rules=plan.rules)
        subscriber.add(
            c,
            id=made.subscriber,
            slug="demo",
            name="株式会社さくら",
            announced_name="さくら",
            announced_reading="サクラ",
            at=AT,
        )
        contract.add(
            c, id=made.contract, subscriber_id=made.subscriber, plan=plan.plan, started_on=date(2026, 4, 1),
            settings={"direct_transfer_threshold": 2},
        )  # fmt: skip

    await store.run(seed)
    return made
