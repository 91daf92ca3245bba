"""Real calls, stored by the call room, walked through a draft: the same one changes nothing, another one is told."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.call.outcome import outcome_of
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.rebuilt import Usual, goes_as_before, rebuilt
from smartdesk_pbx.flow.recorded import recorded
from smartdesk_pbx.flow.replay import Circumstances, replay
from smartdesk_pbx.keys import Keys
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import as_json, perform
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.settings import share
from smartdesk_pbx.store import case, closure, prices
from tests.skipped import EPOCH, in_skipped_time
from tests.store.money import PRICES
from tests.world import NUMBER, World, world

FILE = share("dialplans") / "flows" / "demo-reception.yaml"
DEMO = FILE.read_text("utf-8")
SINCE = tokyo_date(EPOCH).isoformat()


@dataclass(frozen=True)
class Calls:
    """The cases of one of each kind of caller."""

    talked: UUID
    left_message: UUID
    gave_up_in_menu: UUID
    gave_up_in_welcome: UUID
    asked_thrice: UUID


async def many_calls(w: World) -> Calls:
    """Who talks with an agent, leaves a message and a number, gives up, and asks until the number is told."""
    (agent,) = w.agents.values()
    me, talked = await w.call(from_="0312340011")
    await me.hears("main-menu")
    await me.presses("2")
    await agent.answers()
    await asyncio.sleep(40)
    await me.hangs_up()
    await w.settle(talked)
    me, message = await w.call(from_="0312340012")
    await me.hears("main-menu")
    await me.presses("2")
    await me.hears("beep")
    await me.speaks(12)
    await me.hears("callback-ask")
    await me.presses("0312345678#")
    await me.hears("callback-confirm")
    await me.presses("1")
    await me.ends()
    me, menu = await w.call(from_="0312340013")
    await me.hears("no-key")
    await me.hangs_up()
    me, welcome = await w.call(from_="0312340014")
    await asyncio.sleep(1)
    await me.hangs_up()
    thrice = [await asks_for_transfer(w) for _ in range(3)]
    await w.settle()
    await asyncio.sleep(w.house.settings.wrap_up_s + 1)
    await w.sweep()
    return Calls(talked, message, menu, welcome, thrice[-1])


async def asks_for_transfer(w: World) -> UUID:
    me, case_id = await w.call(from_="0312340015")
    await me.hears("main-menu")
    await me.presses("3")
    await me.hears("refused-menu", "emergency-repeat")
    await me.hangs_up()
    await w.settle(case_id)
    return case_id


def office_of(w: World) -> Office:
    """The office of this world's store."""
    house, keys = w.house, Keys("", "", "", b"i" * 32, b"m" * 32)
    return Office(house.settings, keys, house.store, house.sealer, house.clock, house.ids)


async def ask(w: World, text: str, **more: Any) -> Any:
    """The answer of flow.replay about this world's number, against a draft."""
    await w.house.writer.drained()
    params = {"number": NUMBER, "draft": {"text": text, "file": "draft.yaml"}, "since": SINCE} | more
    return as_json(await perform(office_of(w), "flow.replay", params))


def changed(answer: Any, case_id: UUID) -> tuple[tuple[str, str], tuple[str, str]]:
    """Where a call ended and would end: node and how."""
    (one,) = [one for one in answer["differs"] if one["case_id"] == str(case_id)]
    return (one["before"]["node"], one["before"]["how"]), (one["after"]["node"], one["after"]["how"])


@in_skipped_time
async def test_the_flow_that_is_published_already_changes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        await many_calls(w)
        answer = await ask(w, DEMO)
        assert (answer["calls"], answer["left_out"], answer["differs"]) == (7, 0, [])
        assert (answer["elsewhere"], answer["judged_otherwise"], answer["months"], answer["assumed"]) == (0, 0, [], {})
        assert answer["units_before"] == answer["units_after"] == 3
        assert answer["by_class"]["human"] == [1, 1]


@in_skipped_time
async def test_r7_2_facts_built_again_are_those_of_the_real_call(tmp_path: Path) -> None:
    """R7.2: the same walk gives the same judgement, were it built again from its parts."""
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        await many_calls(w)
        await w.house.writer.drained()
        tree = load(FILE)
        for case_id in w.legs:
            stored = [s.fact for s in await w.stored(case_id)]
            call = recorded([one for one in stored if isinstance(one, events.CaseEvent)])
            assert call
            again = replay(tree, call, Circumstances(CallerFacts(call.arrived.caller), tree))
            assert goes_as_before(call, again)
            assert facts_of(rebuilt(call, again, outcome_of, Usual())) == facts_of(call.case), case_id


@in_skipped_time
async def test_a_draft_without_humans_turns_talks_into_what_the_caller_did_next(tmp_path: Path) -> None:
    """Key 2 leads to a message: who talked has none to leave, and is taken to have hung up."""
    draft = DEMO.replace('"2": person\n      "3"', '"2": nobody-free\n      "3"')
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        calls = await many_calls(w)
        answer = await ask(w, draft)
        assert changed(answer, calls.talked) == (("person", "after a talk"), ("message", "hung up"))
        assert len(answer["differs"]) == 1, "the one with the message walked on as before"
        (one,) = answer["differs"]
        assert (one["before"]["rule"], one["before"]["units"]) == ("human", 1)
        assert (one["after"]["rule"], one["after"]["units"]) == ("hung-up-in-ivr", 0)
        assert one["caller"] == "***0011"
        assert (answer["units_before"], answer["units_after"]) == (3, 2)
        assert answer["by_class"]["human"] == [1, 0]
        assert "no price" in answer["months"][0]["because"], "this bureau has no prices"


@in_skipped_time
async def test_an_announcement_more_moves_nobody_and_a_menu_more_takes_the_keys(tmp_path: Path) -> None:
    more = DEMO.replace('[welcome-generic, "@name"]\n    next: main-menu', "[welcome-generic]\n    next: notice")
    notice = "  notice:\n    kind: announce\n    prompts: [recording-notice]\n    next: main-menu\n\n  main-menu:"
    draft = more.replace("  main-menu:", notice, 1)
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        calls = await many_calls(w)
        answer = await ask(w, draft)
        assert answer["differs"] == [], "who left in the first announcement leaves there still"
        first = draft.replace("kind: announce\n    prompts: [recording-notice]\n    next: main-menu",
                              "kind: menu\n    prompts: [main-menu]\n    keys: {'1': main-menu}\n    tries: 1\n"
                              "    on_silence: main-menu\n    on_wrong_key: person")  # fmt: skip
        answer = await ask(w, first)
        assert str(calls.gave_up_in_menu) not in {one["case_id"] for one in answer["differs"]}
        assert changed(answer, calls.asked_thrice)[1] == ("goodbye", "goodbye: done"), "3 is no key of the new menu"
        assert answer["assumed"] == {"an agent was free at person": 3}


@in_skipped_time
async def test_digits_are_judged_again(tmp_path: Path) -> None:
    draft = DEMO.replace("least: 10\n    most: 13", 'patterns: ["0xxxxxxxxxx"]')
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        calls = await many_calls(w)
        answer = await ask(w, draft)
        assert changed(answer, calls.left_message) == (("goodbye", "goodbye: done"), ("callback", "hung up"))
        assert len(answer["differs"]) == 1
        assert answer["judged_otherwise"] == 0, "the message counts as before"


HOURS = """
flow: demo-reception
languages: [ja, en]
start: hours
calendars: {week: {weekly: ["WEEKLY"]}}
nodes:
  hours: {kind: hours, calendar: week, open: who, closed: goodbye}
  who: {kind: caller, cases: [{list: vip, next: goodbye}, {repeat_hours: 1, next: goodbye}], otherwise: welcome}
"""


def with_hours(weekly: str) -> str:
    """The demo flow behind a calendar and a list."""
    return HOURS.replace("WEEKLY", weekly) + DEMO.partition("nodes:\n")[2]


@in_skipped_time
async def test_hours_lists_and_repeats_are_asked_anew_for_the_arrival(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        calls = await many_calls(w)
        assert len((await ask(w, with_hours("mon-sun 11:30-18:00")))["differs"]) == 7, "all came at ten"
        answer = await ask(w, with_hours("mon-sun 09:00-18:00"))
        assert [one["case_id"] for one in answer["differs"]][-1:] == [str(calls.asked_thrice)]
        assert len(answer["differs"]) == 2, "who called a second and a third time within the hour"
        await perform(office_of(w), "caller.add", {"contract": "sakura", "list": "vip", "caller": "0312340011"})
        answer = await ask(w, with_hours("mon-sun 09:00-18:00"))
        assert changed(answer, calls.talked)[1] == ("goodbye", "goodbye: done")


@in_skipped_time
async def test_the_same_question_is_answered_as_it_was_and_a_past_closure_still_holds(tmp_path: Path) -> None:
    file = tmp_path / "hours.yaml"
    file.write_text(with_hours("mon-sun 09:00-18:00"), "utf-8")
    async with world(tmp_path, flow_file=file, agents=(RehearsedAgent("hanako"),)) as w:

        def shut(c: Any) -> None:
            closure.close(c, NUMBER, id=uuid4(), at=w.house.clock.now(), until=None, reason="storm", by="op")

        await w.change(shut)
        me, case_id = await w.call()
        await me.ends()
        await w.settle(case_id)
        await w.change(lambda c: closure.reopen(c, NUMBER, at=w.house.clock.now(), by="op"))
        assert (await ask(w, file.read_text("utf-8")))["differs"] == []
        other = file.read_text("utf-8").replace("09:00", "09:30")
        assert (await ask(w, other))["differs"] == [], "asked anew, and closed then"


@in_skipped_time
async def test_a_number_that_was_erased_is_still_a_number(tmp_path: Path) -> None:
    draft = with_hours("mon-sun 09:00-18:00").replace(
        "{repeat_hours: 1, next: goodbye}", "{anonymous: true, next: goodbye}"
    )
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        calls = await many_calls(w)
        await w.change(lambda c: case.erase(c, calls.left_message))
        answer = await ask(w, draft)
        assert answer["differs"] == [], "and its digits are as they were judged"
        answer = await ask(w, DEMO.replace("least: 10\n    most: 13", "least: 11\n    most: 13"))
        assert answer["differs"] == []


@in_skipped_time
async def test_r15_the_month_in_yen(tmp_path: Path) -> None:
    """R15: with a price table the change of the month is told in yen."""
    draft = DEMO.replace('"2": person\n      "3"', '"2": nobody-free\n      "3"')
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        await many_calls(w)
        text = PRICES.replace("included: 3", "included: 0")

        def price(c: Any) -> None:
            prices.add(c, prices_from_yaml(text, "p.yaml"), text, id=uuid4(), at=EPOCH - timedelta(days=400))

        await w.change(price)
        answer = await ask(w, draft)
        (month,) = answer["months"]
        assert month["month"] == str(Month.of(tokyo_date(EPOCH)))
        assert month["subscriber"] == "sakura"
        assert (month["before_yen"], month["after_yen"]) == (11_407, 11_236), "155 yen and tax less"


@in_skipped_time
async def test_what_cannot_be_replayed_is_told(tmp_path: Path) -> None:
    async with world(tmp_path, agents=(RehearsedAgent("hanako"),)) as w:
        await many_calls(w)
        with pytest.raises(Mistakes, match=r"draft.yaml:\d+"):
            await ask(w, DEMO.replace("next: main-menu", "next: nowhere"))
        with pytest.raises(RuleBroken, match="lies before"):
            await ask(w, DEMO, until="2026-01-01")
        assert (await ask(w, DEMO, since="2026-01-01", until="2026-01-02"))["calls"] == 0
        assert (await ask(w, DEMO, draft=None, version="demo-reception@1"))["differs"] == []
