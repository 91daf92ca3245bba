"""Any order of things: no agent is ever given to two calls."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.rehearsal.skipped import SkippedLoop
from tests.desk.room import NAMES, SAID, desk, state

CALLS = tuple(UUID(int=n) for n in range(5))
A_CALL, AN_AGENT = st.sampled_from(CALLS), st.sampled_from(NAMES)
STEPS = st.lists(
    st.tuples(st.just("reserve"), st.lists(A_CALL, min_size=1, max_size=4, unique=True))
    | st.tuples(st.sampled_from(("talking", "wrap_up", "wrapped_up", "missed", "let_go")), A_CALL)
    | st.tuples(st.sampled_from((*SAID, "there", "gone")), AN_AGENT)
    | st.tuples(st.just("sweep"), st.just(None)),
    max_size=30,
)


class Model:
    """Which agent each call believes to have. `reserve` must never give out one of them."""

    def __init__(self, here: Desk) -> None:
        self.here, self.has = here, dict[UUID, str]()

    async def does(self, what: str, about: Any) -> None:
        if what == "reserve":
            await asyncio.gather(*(self.reserve(call) for call in about if call not in self.has))
        elif what in ("there", "gone"):
            self.here.contact(about, what == "there")
        elif what == "sweep":
            await asyncio.sleep(300)
            await self.here.sweep(600)
        elif what in SAID:
            with_call = about in self.has.values()
            try:
                await self.here.asked(about, what)
            except RuleBroken:
                assert with_call, f"{about} was refused {what} without a call"
        elif about in self.has:
            await self.goes_on(what, about)

    async def reserve(self, call: UUID) -> None:
        given = await self.here.reserve(call, "front", wait_s=0)
        if given:
            assert given not in self.has.values(), f"{given} was given to two calls"
            assert given in self.here.reachable
            self.has[call] = given

    async def goes_on(self, what: str, call: UUID) -> None:
        name = self.has[call]
        now = await state(self.here, name)
        if what == "let_go":
            await self.here.let_go(call)
            if now == "offered":
                del self.has[call]
        elif what == "missed" and now == "offered":
            await self.here.missed(name, call, "busy")
            del self.has[call]
        elif what == "talking":
            await self.here.talking(name, call)
        elif what == "wrap_up":
            await self.here.wrap_up(name, call)
            if now == "talking":
                del self.has[call]

    async def check(self) -> None:
        busy = {a.name: a.call_id for a in await self.here.agents() if a.state in ("offered", "talking")}
        assert busy == {name: call for call, name in self.has.items()}
        for a in await self.here.agents():
            assert (a.call_id is None) == (a.state not in ("offered", "talking", "wrap_up"))
            assert (a.idle_since is None) == (a.state not in ("ready", "offered"))


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_happens_no_agent_is_given_to_two_calls(steps: list[tuple[str, Any]]) -> None:
    async def story() -> None:
        async with desk(*NAMES) as (here, _, _):
            model = Model(here)
            for what, about in steps:
                await model.does(what, about)
                await model.check()

    skip_time(story())


def skip_time(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=SkippedLoop) as runner:
        runner.run(work)
