"""R7.2, R7.4: what a live call's judgement takes from outside: hours, repeats, marks given before the closing."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.case_rules import judge
from smartdesk_pbx.contract.plan import plan_from_yaml
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.store import contract, later, rules
from tests.skipped import in_skipped_time
from tests.world import NUMBER, World, world

REPEATS = """
plan: standard
name: Standard
version: repeats-1
rules:
  - {id: again, text: A repeat., when: {human: true, is: repeat}, class: repeat, billable: false}
  - id: human
    text: A talk.
    when: {human: true}
    class: human
    billable: true
    units: 1
    more_units: [{of: talk_s, above: 60, each: 60}]
    surcharges: [voice]
  - {id: rest, text: The rest., class: rest, billable: false}
surcharges:
  - {code: night, text: At night., when: {out_of_hours: true}}
"""


async def talked(w: World, *, from_: str = "0312349876", seconds: float = 5) -> UUID:
    """A caller talks with the agent, who then enters the primary response."""
    me, case = await w.call(from_=from_)
    await me.presses("2")
    await w.agents["aoi"].answers()
    await asyncio.sleep(seconds)
    await me.hangs_up()
    await w.settle(case)
    await w.respond(case, "name", "phone", "callback", "purpose")
    return case


async def context(w: World, case: UUID) -> events.CaseContext:
    (found,) = await w.all(case, events.CaseContext)
    return found


def priced(w: World) -> Any:
    plan = plan_from_yaml(REPEATS, "repeats.yaml")
    return w.change(lambda c: contract.put_plan(c, id="standard", name="Standard", settings={}, rules=plan.rules))


@in_skipped_time
async def test_r7_4_a_human_call_out_of_hours_is_charged_and_says_so(tmp_path: Path) -> None:
    """Skipped time begins on a Wednesday at 10:00 in Tokyo."""
    async with world(
        tmp_path, agents=(RehearsedAgent("aoi"),), contract_settings={"answering_hours": ["mon-fri 13:00-18:00"]}
    ) as w:
        before = await talked(w)
        assert (await context(w, before)).out_of_hours
        file = await w.file(before)
        assert (file.rule, file.units, file.out_of_hours) == ("human-out-of-hours", 1, True)
        await asyncio.sleep(3 * 3600)
        within = await talked(w)
        file = await w.file(within)
        assert (file.rule, file.units, file.out_of_hours) == ("human", 1, False)


@in_skipped_time
async def test_r7_2_a_caller_who_calls_again_within_the_hours_is_a_repeat(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),), contract_settings={"repeat_hours": 2}) as w:
        await priced(w)
        first = await talked(w)
        again = await talked(w)
        assert (await context(w, again)).repeat_of == first
        assert ((await w.file(first)).rule, (await w.file(again)).rule) == ("human", "again")
        other = await talked(w, from_="0312341111")
        assert (await context(w, other)).repeat_of is None
        await asyncio.sleep(2 * 3600)
        late = await talked(w)
        assert (await context(w, late)).repeat_of is None and (await w.file(late)).rule == "human"


@in_skipped_time
async def test_r7_2_nobody_can_tell_that_an_anonymous_caller_calls_again(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        await talked(w, from_="anonymous")
        again = await talked(w, from_="anonymous")
        assert (await context(w, again)).repeat_of is None


@in_skipped_time
async def test_r7_2_only_an_earlier_human_makes_a_repeat_where_it_is_so_agreed(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),), contract_settings={"repeat_after": "human"}) as w:
        me, _ = await w.call()
        await me.hears("main-menu")
        await me.hangs_up()
        await w.settle()
        first = await talked(w)
        again = await talked(w)
        assert (await context(w, first)).repeat_of is None
        assert (await context(w, again)).repeat_of == first


@in_skipped_time
async def test_r7_2_a_mark_given_before_the_closing_is_judged_by(tmp_path: Path) -> None:
    """The office writes it straight to the ledger while the call's own record is still in memory."""
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        await w.house.writer.drained()
        chain = (await w.file(case)).chain
        mark = events.CaseMarked(call_id=case, at=w.house.clock.now(), by="aoi", mark="test")
        await w.change(lambda c: later.append(c, w.house.sealer, w.house.ids.new, chain, w.house.clock.now(), mark))
        await me.hangs_up()
        await w.settle(case)
        assert ((await w.file(case)).rule, (await w.file(case)).case_class) == ("test-call", "test")


@in_skipped_time
async def test_r7_2_units_surcharges_and_arrival_stand_in_the_ledger(tmp_path: Path) -> None:
    async with world(
        tmp_path, agents=(RehearsedAgent("aoi"),), contract_settings={"answering_hours": ["mon-fri 00:00-09:00"]}
    ) as w:
        await priced(w)
        case = await talked(w, seconds=150)
        (judged,) = [e for e in await w.events(case) if isinstance(e, events.Judged)]
        assert (judged.units, judged.surcharges) == (3, ["voice", "night"])
        file = await w.file(case)
        assert (judged.arrived_at, judged.contract_id) == (file.invited_at, file.contract_id)
        assert (file.units, file.surcharges) == (3, ["voice", "night"])


@in_skipped_time
async def test_r7_2_a_judgement_can_be_made_again_from_its_facts_and_the_version_it_names(tmp_path: Path) -> None:
    """Also when the plan has other rules by now."""
    async with world(tmp_path, agents=(RehearsedAgent("aoi"),)) as w:
        await priced(w)
        cases = [await talked(w), await talked(w, seconds=90)]
        text = REPEATS.replace("repeats-1", "repeats-2").replace("class: human", "class: talk")
        newer = plan_from_yaml(text, "repeats.yaml")
        await w.change(lambda c: contract.put_plan(c, id="standard", name="Standard", settings={}, rules=newer.rules))
        cases.append(await talked(w, from_="0312341111"))
        for case in cases:
            told = await w.events(case)
            (judged,) = [e for e in told if isinstance(e, events.Judged)]
            version = judged.rules_version
            known = await w.read(lambda c, v=version: rules.of(c, "standard", v))  # type: ignore[misc]
            assert known is not None
            again = judge(known, facts_of([e for e in told if isinstance(e, events.CaseEvent)]))
            assert (again.rule, again.case_class, again.units) == (judged.rule, judged.case_class, judged.units)
            assert list(again.surcharges) == judged.surcharges
        assert [(await w.file(case)).case_class for case in cases] == ["human", "repeat", "talk"]


@in_skipped_time
async def test_r7_2_the_case_waits_for_a_ledger_that_is_away_and_is_closed_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        me, case = await w.call(NUMBER)
        await me.hears("main-menu")
        w.away = True
        await me.hangs_up()
        await asyncio.sleep(30)
        w.away = False
        await w.settle(case)
        assert (await w.kinds(case)).count("case.context") == 1
        assert (await w.file(case)).rule == "hung-up-in-ivr"
