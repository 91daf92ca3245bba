"""The suite of both telephones, here against the phone of skipped time."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.contract import events
from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.rehearsal.outside import RehearsedOutside
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from smartdesk_pbx.store import flow as store_flow
from smartdesk_pbx.store import turn
from smartdesk_pbx.store.case import CaseFile
from tests.skipped import in_skipped_time
from tests.suite import CONVERSATIONS, OUTSIDE, Agent, Bench, Caller, Outside
from tests.world import NUMBER, World, world


class SkippedAgent(RehearsedAgent):
    """An agent who can say that they are away."""

    desk: Desk

    async def pauses(self) -> None:
        await self.desk.asked(self.name, "paused", "break")


class SkippedOutside(RehearsedOutside):
    """The subscriber's own telephone: somebody answers it at once."""

    async def takes_the_call(self) -> None:
        await self.answers()
        assert "outside-screening" in self.heard


class SkippedBench:
    """The bench of skipped time."""

    threshold, name, emergency = 3, "name-ann", "emer-num"

    def __init__(self, w: World, agents: Sequence[SkippedAgent], outside: SkippedOutside) -> None:
        self.agents: Sequence[Agent] = agents
        self.outside: Outside = outside
        self._world = w
        self._cases: dict[int, UUID] = {}

    async def meets(self, flow: str) -> int:
        now, tree = self._world.house.clock.now(), load(flow)

        def publish(connection: Connection) -> None:
            one = store_flow.publish(connection, id=uuid4(), text=flow, tree=tree, at=now)
            turn.add(connection, NUMBER, one.id, id=uuid4(), kind="publish", made_at=now, by="test")

        await self._world.change(publish)
        return 0

    async def call(self, *, number: int = 0, from_: str | None = "0311110000") -> Me:
        me, case = await self._world.call((NUMBER,)[number], from_=from_ or "anonymous")
        self._cases[id(me)] = case
        return me

    async def case(self, caller: Caller) -> CaseFile:
        await self._world.settle(self._cases[id(caller)])
        return await self._world.file(self._cases[id(caller)])

    async def events(self, caller: Caller) -> Sequence[events.CaseEvent | events.Judged | events.Reclassified]:
        return await self._world.events(self._cases[id(caller)])

    async def state(self, agent: Agent) -> str:
        return await self._world.state(agent.name)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c.__name__)
@in_skipped_time
async def test_suite(conversation: Callable[[Bench], Awaitable[None]], tmp_path: Path) -> None:
    agents = (SkippedAgent("aoi"), SkippedAgent("ren"))
    phone = SkippedOutside(OUTSIDE)
    settings = {"allowed_destinations": ["+8190"]}
    async with world(tmp_path, agents=agents, outside=(phone,), contract_settings=settings) as w:
        for agent in agents:
            agent.desk = w.house.desk
        await conversation(SkippedBench(w, agents, phone))
