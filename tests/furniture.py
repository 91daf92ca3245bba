"""What stands in a world before anybody calls: a database, a subscriber with a number, agents."""

import asyncio
import functools
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from smartdesk_pbx.call.house import House
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import agent, contract, flow, number, subscriber
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.sqlite import SqliteDoor

T = TypeVar("T")

NUMBER = "+81312340001"
EMERGENCY = "+819012345678"
SOURCE = "+81355550000"
"""The registered forward source."""


class Door(SqliteDoor):
    """A database that can be away, and that lets others run before it answers, as a thread of its own does."""

    def __init__(self, file: Path, away: Callable[[], bool]) -> None:
        super().__init__(file, inline=True)
        self._is_away = away

    async def run(self, fn: Callable[[Any], T], *, read: bool) -> T:
        for _ in range(3):
            await asyncio.sleep(0)
        return self.run_now(fn, read=read)

    def run_now(self, fn: Callable[[Any], T], *, read: bool) -> T:
        if self._is_away():
            raise EdgeDown("the tests' database is away")
        return super().run_now(fn, read=read)


def furniture(
    house: House, tree: Any, emergency: bool, settings: Mapping[str, object], state: Any,
    agents: tuple[RehearsedAgent, ...],
) -> Callable[[Any], None]:  # fmt: skip
    """One subscriber with one contract and one number, and agents of team `front`; for `store.run`."""
    now, subscriber_id, contract_id, flow_id = house.clock.now(), uuid4(), uuid4(), uuid4()

    def furnish(c: Any) -> None:
        contract.put_plan(c, id="standard", name="Standard", settings={}, rules=standard_plan().rules)
        subscriber.add(
            c, id=subscriber_id, slug="sakura", name="Sakura", announced_name="さくら商事",
            announced_reading="さくらしょうじ", announced_prompt="name-ann", at=now,
        )  # fmt: skip
        contract.add(
            c, id=contract_id, subscriber_id=subscriber_id, plan="standard", started_on=date(2026, 4, 1),
            settings=settings, state=state,
        )  # fmt: skip
        flow.publish(c, id=flow_id, text="", tree=tree, at=now)
        number.assign(c, NUMBER, contract_id, id=uuid4(), at=now, flow_id=flow_id)
        number.set_sources(c, NUMBER, [SOURCE])
        if emergency:
            subscriber.set_emergency(c, house.sealer, subscriber_id, number=EMERGENCY, prompt="emer-num")
        for one in agents:
            agent.add(c, id=one.name, name=one.name, team="front", digest_md5="", digest_sha256="", at=now)

    return furnish


@functools.cache
def empty_database() -> bytes:
    """A SQLite file with all tables and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        upgrade(settings)
        return settings.database_file.read_bytes()
