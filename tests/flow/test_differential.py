"""The simulation and the live call walk the same steps: hundreds of random flows and callers, against the telephone of
skipped time. `tests/asterisk/test_differential.py` does the same on a real Asterisk."""

import asyncio
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.call import noting, walk
from smartdesk_pbx.call.question import Question
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.verbs import Verb
from smartdesk_pbx.flow.world import REHEARSAL
from smartdesk_pbx.flow.world import World as Simulated
from smartdesk_pbx.rehearsal.outside import RehearsedOutside
from smartdesk_pbx.rehearsal.people import Me
from smartdesk_pbx.store import flow, turn
from tests.differential import ACT_S, SPEAKS_S, Example, drawn, noted, read, simulated
from tests.skipped import in_skipped_time
from tests.world import NUMBER, World, world

EXAMPLES = 300
CRM = "https://crm.example"
SETTINGS = {"allowed_destinations": ["+8190"], "lookup_hosts": ["crm.example"]}


class Phone(RehearsedOutside):
    """The subscriber's telephone of one call: takes it or not, each time in turn, and hangs up at once."""

    def __init__(self, number: str, takes: tuple[bool, ...]) -> None:
        super().__init__(number, after_s=0.5, press_s=0.1)
        self._takes = iter(takes)

    def rings(self) -> None:
        self.will = "answer" if next(self._takes) else "decline"
        super().rings()

    def joined(self) -> None:
        super().joined()
        asyncio.get_running_loop().create_task(self.hangs_up())


class Steps:
    """What each call does now, told by the live walk itself."""

    def __init__(self) -> None:
        self.verbs: dict[UUID, list[Verb]] = defaultdict(list)
        self._changed = asyncio.Event()

    def note(self, case: Any, route: Any, here: Any, *rest: Any) -> None:
        noting.note_step(case, route, here, *rest)
        self.verbs[case.call_id].append(here.verb)
        self._changed.set()
        self._changed = asyncio.Event()

    async def more(self, call: UUID, than: int) -> None:
        while len(self.verbs[call]) <= than:
            await self._changed.wait()


async def system(question: Question) -> str:
    return question.url.rpartition("/")[2]


async def behave(me: Me, case: UUID, example: Example, steps: Steps) -> None:
    """The caller: acts at each step, a little after it began."""
    acted = 0
    while True:
        await steps.more(case, acted)
        acted = len(steps.verbs[case])
        await asyncio.sleep(ACT_S)
        if len(steps.verbs[case]) > acted:
            continue
        act = example.act(acted - 1, steps.verbs[case][-1])
        if act and act.kind == "type":
            for key in act.keys:
                await me.presses(key)
                await asyncio.sleep(0.1)
        elif act and act.kind == "speak":
            me.forgets()
            await me.hears("beep")
            await me.speaks(SPEAKS_S)
            await me.presses("#")
        elif act:
            await me.hangs_up()
            return


async def one_call(w: World, n: int, example: Example, steps: Steps) -> tuple[UUID, Any]:
    """Its flow is published, the call arrives and keeps that version, and the caller behaves by itself."""
    outside = f"+8190{n:08}"
    text = example.flow(CRM, outside)
    tree, now = read(text), w.house.clock.now()
    w.outside[outside] = Phone(outside, example.outside)

    def publish(connection: Connection) -> None:
        new = flow.publish(connection, id=uuid4(), text=text, tree=tree, at=now)
        turn.add(connection, NUMBER, new.id, id=uuid4(), kind="publish", made_at=now, by="test")

    await w.change(publish)
    caller = f"+81312{n:06}"
    me, case = await w.call(from_=caller)
    await steps.more(case, 0)
    simulation = Simulated(
        w.house.clock.now(), CallerFacts(caller), number=NUMBER, language="ja", agents=0, outside=example.outside,
        lookups=example.lookups(tree), telephone=REHEARSAL,
    )  # fmt: skip
    behaving = asyncio.create_task(behave(me, case, example, steps))
    w.tasks[case].add_done_callback(lambda _: behaving.cancel())
    return case, simulated(example, tree, simulation)


@in_skipped_time
async def test_the_simulation_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps()
    monkeypatch.setattr(walk, "note_step", steps.note)
    found = Counter[str]()
    async with world(tmp_path, contract_settings=SETTINGS, ask_system=system) as w:
        calls = [(await one_call(w, n, example, steps), example) for n, example in enumerate(drawn(EXAMPLES))]
        await w.settle()
        for (case, expected), example in calls:
            assert noted(await w.events(case)) == expected, example
            found.update({f"{verb} {heard.partition(' ')[0]}" for _, verb, heard in expected[0]})
    assert len(found) > 60, f"fewer turns than there should be: {found}"
