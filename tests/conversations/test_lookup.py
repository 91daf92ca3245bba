"""Asking the subscriber's own system in a call: only what it answers in time and as listed counts."""

import asyncio
from pathlib import Path

import pytest

from smartdesk_pbx.call.question import NoAnswer, Question
from smartdesk_pbx.contract import events
from tests.skipped import in_skipped_time
from tests.world import NUMBER, world

CALLER = "+81312349876"
HOSTS = {"lookup_hosts": ["crm.example"]}
LIMIT_S = 2


def flow(url: str = "https://crm.example/callers", how: str = "") -> str:
    return f"""
flow: asks
languages: [ja]
start: digits
nodes:
  digits: {{kind: collect, prompts: [enter], most: 4, read_back: false, next: ask, on_silence: ask}}
  ask: {{kind: lookup, url: "{url}", limit_s: {LIMIT_S}, {how} answers: {{vip: vip, known: known}}, otherwise: rest}}
  vip: {{kind: hangup, prompts: [vip]}}
  known: {{kind: hangup, prompts: [known]}}
  rest: {{kind: hangup, prompts: [rest]}}
"""


class System:
    """The subscriber's system: answers `word` after a while, and remembers what it was asked."""

    def __init__(self, word: str | Exception = "vip", after_s: float = 0.5) -> None:
        self.word, self.after_s = word, after_s
        self.asked: list[Question] = []
        self.let_go = 0

    async def __call__(self, question: Question) -> str:
        self.asked.append(question)
        try:
            await asyncio.sleep(self.after_s)
        except asyncio.CancelledError:
            self.let_go += 1
            raise
        if isinstance(self.word, Exception):
            raise self.word
        return self.word


@pytest.mark.parametrize(
    ("system", "heard", "outcome", "why"),
    [
        (System("vip"), "vip", "answered", ""),
        (System("known"), "known", "answered", ""),
        (System("gold"), "rest", "otherwise", "unlisted"),
        (System("otherwise"), "rest", "otherwise", "unlisted"),
        (System(""), "rest", "otherwise", "unlisted"),
        (System(after_s=LIMIT_S + 0.1), "rest", "otherwise", "timeout"),
        (System(NoAnswer("fault")), "rest", "otherwise", "fault"),
        (System(NoAnswer("status")), "rest", "otherwise", "status"),
        (System(RuntimeError("a defect of ours")), "rest", "otherwise", "fault"),
    ],
)
@in_skipped_time
async def test_the_answer_chooses_among_listed_branches_only(
    system: System, heard: str, outcome: str, why: str, tmp_path: Path
) -> None:
    async with world(tmp_path, flow_file=flow(), contract_settings=HOSTS, ask_system=system) as w:
        me, case = await w.call()
        await me.presses("1234")
        await me.hears(heard)
        await me.ends()
        await w.settle()
        (made,) = await w.all(case, events.LookupMade)
        assert (made.host, made.outcome, made.why) == ("crm.example", outcome, why)
        assert made.answer == (heard if outcome == "answered" else "")
        assert made.ms == min(system.after_s, LIMIT_S) * 1000
        assert system.let_go == (why == "timeout"), "the request goes on although nobody waits for it"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("", {"number": NUMBER}),
        ("send: [caller],", {"caller": CALLER}),
        ("send: [caller, digits, number], method: POST,", {"caller": CALLER, "digits": "1234", "number": NUMBER}),
    ],
)
@in_skipped_time
async def test_the_system_is_told_what_the_flow_lists_and_nothing_else(
    how: str, told: dict[str, str], tmp_path: Path
) -> None:
    system = System()
    async with world(tmp_path, flow_file=flow(how=how), contract_settings=HOSTS, ask_system=system) as w:
        me, _ = await w.call()
        await me.presses("1234")
        await me.hears("vip")
        (asked,) = system.asked
        assert dict(asked.told) == told and CALLER not in repr(asked)
        assert asked.method == ("POST" if "POST" in how else "GET")


@in_skipped_time
async def test_of_an_anonymous_caller_no_number_is_told(tmp_path: Path) -> None:
    system = System()
    async with world(
        tmp_path, flow_file=flow(how="send: [caller, digits],"), contract_settings=HOSTS, ask_system=system
    ) as w:
        me, _ = await w.call(from_="anonymous")
        await me.hears("vip")
        assert dict(system.asked[0].told) == {}


@pytest.mark.parametrize("settings", [{}, {"lookup_hosts": ["other.example", "crm.example:8443"]}])
@in_skipped_time
async def test_only_the_contracts_own_hosts_are_asked(settings: dict[str, object], tmp_path: Path) -> None:
    """Asked at the moment itself, whatever was allowed when the flow was published."""
    system = System()
    async with world(tmp_path, flow_file=flow(), contract_settings=settings, ask_system=system) as w:
        me, case = await w.call()
        await me.hears("rest")
        await w.settle()
        assert system.asked == [] and [e.why for e in await w.all(case, events.LookupMade)] == ["not_allowed"]
        assert w.alarmed("lookup_not_allowed")


@pytest.mark.parametrize(("after_s", "waits_s"), [(0.1, 4.0), (10.0, 4.0)])
@in_skipped_time
async def test_prompts_play_meanwhile_and_the_limit_counts_from_their_beginning(
    after_s: float, waits_s: float, tmp_path: Path
) -> None:
    """Two prompts of 2 s; a slow system delays nothing beyond them."""
    how = "prompts: [lookup-wait, please-hold],"
    async with world(
        tmp_path, flow_file=flow(how=how), contract_settings=HOSTS, ask_system=System(after_s=after_s)
    ) as w:
        me, _ = await w.call()
        await me.presses("1234")
        began = w.house.clock.running_s()
        await me.hears("vip" if after_s < LIMIT_S else "rest")
        assert w.house.clock.running_s() - began == pytest.approx(waits_s + 2.0, abs=0.1)
        assert me.heard[:2] == ["lookup-wait", "please-hold"]


@pytest.mark.parametrize("how", ["", "prompts: [lookup-wait],"])
@in_skipped_time
async def test_a_caller_who_leaves_waits_for_no_answer(how: str, tmp_path: Path) -> None:
    system = System(after_s=1.5)
    async with world(tmp_path, flow_file=flow(how=how), contract_settings=HOSTS, ask_system=system) as w:
        me, case = await w.call()
        await me.presses("1234")
        await asyncio.sleep(0.5)
        await me.hangs_up()
        await w.settle()
        assert system.let_go == 1 and not await w.all(case, events.LookupMade)


@in_skipped_time
async def test_a_later_daemon_asks_again(tmp_path: Path) -> None:
    system = System(after_s=1.5)
    async with world(tmp_path, flow_file=flow(), contract_settings=HOSTS, ask_system=system) as w:
        me, case = await w.call()
        await me.presses("1234")
        await asyncio.sleep(0.5)
        await w.dies()
        await w.comes_back()
        await me.hears("vip")
        await w.settle()
        assert len(system.asked) == 2 and len(await w.all(case, events.LookupMade)) == 1
