"""Whatever is done to a number: what its history says, what routing does and what was said before always agree."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import snapshot
from smartdesk_pbx.store.route import Routing
from tests.office.bureau import Bureau
from tests.office.flows import ONE, TWO, open_desk, variant

MINUTE = timedelta(minutes=1)

ACTS = st.one_of(
    st.tuples(st.just("publish"), st.integers(1, 4), st.sampled_from([(ONE,), (ONE, TWO)])),
    st.tuples(st.just("schedule"), st.integers(1, 4), st.integers(1, 6)),
    st.tuples(st.just("rollback"), st.sampled_from([None, 1, 2]), st.none()),
    st.tuples(st.just("unschedule"), st.none(), st.none()),
    st.tuples(st.just("change hands"), st.none(), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 4), st.none()),
)


class Clerk:
    """Keeps the numbers by hand: what answers each now, and slips for later that are taken when they are due."""

    def __init__(self) -> None:
        self.now: dict[str, int | None] = {ONE: None, TWO: None}
        self.slips: dict[str, list[tuple[int, int]]] = {ONE: [], TWO: []}
        self.minute = 0

    def wait(self, minutes: int) -> None:
        for _ in range(minutes):
            self.minute += 1
            for number, slips in self.slips.items():
                for due, version in [slip for slip in slips if slip[0] == self.minute]:
                    self.now[number] = version
                    slips.remove((due, version))


async def do(bureau: Bureau, clerk: Clerk, act: tuple[str, object, object]) -> None:
    """One act by the office, and by the clerk when the office could do it."""
    what, first, second = act
    try:
        if what == "publish":
            assert isinstance(first, int) and isinstance(second, tuple)
            said = await bureau.ask("flow.publish", text=variant(first), numbers=second)
            clerk.now |= dict.fromkeys(second, said["version"])
        elif what == "schedule":
            assert isinstance(first, int) and isinstance(second, int)
            due = bureau.at + second * MINUTE
            said = await bureau.ask("flow.schedule", draft={"text": variant(first)}, numbers=[ONE], at=due.isoformat())
            clerk.slips[ONE].append((clerk.minute + second, said["version"]))
        elif what == "rollback":
            said = await bureau.ask("flow.rollback", number=ONE, **{"version": first} if first else {})
            assert said["version"] != clerk.now[ONE]
            clerk.now[ONE] = said["version"]
        elif what == "unschedule":
            await bureau.ask("flow.unschedule", number=ONE)
            clerk.slips[ONE].clear()
        elif what == "change hands":
            await bureau.ask("number.release", number=ONE)
            await bureau.ask("number.add", number=ONE, contract="aozora")
            clerk.now[ONE], clerk.slips[ONE] = None, []
        else:
            assert isinstance(first, int)
            bureau.at += first * MINUTE
            clerk.wait(first)
    except RuleBroken:
        assert what in ("schedule", "rollback", "unschedule"), "nothing else can be refused here"


async def agree(bureau: Bureau, clerk: Clerk, before: Routing | None) -> Routing:
    """Everybody tells the same: the clerk, routing, the list of numbers, the history; and routing of before, too."""
    routing = await bureau.office.store.read(lambda c: snapshot.load(c, bureau.at))
    listed = {one["number"]: one["flow_version"] for one in await bureau.ask("number.list")}
    for number, version in clerk.now.items():
        assert routing.routes[number].flow_version == version == listed[number]
        history = await bureau.ask("flow.history", number=number) if version or clerk.slips[number] else []
        assert [one["version"] for one in history if one["state"] == "live"] == ([version] if version else [])
        assert len([one for one in history if one["state"] == "coming"]) == len(clerk.slips[number])
    if before is not None and before.version == routing.version:
        assert before.as_of(bureau.at).routes == routing.routes, "what was known before is what became of it"
    return routing


@pytest.mark.parametrize("start", [0])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=10))
def test_history_and_what_answers_never_disagree(
    start: int, acts: list[tuple[str, object, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as home:
            async with open_desk(Path(home), monkeypatch) as bureau:
                await bureau.ask("contract.set", contract="aozora", settings=["number_quarantine_days=0"])
                clerk, routing = Clerk(), None
                for act in acts:
                    await do(bureau, clerk, act)
                    routing = await agree(bureau, clerk, routing)

    asyncio.run(play())
