"""The simulation and the call room are told the same by the walker: random callers, the same steps in both."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.simulate import HangUp, Press, Simulation, Speak
from smartdesk_pbx.flow.simulate import Wait as Silence
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.world import REHEARSAL
from smartdesk_pbx.flow.world import World as Simulated
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.settings import share
from tests.skipped import in_skipped_time
from tests.world import NUMBER, World, world

DEMO = share("dialplans") / "flows" / "demo-reception.yaml"
CALLERS = {0: 20, 1: 8}
"""By how many agents there are."""

MANY_KINDS = """
flow: many-kinds
languages: [ja, en]
start: hours
calendars:
  week: {weekly: ["mon-sun 09:00-18:00"]}
nodes:
  hours: {kind: hours, calendar: week, open: who, closed: shut}
  shut: {kind: hangup, prompts: [nobody-free], reason: closed}
  who: {kind: caller, cases: [{ranges: ["+813"], next: tongue}], otherwise: shut}
  tongue: {kind: language, prompts: [main-menu], keys: {"2": en}, next: tagged}
  tagged: {kind: tag, tags: [seen], next: told}
  told: {kind: announce, prompts: [recording-notice], skippable: false, next: number}
  number: {kind: collect, prompts: [callback-ask], patterns: ["0xxx"], tries: 2, next: message, on_silence: again}
  again: {kind: goto, to: tongue, most: 2, then: message}
  message: {kind: record, review: true, next: person, on_silence: person}
  person: {kind: escalate, next: back, on_nobody: back}
  back: {kind: callback, next: bye, on_silence: bye}
  bye: {kind: hangup}
"""


async def compare(w: World, tree: Tree, seed: int, agents: int) -> set[str]:
    """One caller, who does the same in both at the same times; what came of the verbs, by kind."""
    chance = Random(seed)
    caller = f"+81312{seed:06}"
    arrived = w.house.clock.now()
    call = Simulation(
        tree, Simulated(arrived, CallerFacts(caller), number=NUMBER, agents=agents, telephone=REHEARSAL, answer_s=1)
    )
    me, case_id = await w.call(from_=caller)
    for _ in range(30):
        wait_s = chance.choice((0.13, 1.31, 2.57, 4.73, 9.37)) + chance.random() / 100
        await asyncio.sleep(wait_s)
        call.do(Silence(wait_s))
        if call.pause is None:
            break
        if call.pause.doing == "recording" and chance.random() < 0.7:
            await me.speaks(2.3)
            call.do(Speak(2.3))
            keys = "#"
        else:
            keys = chance.choice(("1", "2", "3", "9", "9", "7", "#", "0123", "0312345678#", "0123#1", ""))
        if keys:
            await me.presses(keys)
            call.do(Press(keys))
            await asyncio.sleep(0.01)
            call.do(Silence(0.01))
        if call.pause is None or call.pause.doing == "talking" or chance.random() < 0.03:
            break
    await asyncio.sleep(0.01)
    await me.hangs_up()
    call.do(HangUp())
    await w.settle(case_id)
    real = [(s.node, s.verb, s.heard) for s in await w.all(case_id, events.FlowStep)]
    assert real == [(s.node, s.verb, s.heard) for s in call.trace.steps], f"caller {seed}"
    tags = [tag for one in await w.all(case_id, events.CallTagged) for tag in one.tags]
    assert tags == [tag for fact in call.trace.facts for tag in getattr(fact, "tags", ())]
    return {heard.partition(" ")[0] for _, _, heard in real}


@pytest.mark.parametrize("agents", [0, 1])
@pytest.mark.parametrize("flow", ["demo", "many kinds"])
@in_skipped_time
async def test_random_callers_walk_the_same_steps_in_the_simulation_and_in_the_call_room(
    tmp_path: Path, flow: str, agents: int
) -> None:
    file = DEMO
    if flow != "demo":
        file = tmp_path / "many-kinds.yaml"
        file.write_text(MANY_KINDS, "utf-8")
    tree = load(file)
    people = tuple(RehearsedAgent(f"agent{i}", after_s=1.0) for i in range(agents))
    async with world(tmp_path, flow_file=file, agents=people) as w:
        seen = set[str]()
        for seed in range(CALLERS[agents]):
            seen |= await compare(w, tree, seed + 1000 * agents, agents)
            if agents:
                await asyncio.sleep(w.house.settings.wrap_up_s + 1)
                await w.sweep()
    assert seen >= {"start", "done", "key", "silence"} | ({"nobody"} if not agents else set()), seen
    assert agents or flow == "demo" or seen >= {"answer", "digits", "recorded"}, seen
