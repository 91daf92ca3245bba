"""What a live call answers to its flow's questions, what it notes of the answers, and what placeholders say."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.store import caller_list, closure
from tests.skipped import in_skipped_time
from tests.world import NUMBER, World, world

CALLER = "+81312349876"

HOURS = """
flow: hours
languages: [ja]
start: pause
calendars:
  week:
    weekly: ["mon-fri 09:00-10:05"]
    exceptions: [{name: fair, days: "07-02"}]
nodes:
  pause: {kind: announce, prompts: [welcome-generic], next: hours}
  hours: {kind: hours, calendar: week, open: open, closed: closed, exceptions: {fair: fair}}
  open: {kind: hangup, prompts: [open]}
  closed: {kind: hangup, prompts: ["@opens", "@time", "@day", closed]}
  fair: {kind: hangup, prompts: [fair]}
"""
"""The world begins on Wednesday, 1 July 2026 at 10:00 in Tokyo."""


@in_skipped_time
async def test_hours_are_those_of_the_arrival(tmp_path: Path) -> None:
    """A call does not change its mind while it waits: this one arrives at 10:04:59 and is asked at 10:05:01."""
    async with world(tmp_path, flow_file=HOURS) as w:
        await asyncio.sleep(4 * 60 + 59)
        me, _ = await w.call()
        assert await me.hears("open", "closed") == "open"
        await asyncio.sleep(10)
        later, _ = await w.call()
        assert await later.hears("open", "closed") == "closed"


@in_skipped_time
async def test_hours_of_a_later_daemon_are_still_those_of_the_arrival(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=HOURS) as w:
        me, _ = await w.call()
        await asyncio.sleep(1)
        await w.dies()
        await asyncio.sleep(3600)
        await w.comes_back()
        assert await me.hears("open", "closed") == "open"


@in_skipped_time
async def test_an_exception_by_its_name(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=HOURS) as w:
        await asyncio.sleep(24 * 3600)
        me, _ = await w.call()
        assert await me.hears("open", "closed", "fair") == "fair"


@in_skipped_time
async def test_closed_from_now_lies_above_the_calendar(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=HOURS) as w:
        now = w.house.clock.now()
        await w.change(
            lambda c: closure.close(
                c, NUMBER, id=uuid4(), at=now, until=now + timedelta(minutes=3), reason="inventory", by="op"
            )
        )
        me, _ = await w.call()
        assert await me.hears("open", "closed") == "closed"
        assert "when:2026-07-01T10:03" in me.heard, me.heard
        await asyncio.sleep(180)
        later, _ = await w.call()
        assert await later.hears("open", "closed") == "open"


@in_skipped_time
async def test_time_day_and_opening_are_told_on_the_calendars_clock(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=HOURS) as w:
        await asyncio.sleep(3600)
        me, _ = await w.call()
        await me.hears("closed")
        assert me.heard == ["welcome-generic", "when:2026-07-03T09:00", "time:11:00", "day:2026-07-01", "closed"]


def callers(cases: str) -> str:
    return f"""
flow: callers
languages: [ja]
start: who
nodes:
  who: {{kind: caller, cases: [{cases}], otherwise: other}}
  first: {{kind: hangup, prompts: [first]}}
  second: {{kind: hangup, prompts: [second]}}
  other: {{kind: hangup, prompts: [other]}}
"""


TWO_CASES = "{{{first}, next: first}}, {{{second}, next: second}}"


@pytest.mark.parametrize(
    ("first", "second", "from_", "heard"),
    [
        ("anonymous: true", 'ranges: ["+813"]', "anonymous", "first"),
        ("anonymous: true", 'ranges: ["+813"]', "0312349876", "second"),
        ('ranges: ["+8180"]', "countries: [US]", "0312349876", "other"),
        ('ranges: ["+8180"]', "countries: [JP]", "0312349876", "second"),
        ('ranges: ["+81"]', "countries: [JP]", "anonymous", "other"),
        ("list: vip", "list: blocked", "0312349876", "second"),
        ("list: vip", "list: blocked", "0312349999", "other"),
        ("list: vip", "anonymous: true", "anonymous", "second"),
    ],
)
@in_skipped_time
async def test_callers_by_number_and_by_list(first: str, second: str, from_: str, heard: str, tmp_path: Path) -> None:
    flow = callers(TWO_CASES.format(first=first, second=second))
    async with world(tmp_path, flow_file=flow) as w:
        await listed(w, "blocked", CALLER)
        me, _ = await w.call(from_=from_)
        await me.hears(heard)


async def listed(w: World, name: str, number: str) -> None:
    route = w.house.routing().routes[NUMBER]
    where = caller_list.Where(route.contract_id, w.house.clock.now(), "op")
    await w.change(lambda c: caller_list.add_all(c, w.house.sealer, where, [(name, number, "")], uuid4))


REPEAT = callers("{repeat_hours: 2, next: first}, {list: vip, next: second}")


@in_skipped_time
async def test_a_caller_who_called_before_within_so_many_hours(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=REPEAT) as w:
        for wait_h, heard in ((0, "other"), (1.9, "first"), (2.1, "other")):
            await asyncio.sleep(wait_h * 3600)
            me, _ = await w.call()
            await me.hears(heard)
            await me.ends()
        other, _ = await w.call(from_="0312340000")
        await other.hears("other")
        for _ in range(2):
            anonymous, _ = await w.call(from_="anonymous")
            await anonymous.hears("other")


@in_skipped_time
async def test_a_store_that_is_away_makes_nobody_wait(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=REPEAT) as w:
        me, _ = await w.call()
        await me.ends()
        w.away = True
        again, _ = await w.call()
        await again.hears("other", limit_s=4)
        w.away = False


LANGUAGES = """
flow: tongues
languages: [ja, en]
start: tongue
nodes:
  tongue: {kind: language, prompts: [language-menu], keys: {"1": ja, "2": en}, next: menu}
  menu: {kind: menu, prompts: [main-menu], keys: {"1": person, "9": back}, on_silence: bye, on_wrong_key: bye}
  back: {kind: goto, to: tongue, then: bye}
  person: {kind: escalate, next: bye, on_nobody: bye}
  bye: {kind: hangup}
"""


@in_skipped_time
async def test_every_prompt_follows_the_language_that_was_chosen(tmp_path: Path) -> None:
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, flow_file=LANGUAGES, agents=(agent,)) as w:
        me, case = await w.call()
        await me.hears("language-menu")
        await me.presses("2")
        await me.hears("main-menu")
        assert (me.language_of("language-menu"), me.language_of("main-menu")) == ("ja", "en")
        await me.presses("9")
        await me.hears("language-menu")
        assert me.language_of("language-menu") == "en"
        await me.presses("1")
        await me.hears("main-menu")
        assert me.language_of("main-menu") == "ja"
        await me.presses("9")
        await me.presses("2")
        await me.presses("1")
        await agent.answers()
        assert me.language_of("please-hold") == "en"
        await agent.hangs_up()
        await me.hears("bye")
        assert me.language_of("bye") == "en"
        await w.settle()
        assert {(e.flow, e.flow_version) for e in await w.all(case, events.FlowStep)} == {("tongues", 1)}


@in_skipped_time
async def test_a_later_daemon_speaks_the_language_that_was_chosen(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=LANGUAGES) as w:
        me, case = await w.call()
        await me.presses("2")
        await me.hears("main-menu")
        await w.dies()
        w.legs[case].line.lose_verb()
        await w.comes_back()
        await me.hears("main-menu")
        assert me.language_of("main-menu") == "en"


NUMBERS = """
flow: numbers
languages: [ja, en]
start: tongue
nodes:
  tongue: {kind: language, numbers: {"%s": en}, next: bye}
  bye: {kind: hangup}
"""


@pytest.mark.parametrize(("number", "language"), [(NUMBER, "en"), ("+81312340009", "ja")])
@in_skipped_time
async def test_the_language_of_the_number_that_was_called(number: str, language: str, tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=NUMBERS % number) as w:
        me, _ = await w.call()
        await me.hears("bye")
        assert me.language_of("bye") == language


CALLBACK = """
flow: callback
languages: [ja]
start: tagged
nodes:
  tagged: {kind: tag, tags: [sales, spring], next: back}
  back: {kind: callback, next: twice, on_silence: twice}
  twice: {kind: tag, tags: [end], next: bye}
  bye: {kind: hangup}
"""


async def promised(w: World, case: UUID) -> list[tuple[bool, str | None]]:
    return [(e.own, e.number) for e in await w.all(case, events.CallbackPromised)]


@in_skipped_time
async def test_a_call_back_on_the_number_called_from(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=CALLBACK) as w:
        me, case = await w.call()
        await me.hears("spelt:" + CALLER)
        await me.presses("1")
        await me.hears("callback-thanks")
        await me.ends()
        await w.settle()
        assert await promised(w, case) == [(True, CALLER)]


@in_skipped_time
async def test_a_call_back_on_another_number(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=CALLBACK) as w:
        me, case = await w.call()
        await me.hears("callback-same")
        await me.presses("2")
        await me.hears("callback-ask")
        await me.presses("0312#")
        await me.hears("enter-again")
        await me.presses("0399998888#")
        await me.hears("spelt:0399998888")
        await me.presses("1")
        await me.ends()
        await w.settle()
        assert await promised(w, case) == [(False, "0399998888")]


@in_skipped_time
async def test_nothing_is_promised_to_whoever_hangs_up_before(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=CALLBACK) as w:
        me, case = await w.call(from_="anonymous")
        await me.presses("0399998888#")
        await me.hears("spelt:0399998888")
        await me.hangs_up()
        await w.settle()
        assert await promised(w, case) == []


@in_skipped_time
async def test_tags_are_noted_once_each_also_over_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=CALLBACK) as w:
        me, case = await w.call()
        await me.hears("callback-same")
        await w.dies()
        await w.comes_back()
        await me.presses("1")
        await me.ends()
        await w.settle()
        assert [e.tags for e in await w.all(case, events.CallTagged)] == [["sales", "spring"], ["end"]]


@in_skipped_time
async def test_what_a_flow_asks_of_an_agent_is_noted_and_its_wait_holds(tmp_path: Path) -> None:
    """R2.1: skills and priority stand in the event; nobody is chosen by them yet."""
    flow = """
flow: skilled
languages: [ja]
start: person
nodes:
  person: {kind: escalate, skills: [french], priority: 9, wait_s: 90, next: bye, on_nobody: bye}
  bye: {kind: hangup}
"""
    agent = RehearsedAgent("aoi")
    async with world(tmp_path, flow_file=flow, agents=(agent,)) as w:
        first, _ = await w.call()
        await agent.answers()
        me, case = await w.call(from_="0311112222")
        began = w.house.clock.running_s()
        await me.hears("bye", limit_s=200)
        assert 90 <= w.house.clock.running_s() - began < 100
        await w.settle(case)
        (escalated,) = await w.all(case, events.Escalated)
        assert (escalated.skills, escalated.priority) == (["french"], 9)
        await first.hangs_up()


@pytest.mark.parametrize("fault", [RuleBroken("no digit-3 is built"), FileNotFoundError("gone")])
@in_skipped_time
async def test_a_value_that_cannot_be_read_aloud_is_an_alarm_and_not_silence(fault: Exception, tmp_path: Path) -> None:
    async with world(tmp_path, flow_file=CALLBACK) as w:
        me, _ = await w.call(faults={"read_aloud": fault})
        await me.hears("callback-same-confirm")
        assert me.heard == ["callback-same", "moment", "callback-same-confirm"]
        assert w.alarmed("prompt_missing")
