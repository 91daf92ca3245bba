"""Ringing the subscriber's own telephones: who takes the call, who stops ringing, and what is written down."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from smartdesk_pbx.call.outside import SCREENING_S
from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import CallerHungUp
from smartdesk_pbx.flow.prove import lasting
from smartdesk_pbx.rehearsal.outside import RehearsedOutside
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from tests.skipped import in_skipped_time
from tests.world import World, world

ONE, TWO, THREE = "+819011110001", "+819011110002", "+81311110003"
PREFIXES = {"allowed_destinations": ["+8190", "+813"]}
RING_S = 20


def ring(*numbers: str, how: str = "") -> str:
    """A flow that rings and then says what came of it."""
    to = ", ".join(f'"{number}"' for number in numbers)
    return f"""
flow: outside
languages: [ja]
start: ring
nodes:
  ring: {{kind: ring, to: [{to}], {how} next: talked, on_no_answer: nobody}}
  talked: {{kind: hangup, prompts: [bye], reason: talked}}
  nobody: {{kind: hangup, prompts: [outside-nobody], reason: nobody}}
"""


def outside_world(home: Path, *phones: RehearsedOutside, how: str = "", **more: Any) -> Any:
    flow = ring(*(phone.name for phone in phones), how=how)
    return world(home, flow_file=flow, outside=phones, **{"contract_settings": PREFIXES, **more})


async def missed(w: World, case: UUID) -> list[tuple[int, str]]:
    return [(e.which, e.reason) for e in await w.all(case, events.OutsideMissed)]


@in_skipped_time
async def test_whoever_presses_1_talks_and_the_flow_goes_on_when_they_leave(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        await me.hears("outside-trying")
        assert await me.meets() == "outside"
        assert phone.heard == ["outside-screening", "name-ann"]
        await asyncio.sleep(30)
        await phone.hangs_up()
        await me.hears("bye")
        await me.ends()
        await w.settle()
        (rung,), (talked,), (ended,) = (
            await w.all(case, events.OutsideRung),
            await w.all(case, events.OutsideTalked),
            await w.all(case, events.OutsideEnded),
        )
        assert (rung.which, rung.count, rung.number) == (1, 1, ONE)
        assert (talked.which, talked.number) == (1, ONE)
        assert (ended.by, ended.talk_s) == ("callee", 30)
        file = await w.file(case)
        assert (file.outcome, file.rule, file.billable, file.human_at) == ("connected", "connected", False, None)


@in_skipped_time
async def test_the_numbers_are_sealed(tmp_path: Path) -> None:
    async with outside_world(tmp_path, RehearsedOutside(ONE)) as w:
        me, case = await w.call()
        await me.meets()
        await me.hangs_up()
        await w.settle()
        for kind in (events.OutsideRung, events.OutsideTalked):
            assert "number" in kind.SEALED
        assert "outside.ended" in await w.kinds(case)
        assert [e.by for e in await w.all(case, events.OutsideEnded)] == ["caller"]


@in_skipped_time
async def test_without_screening_whoever_answers_talks(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE, "mailbox")
    async with outside_world(tmp_path, phone, how="screening: false,") as w:
        me, _ = await w.call()
        assert await me.meets() == "outside"
        assert phone.heard == []


@pytest.mark.parametrize(
    ("will", "reason"),
    [
        ("mailbox", "not_screened"),
        ("other_key", "not_screened"),
        ("leave", "not_screened"),
        ("vanish", "left"),
        ("busy", "busy"),
        ("decline", "declined"),
        ("no_answer", "no_answer"),
        ("absent", "unreachable"),
    ],
)
@in_skipped_time
async def test_nobody_takes_it(will: str, reason: str, tmp_path: Path) -> None:
    async with outside_world(tmp_path, RehearsedOutside(ONE, will)) as w:
        me, case = await w.call()
        await me.hears("outside-nobody")
        await me.ends()
        await w.settle()
        assert await missed(w, case) == [(1, reason)]
        assert (await w.file(case)).outcome == "self_service"


@in_skipped_time
async def test_ringing_is_bounded(tmp_path: Path) -> None:
    async with outside_world(tmp_path, RehearsedOutside(ONE, after_s=RING_S + 1)) as w:
        me, case = await w.call()
        began = w.house.clock.running_s()
        await me.hears("outside-nobody")
        assert RING_S <= w.house.clock.running_s() - began <= RING_S + 5
        await w.settle()
        assert await missed(w, case) == [(1, "no_answer")]


@in_skipped_time
async def test_together_the_first_to_press_1_wins_and_the_others_stop(tmp_path: Path) -> None:
    phones = (
        RehearsedOutside(ONE, "no_answer"),
        RehearsedOutside(TWO, press_s=5),
        RehearsedOutside(THREE, after_s=4, press_s=1),
    )
    async with outside_world(tmp_path, *phones) as w:
        me, case = await w.call()
        await me.meets()
        assert [phone.rung for phone in phones] == [1, 1, 1]
        assert [any(leg.live for leg in phone.legs) for phone in phones] == [False, False, True]
        assert await missed(w, case) == [(1, "elsewhere"), (2, "elsewhere")]
        assert [e.which for e in await w.all(case, events.OutsideTalked)] == [3]


@in_skipped_time
async def test_together_two_press_1_at_the_same_moment(tmp_path: Path) -> None:
    phones = (RehearsedOutside(ONE), RehearsedOutside(TWO))
    async with outside_world(tmp_path, *phones) as w:
        me, case = await w.call()
        await me.meets()
        assert [any(leg.live for leg in phone.legs) for phone in phones] == [True, False]
        assert await missed(w, case) == [(2, "elsewhere")]


@in_skipped_time
async def test_in_turn_one_after_the_other(tmp_path: Path) -> None:
    phones = (RehearsedOutside(ONE, "busy"), RehearsedOutside(TWO, "vanish"), RehearsedOutside(THREE))
    async with outside_world(tmp_path, *phones, how="mode: in_turn,") as w:
        me, case = await w.call()
        await phones[1].is_rung()
        assert phones[2].rung == 0, "the third rings before the second has missed it"
        await me.meets()
        assert await missed(w, case) == [(1, "busy"), (2, "left")]
        assert [e.which for e in await w.all(case, events.OutsideRung)] == [1, 2, 3]


@in_skipped_time
async def test_only_allowed_destinations_are_rung(tmp_path: Path) -> None:
    """Asked at the moment itself: what was allowed when the flow was published need not be so now."""
    phones = (RehearsedOutside(ONE), RehearsedOutside("+12125550100"))
    async with outside_world(tmp_path, *phones) as w:
        me, case = await w.call()
        await me.meets()
        assert phones[1].rung == 0
        assert await missed(w, case) == [(2, "not_allowed")]
        assert w.alarmed("destination_not_allowed")


@in_skipped_time
async def test_without_any_allowed_destination_nobody_is_rung(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone, contract_settings={}) as w:
        me, case = await w.call()
        await me.hears("outside-nobody")
        await w.settle()
        assert phone.rung == 0 and not await w.all(case, events.OutsideRung)
        assert w.alarmed("destination_not_allowed")


@pytest.mark.parametrize("after_s", [0.5, 2.5, 5, 5.5, 8, 9.5])
@in_skipped_time
async def test_a_caller_who_leaves_at_any_moment_leaves_nobody_behind(after_s: float, tmp_path: Path) -> None:
    """While the words play, while it rings, while it is screened; the world itself looks who is left on a line."""
    phones = (RehearsedOutside(ONE, press_s=2), RehearsedOutside(TWO, "no_answer"))
    async with outside_world(tmp_path, *phones) as w:
        me, case = await w.call()
        await asyncio.sleep(after_s)
        await me.hangs_up()
        await w.settle()
        assert not any(leg.live for phone in phones for leg in phone.legs)
        rung, talked = await w.all(case, events.OutsideRung), await w.all(case, events.OutsideTalked)
        assert len(await missed(w, case)) + len(talked) == len(rung) == 2
        assert (await w.file(case)).ended_by == "caller"


@in_skipped_time
async def test_a_caller_who_leaves_before_the_two_are_joined(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        w.legs[case].faults["join"] = CallerHungUp()
        await me.hears("outside-trying")
        await me.hangs_up()
        await w.settle()
        assert await missed(w, case) == [(1, "caller_left")]


@in_skipped_time
async def test_a_fault_while_they_talk_leaves_nobody_on_a_dead_line(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        w.legs[case].faults["talk"] = RuntimeError("boom")
        await me.hears("sorry")
        await me.ends()
        await w.settle()
        assert phone.leg and not phone.leg.live
        assert [e.by for e in await w.all(case, events.OutsideEnded)] == ["unseen"]
        assert w.alarmed("call_failed")


@in_skipped_time
async def test_cut_by_the_limit_while_they_talk(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        await me.meets()
        await me.is_cut()
        await me.hears("limit")
        await w.settle()
        assert phone.leg and not phone.leg.live
        assert [e.by for e in await w.all(case, events.OutsideEnded)] == ["us"]
        assert w.alarmed("cut_by_limit")


@in_skipped_time
async def test_cut_by_the_limit_while_it_rings(tmp_path: Path) -> None:
    phones = (RehearsedOutside(ONE, "no_answer"), RehearsedOutside(TWO, "no_answer"))
    async with outside_world(tmp_path, *phones) as w:
        me, case = await w.call()
        await asyncio.sleep(5)
        await me.is_cut()
        await me.hears("limit")
        await w.settle()
        assert await missed(w, case) == [(1, "caller_left"), (2, "caller_left")]
        assert w.alarmed("cut_by_limit")


def test_the_proof_counts_on_the_same_time_for_pressing_1() -> None:
    assert SCREENING_S == lasting.SCREENING_S


# ---- a later daemon ----------------------------------------------------------------------------------


@in_skipped_time
async def test_a_talk_outside_goes_on_and_is_watched_by_the_next_daemon(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        await me.meets()
        await asyncio.sleep(10)
        await w.dies()
        await asyncio.sleep(7)
        assert phone.leg and phone.leg.live
        await w.comes_back()
        await asyncio.sleep(13)
        await phone.hangs_up()
        await me.hears("bye")
        await w.settle()
        assert [(e.by, e.talk_s) for e in await w.all(case, events.OutsideEnded)] == [("callee", 30)]
        assert [e.where for e in await w.all(case, events.CallResumed)] == ["talk"]
        assert phone.rung == 1


@in_skipped_time
async def test_the_other_side_left_while_no_daemon_was_there(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        await me.meets()
        await w.dies()
        await phone.hangs_up()
        await asyncio.sleep(3)
        await w.comes_back()
        await me.hears("bye")
        await w.settle()
        assert [e.by for e in await w.all(case, events.OutsideEnded)] == ["callee"]


@in_skipped_time
async def test_both_left_while_no_daemon_was_there(tmp_path: Path) -> None:
    phone = RehearsedOutside(ONE)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        await me.meets()
        await w.dies()
        await me.hangs_up()
        await phone.hangs_up()
        await w.comes_back()
        await w.settle()
        assert [e.by for e in await w.all(case, events.OutsideEnded)] == ["unseen"]
        assert (await w.file(case)).outcome == "connected"


@in_skipped_time
async def test_it_rang_when_the_daemon_died(tmp_path: Path) -> None:
    """It is rung anew, once, by the next daemon."""
    phone = RehearsedOutside(ONE, after_s=6)
    async with outside_world(tmp_path, phone) as w:
        me, case = await w.call()
        await phone.is_rung()
        await w.dies()
        await asyncio.sleep(2)
        await w.comes_back()
        await me.meets()
        assert len([leg for leg in phone.legs if leg.live]) == 1
        assert phone.rung == 2 and len(await w.all(case, events.OutsideTalked)) == 1
        assert me.heard.count("outside-trying") == 1, "the words were said again"


@in_skipped_time
async def test_a_talk_outside_after_a_talk_with_an_agent(tmp_path: Path) -> None:
    """Both are noted, the human's is what counts."""
    flow = f"""
flow: both
languages: [ja]
start: person
nodes:
  person: {{kind: escalate, next: ring, on_nobody: ring}}
  ring: {{kind: ring, to: ["{ONE}"], next: talked, on_no_answer: talked}}
  talked: {{kind: hangup, prompts: [bye]}}
"""
    agent, phone = RehearsedAgent("aoi"), RehearsedOutside(ONE)
    async with world(tmp_path, flow_file=flow, agents=(agent,), outside=(phone,), contract_settings=PREFIXES) as w:
        me, case = await w.call()
        await agent.answers()
        await agent.hangs_up()
        await phone.answers()
        await me.hangs_up()
        await w.settle()
        assert (await w.file(case)).outcome == "human"
        assert len(await w.all(case, events.OutsideEnded)) == len(await w.all(case, events.TalkEnded)) == 1
