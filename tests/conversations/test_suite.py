"""The suite of both telephones, here against the phone of skipped time."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.rehearsal.people import Me, RehearsedAgent
from smartdesk_pbx.store.case import CaseFile
from tests.skipped import in_skipped_time
from tests.suite import CONVERSATIONS, Agent, Bench, Caller
from tests.world import NUMBER, World, world


class SkippedAgent(RehearsedAgent):
    """An agent who can say that they are away."""

    desk: Desk

    async def pauses(self) -> None:
        await self.desk.asked(self.name, "paused", "break")


class SkippedBench:
    """The bench of skipped time."""

    threshold, name, emergency = 3, "name-ann", "emer-num"

    def __init__(self, w: World, agents: Sequence[SkippedAgent]) -> None:
        self.agents: Sequence[Agent] = agents
        self._world = w
        self._cases: dict[int, UUID] = {}

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
    async with world(tmp_path, agents=agents) as w:
        for agent in agents:
            agent.desk = w.house.desk
        await conversation(SkippedBench(w, agents))
