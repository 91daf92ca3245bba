"""A simulated call: what a caller hears and what keys do, on a virtual clock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.simulate import (
    Action,
    HangUp,
    OtherLeaves,
    Press,
    Simulation,
    Speak,
    Wait,
    simulate,
)
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import CallbackPromised, RefusalPlayed, Tagged
from smartdesk_pbx.flow.world import REHEARSAL, Left, Met, Plays, Pressed, Told, World
from smartdesk_pbx.settings import share

DEMO = load(share("dialplans") / "flows" / "demo-reception.yaml")
AT = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
"""10:00 on a Wednesday in Tokyo."""
WORLD = World(AT, CallerFacts("+819012345678"), agents=0)

EVERYTHING = load("""
flow: everything
languages: [ja, en]
start: hours
calendars:
  week: {weekly: ["mon-fri 09:00-18:00"]}
nodes:
  hours: {kind: hours, calendar: week, open: who, closed: shut}
  shut: {kind: hangup, prompts: [nobody-free, "@opens"], reason: closed}
  who:
    kind: caller
    cases:
      - {list: vip, next: vip}
      - {anonymous: true, next: shut}
      - {repeat_hours: 24, next: again}
      - {countries: [DE], next: shut}
    otherwise: tongue
  vip: {kind: tag, tags: [vip], next: person}
  again: {kind: tag, tags: [again], next: tongue}
  tongue: {kind: language, prompts: [main-menu], keys: {"2": en}, next: ask}
  ask: {kind: lookup, url: "https://crm.example/ask", prompts: [moment], answers: {owes: owes}, otherwise: number}
  owes: {kind: hangup, prompts: [suspended], reason: owes}
  number: {kind: collect, prompts: [callback-ask], patterns: ["0xxx"], tries: 2, next: message, on_silence: owes}
  message: {kind: record, review: true, next: outside, on_silence: outside}
  outside: {kind: ring, to: ["+81312345678"], next: person, on_no_answer: person}
  person: {kind: escalate, next: back, on_nobody: back}
  back: {kind: callback, next: bye, on_silence: bye}
  bye: {kind: hangup}
""")


def heard(actions: Sequence[Action], world: World = WORLD, tree: Tree = DEMO) -> list[str]:
    """What the walker was told, step by step."""
    return [step.heard for step in simulate(tree, world, actions).steps]


def nodes(actions: Sequence[Action], world: World = WORLD, tree: Tree = EVERYTHING) -> list[str]:
    return [step.node for step in simulate(tree, world, actions).steps]


def test_a_step_is_what_the_event_of_a_real_call_says() -> None:
    steps = simulate(DEMO, WORLD, [Wait(4), Press("2"), Wait(60)]).steps
    assert [(s.node, s.verb, s.heard) for s in steps] == [
        ("welcome", "say", "start"), ("main-menu", "choose", "done"), ("person", "hand", "key 2"),
        ("nobody-free", "say", "nobody"), ("message", "keep", "done"), ("callback", "take", "silence"),
        ("callback", "take", "silence"), ("goodbye", "bye", "silence"),
    ]  # fmt: skip
    assert [s.at_s for s in steps][:4] == [0, 4, 4, 6]


def test_silence_is_counted_from_the_end_of_the_prompts() -> None:
    call = Simulation(DEMO, WORLD)
    call.do(Wait(4))
    assert call.here.position.node == "main-menu"
    call.do(Wait(2 + 4.9))
    assert call.here.position.tries == 0
    call.do(Wait(0.1))
    assert call.here.position.tries == 1, "two seconds of prompt and five of waiting"


def test_a_prompt_lasts_as_long_as_it_is_said_to() -> None:
    long = replace(WORLD, seconds=lambda language, prompt: 30.0 if prompt == "main-menu" else 1.0)
    assert [round(s.at_s, 1) for s in simulate(DEMO, long, [Wait(60)]).steps] == [0, 2, 37]


def test_the_wait_for_the_next_change_is_long_enough_though_sums_are_not_exact() -> None:
    call = Simulation(DEMO, replace(WORLD, seconds=lambda language, prompt: 0.1))
    call.do(Wait(0.07))
    for _ in range(200):
        if wait := call.next_change():
            call.do(wait)
    assert call.ended


def test_a_key_ends_a_skippable_announcement_and_counts_for_the_next_menu() -> None:
    trace = simulate(DEMO, WORLD, [Wait(1), Press("2")])
    assert [(s.node, s.at_s) for s in trace.steps] == [("welcome", 0), ("main-menu", 1), ("person", 1)]
    assert trace.heard == (), "cut short"
    assert not any(isinstance(e, Plays) and e.prompt == "main-menu" for e in trace.log), "the menu is not played"


def test_a_menu_takes_one_key_at_once_even_while_it_plays() -> None:
    assert heard([Wait(5), Press("77")]) == ["start", "done", "key 7", "key 7"]


def test_keys_typed_ahead_reach_menus_through_skippable_announcements() -> None:
    assert heard([Press("191")]) == ["start", "done", "key 1", "done", "key 9", "key 1"]


def test_on_asterisk_a_key_is_lost_while_something_plays_that_cannot_be_skipped() -> None:
    trace = simulate(DEMO, WORLD, [Press("139"), Wait(3)])
    assert [s.heard for s in trace.steps] == ["start", "done", "key 1", "done", "key 3", "answer refused", "done"]
    assert [e.key for e in trace.log if isinstance(e, Pressed) and e.lost] == ["9"]
    assert heard([Press("139"), Wait(2)], replace(WORLD, telephone=REHEARSAL))[-2:] == ["done", "key 9"]


def test_digits_are_judged_and_stand_nowhere_in_the_steps() -> None:
    to_callback: list[Action] = [Press("2"), Wait(14), Press("12#"), Press("0312345678#")]
    trace = simulate(DEMO, WORLD, to_callback)
    assert [s.heard for s in trace.steps][-3:] == ["silence", "digits unfit", "digits fits"]
    assert "0312345678" not in repr(trace.steps)


def test_a_gap_or_the_longest_number_ends_digits_too() -> None:
    start: list[Action] = [Press("2"), Wait(14)]
    assert heard([*start, Press("0312345678"), Wait(4)])[-1] == "digits fits", "after gap_s"
    assert heard([*start, Press("0312345678"), Wait(3.9)])[-1] == "silence"
    assert heard([*start, Press("0312345678901")])[-1] == "digits fits", "thirteen are the most"
    assert heard([*start, Press("#")])[-1] == "silence", "# alone is no digit"


def test_a_message_ends_with_silence_or_hash_and_counts_from_the_tone() -> None:
    spoken: list[Action] = [Press("2"), Wait(4), Speak(4), Wait(5)]
    trace = simulate(DEMO, WORLD, spoken)
    assert trace.steps[-1].heard == "recorded"
    assert [e for e in trace.log if isinstance(e, Left)] == [Left(17, 4, partial=False)]
    assert heard([Press("2"), Wait(4), Speak(4), Press("1"), Press("#")])[-1] == "recorded", "1 does not end it"
    assert heard([Press("2"), Wait(13)])[-1] == "silence", "nothing was said"
    assert heard([Press("2"), Wait(4), Speak(121)])[-1] == "recorded", "most_s"


def test_a_caller_who_hangs_up_while_speaking_leaves_a_partial_message() -> None:
    trace = simulate(DEMO, WORLD, [Press("2"), Wait(4), Speak(4), HangUp(), Press("1"), Wait(9), Speak(1)])
    assert [e.seconds for e in trace.log if isinstance(e, Left) and e.partial] == [4]
    assert trace.ended and trace.ended.by == "caller"
    assert trace.log[-1] == trace.ended, "nothing happens after it"


def test_a_talk_goes_on_until_one_side_hangs_up() -> None:
    free = replace(WORLD, agents=1)
    talked = simulate(DEMO, free, [Press("2"), Wait(30), OtherLeaves(), Wait(9)])
    assert [e.whom for e in talked.log if isinstance(e, Met)] == ["human", "left"]
    assert talked.ended and (talked.ended.by, talked.ended.reason) == ("us", "done")
    left = simulate(DEMO, free, [Press("2"), Wait(30), HangUp()])
    assert left.steps[-1].node == "person" and left.ended and left.ended.by == "caller"
    assert heard([Press("2"), Wait(61 + 3)], free)[-1] == "human", "the other side ends it some day"


@pytest.mark.parametrize(
    ("agents", "at_s"), [(0, 2), ("busy", 20), (("busy", "human"), 20)], ids=["none", "busy", "busy first"]
)
def test_nobody_takes_the_call_at_once_or_after_the_longest_wait(agents: object, at_s: float) -> None:
    trace = simulate(DEMO, replace(WORLD, agents=agents), [Press("2"), Wait(20)])  # type: ignore[arg-type]
    assert [(e.whom, e.at_s) for e in trace.log if isinstance(e, Met)] == [("nobody", at_s)]


def test_r2_1_where_answering_is_not_agreed_nobody_is_asked() -> None:
    trace = simulate(DEMO, replace(WORLD, agents=1, answering=False), [Press("2")])
    assert [s.node for s in trace.steps][-1] == "nobody-free"


@pytest.mark.parametrize(
    ("before", "world", "answer"),
    [(0, {}, "refused"), (1, {}, "refused"), (2, {}, "released"), (9, {}, "released"),
     (9, {"emergency": False}, "refused"), (9, {"caller": CallerFacts(None)}, "refused"),
     (4, {"threshold": 6}, "refused")],
)  # fmt: skip
def test_r8_2_the_emergency_number_is_told_at_the_threshold_alone(before: int, world: dict, answer: str) -> None:  # type: ignore[type-arg]
    trace = simulate(DEMO, replace(WORLD, transfer_requests=before, **world), [Press("3"), Wait(30)])
    assert f"answer {answer}" in [s.heard for s in trace.steps]
    assert any(isinstance(e, Told) for e in trace.log) == (answer == "released")


def test_r8_2_only_requests_whose_answer_was_played_count_and_only_so_many_in_a_call() -> None:
    twice: list[Action] = [Press("3"), Wait(2), Press("9"), Press("3"), Wait(2)]
    answers = [h for h in heard(twice, replace(WORLD, transfer_requests=1)) if h.startswith("answer")]
    assert answers == ["answer refused", "answer refused"], "one counts in one call"
    two = replace(WORLD, transfer_requests=1, requests_per_call=2)
    assert [h for h in heard(twice, two) if h.startswith("answer")] == ["answer refused", "answer released"]
    assert simulate(DEMO, WORLD, [Press("3"), Wait(2)]).facts == (RefusalPlayed(),)


def test_r8_2_the_number_is_told_again_on_request_five_times_at_most() -> None:
    world = replace(WORLD, transfer_requests=2)
    again: list[Action] = [Press("3"), Wait(4)]
    once_more: list[Action] = [Press("1"), Wait(2)]
    trace = simulate(DEMO, world, [*again, *once_more * 9, Wait(9)])
    assert sum(isinstance(e, Told) for e in trace.log) == 5
    assert sum(isinstance(e, Told) for e in simulate(DEMO, world, [*again, Press("1"), Wait(20)]).log) == 2
    assert {e.prompt for e in trace.log if isinstance(e, Plays)} >= {"@emergency"}


# ---- what is asked outside -------------------------------------------------------------------------------------------


def test_hours_are_those_of_the_arrival_and_a_closure_is_above_them() -> None:
    evening = replace(WORLD, at=AT + timedelta(hours=9))
    assert nodes([Wait(0)], evening) == ["hours", "shut"]
    assert nodes([Wait(0)], replace(WORLD, closures=(Closure(AT, None, "storm"),))) == ["hours", "shut"]
    almost = replace(WORLD, at=AT + timedelta(hours=7, minutes=59, seconds=59))
    assert "shut" not in nodes([Wait(60)], almost), "it arrived before the end"


def test_a_placeholder_says_what_a_caller_would_hear() -> None:
    trace = simulate(EVERYTHING, replace(WORLD, at=AT + timedelta(hours=9)), [Wait(9)])
    (opens,) = [e.value for e in trace.log if isinstance(e, Plays) and e.prompt == "@opens"]
    assert opens == "2026-07-02 09:00"


@pytest.mark.parametrize(
    ("caller", "way"),
    [
        (CallerFacts("+819012345678"), ["tongue"]),
        (CallerFacts("+819012345678", frozenset({"vip"})), ["person"]),
        (CallerFacts(None), ["shut"]),
        (CallerFacts("+819012345678", hours_since_last=24), ["tongue"]),
        (CallerFacts("+493012345678"), ["shut"]),
    ],
)
def test_the_caller_leads_on(caller: CallerFacts, way: list[str]) -> None:
    trace = simulate(EVERYTHING, replace(WORLD, caller=caller), [])
    assert [s.node for s in trace.steps][2:] == way
    assert (Tagged(("vip",)) in trace.facts) == (way == ["person"])
    assert (Tagged(("again",)) in trace.facts) == (caller.hours_since_last is not None)


@pytest.mark.parametrize("named", ["ask", "https://crm.example/ask", "*"])
def test_a_lookup_is_answered_by_node_or_by_address(named: str) -> None:
    assert nodes([Press("2"), Wait(2)], replace(WORLD, lookups={named: "owes"}))[-1] == "owes"
    assert nodes([Press("2"), Wait(2)], replace(WORLD, lookups={named: "loves"}))[-1] == "number", "not listed"
    assert nodes([Press("2"), Wait(2)])[-1] == "number"


def test_the_language_that_was_chosen_is_spoken_from_then_on() -> None:
    trace = simulate(EVERYTHING, WORLD, [Press("2"), Wait(3)])
    assert [(e.prompt, e.language) for e in trace.log if isinstance(e, Plays)][-2:] == [
        ("moment", "en"), ("callback-ask", "en"),
    ]  # fmt: skip
    assert {e.language for e in simulate(EVERYTHING, replace(WORLD, language="en"), [Wait(1)]).log
            if isinstance(e, Plays)} == {"en"}  # fmt: skip


def test_a_message_is_reviewed_and_recorded_anew_and_outside_phones_and_a_call_back_follow() -> None:
    world = replace(WORLD, outside=(False,), agents=("nobody",))
    actions: list[Action] = [
        Press("2"), Wait(2), Press("0123"), Wait(6), Press("1"), Speak(3), Press("#"), Press("3"), Speak(2),
        Press("#"), Press("1"), Wait(30), Press("1"), Wait(20),
    ]  # fmt: skip
    trace = simulate(EVERYTHING, world, actions)
    assert [s.heard for s in trace.steps][-9:] == [
        "recorded", "key 3", "recorded", "key 1", "no_answer", "nobody", "answer known", "key 1", "done",
    ]  # fmt: skip
    assert trace.facts == (CallbackPromised(own=True),)
    assert trace.ended and trace.ended.reason == "done"


def test_outside_telephones_ring_together_or_one_after_the_other() -> None:
    text = """
flow: ringing
languages: [ja]
start: ring
nodes:
  ring: {kind: ring, to: ["+81312345678", "+81312345679"], mode: MODE, ring_s: 10, next: bye, on_no_answer: bye}
  bye: {kind: hangup}
"""
    for mode, seconds in (("together", 10), ("in_turn", 20)):
        trace = simulate(load(text.replace("MODE", mode)), WORLD, [Wait(60)])
        assert trace.steps[-1].at_s == seconds
        answered = simulate(load(text.replace("MODE", mode)), replace(WORLD, outside=True), [Wait(10), OtherLeaves()])
        assert [e.whom for e in answered.log if isinstance(e, Met)] == ["outside", "left"]


# ---- for ever --------------------------------------------------------------------------------------------------------

actions = st.lists(
    st.one_of(
        st.text("0123456789*#", min_size=1, max_size=3).map(Press),
        st.integers(10, 3000).map(lambda hundredths: Wait(hundredths / 100)),
        st.integers(10, 1000).map(lambda hundredths: Speak(hundredths / 100)),
        st.just(OtherLeaves()),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([DEMO, EVERYTHING]), actions, st.sampled_from([0, 1, "busy", ("nobody", "human")]))
def test_a_call_always_ends_and_comes_out_the_same_again(tree: Tree, done: list[Action], agents: object) -> None:
    world = replace(WORLD, agents=agents)  # type: ignore[arg-type]
    trace = simulate(tree, world, [*done, Wait(100_000)])
    assert trace.ended
    assert [e.at_s for e in trace.log] == sorted(e.at_s for e in trace.log), "the clock never goes back"
    assert simulate(tree, world, [*done, Wait(100_000)]) == trace
