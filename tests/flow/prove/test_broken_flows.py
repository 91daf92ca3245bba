"""Each property broken on purpose: what the proof says, and the conversation that shows it."""

from typing import Any

import pytest

from smartdesk_pbx.contract.case_rules import Rule, Rules
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.link import Shared
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.perform import perform
from smartdesk_pbx.flow.prove import Proof, moves, prove
from smartdesk_pbx.flow.script import read_script
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Result
from smartdesk_pbx.flow.walk import Position, Step, step
from tests.flow.prove.proving import OFFICE, broken, flow, lines, named, premises, proof

MESSAGE = "message: {kind: record, next: bye, on_silence: bye}"


def comes_true(tree: Tree, found: Proof, name: str) -> None:
    """The counter-example is a conversation that a caller can have: the simulation plays it."""
    example = named(found, name).counter_example
    assert example is not None
    (conversation,) = read_script("conversations:\n" + example.script("broken"), "broken.test.yaml", tree)
    assert perform(tree, conversation).failure is None


# ---- ends ------------------------------------------------------------------------------------------------------------


def bare(**nodes: dict[str, Any]) -> Tree:
    """A tree that `load` would refuse."""
    return Tree.model_validate({"flow": "test", "languages": ["ja"], "start": "begin", "nodes": nodes})


def test_a_call_that_goes_round_for_ever() -> None:
    tree = bare(
        begin={"kind": "announce", "prompts": ["welcome"], "next": "menu"},
        menu={"kind": "menu", "prompts": ["menu"], "keys": {"1": "info"}, "tries": 1, "on_silence": "bye",
              "on_wrong_key": "bye"},
        info={"kind": "announce", "prompts": ["info"], "next": "menu"},
        bye={"kind": "hangup"},
    )  # fmt: skip
    found = prove(tree, premises())
    assert named(found, "ends").says == "a call can go round for ever"
    assert lines(named(found, "ends")) == [
        "hears: welcome", "hears: menu", 'presses: "1"', "hears: info", "hears: menu", "# and so on, for ever",
    ]  # fmt: skip
    assert named(found, "silence").holds is None, "what has no end is not measured"
    assert not found.proved and found.longest is None


def test_a_loop_beside_a_counted_goto_is_named() -> None:
    tree = bare(
        begin={"kind": "announce", "prompts": ["welcome"], "next": "again"},
        again={"kind": "goto", "to": "begin", "then": "begin"},
    )
    found = prove(tree, premises())
    assert named(found, "ends").says == "a call could go round for ever: begin -> again -> begin"
    assert broken(found) == ["ends", "silence", "exits", "emergency number", "human"]


def test_a_menu_that_never_gives_up_is_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walker itself is searched: one that forgot to count the tries would be caught."""

    def forgetful(tree: Tree, position: Position, result: Result) -> Step:
        there = step(tree, position, result)
        return step(tree, Position(there.position.node, there.position.phase), Result("start"))

    monkeypatch.setattr(moves, "step", forgetful)
    found = proof(f"""
  begin: {{kind: menu, prompts: [menu], keys: {{"1": bye}}, on_silence: message, on_wrong_key: message}}
  {MESSAGE}""")
    assert lines(named(found, "ends"))[-4:] == ["hears: menu", 'presses: "0"', "hears: menu", "# and so on, for ever"]


# ---- silence ---------------------------------------------------------------------------------------------------------

LOOKUP = """begin: {kind: announce, prompts: [moment], next: look}
  look: {kind: lookup, url: "https://crm.example/", limit_s: LIMIT, PLAYS answers: {vip: message}, otherwise: message}
  message: {kind: record, next: bye, on_silence: bye}"""


def test_a_lookup_that_keeps_a_caller_in_silence() -> None:
    found = proof(LOOKUP.replace("LIMIT", "3").replace("PLAYS", ""))
    assert broken(found) == ["silence"]
    assert named(found, "silence").says == "a caller can hear nothing for more than 2 s"
    assert lines(named(found, "silence")) == ["hears: moment", "# has heard nothing for 3 s, in ja"]


@pytest.mark.parametrize(("limit", "plays"), [("2", ""), ("4", "prompts: [moment],")])
def test_a_lookup_is_no_silence_within_the_limit_or_while_something_plays(limit: str, plays: str) -> None:
    assert proof(LOOKUP.replace("LIMIT", limit).replace("PLAYS", plays)).proved


def test_two_short_silences_in_a_row_are_one_long_one() -> None:
    found = proof("""
  begin: {kind: announce, prompts: [welcome], next: known}
  known:
    kind: caller
    cases: [{repeat_hours: 24, next: direct}]
    otherwise: message
  direct: {kind: transfer_request, on_refused: message, on_told: bye}
  message: {kind: record, next: bye, on_silence: bye}""")
    assert broken(found) == ["silence"]
    assert lines(named(found, "silence")) == [
        "hears: welcome", "# caller: called within 24 h", "# has heard nothing for 2.8 s",
    ]  # fmt: skip


def test_a_menu_without_a_sound_is_silence() -> None:
    def missing(language: str, prompt: str) -> float:
        return 0.0 if (language, prompt) == ("en", "menu") else 2.0

    nodes = """begin: {kind: announce, prompts: [welcome], next: menu}
  menu: {kind: menu, prompts: [menu], keys: {"1": message}, tries: 1, on_silence: message, on_wrong_key: message}
  message: {kind: record, next: bye, on_silence: bye}"""
    tree = flow(nodes).model_copy(update={"languages": ("ja", "en")})
    found = prove(tree, premises(seconds=missing))
    assert lines(named(found, "silence")) == ["hears: welcome", "hears: menu", "# has heard nothing for 5 s, in en"]
    assert prove(tree, premises(seconds=missing, languages=("ja",))).proved


def test_until_the_first_sound_the_caller_hears_it_ring() -> None:
    tree = flow("""look: {kind: lookup, url: "https://crm.example/", limit_s: 9, answers: {x: message},
                           otherwise: message}
  message: {kind: record, next: bye, on_silence: bye}""", start="look")  # fmt: skip
    assert prove(tree, premises()).proved


# ---- exits -----------------------------------------------------------------------------------------------------------


def rules_without(*ids: str) -> Rules:
    """The standard rules without some: as no plan file could have them."""
    standard = standard_plan().rules
    return standard.model_copy(update={"rules": tuple(rule for rule in standard.rules if rule.id not in ids)})


def test_an_end_that_no_rule_judges() -> None:
    found = prove(flow("begin: {kind: record, next: bye, on_silence: bye}"), premises(rules=rules_without("ivr-only")))
    assert broken(found) == ["exits"]
    wrong = "no rule of standard-3 judges a call that ends so: self_service, ended by us in ivr"
    assert named(found, "exits").says == wrong
    assert lines(named(found, "exits")) == [
        "hears: leave-message", "hears: beep", "waits: 5", "hears: bye", "ends: done",
    ]  # fmt: skip


def test_a_caller_who_hangs_up_must_be_judged_too() -> None:
    found = prove(flow("begin: {kind: record, next: bye, on_silence: bye}"),
                  premises(rules=rules_without("hung-up-in-ivr", "ivr-only")))  # fmt: skip
    assert lines(named(found, "exits")) == ["reaches: begin", "hangs_up"]


def test_a_rule_about_seconds_decides_nothing_for_sure() -> None:
    """What the search does not know can not be what makes every end judged."""
    long_talk = Rule.model_validate(
        {"id": "long", "text": "x", "when": {"talk_s": {"at_least": 60}}, "class": "x", "billable": False}
    )
    rules = Rules.model_construct(version="own-1", rules=(long_talk,), surcharges=())
    found = prove(flow("begin: {kind: record, next: bye, on_silence: bye}"), premises(rules=rules))
    assert broken(found) == ["exits"]
    assert "the rules' talk_s: the search keeps no times of a path" in found.not_checked


# ---- the emergency number --------------------------------------------------------------------------------------------

DIRECT = """begin: {kind: menu, prompts: [menu], keys: {"1": direct, "2": message}, tries: 1, on_silence: message,
                    on_wrong_key: message}
  direct: {kind: transfer_request, on_refused: again, on_told: bye}
  again: {kind: goto, to: begin, most: 5, then: message}
  message: {kind: record, next: bye, on_silence: bye}"""


def release_at_once(tree: Tree, position: Position, result: Result) -> Step:
    """A walker that tells the number to whoever asks."""
    if result == Result("answer", "refused"):
        result = Result("answer", "released")
    return step(tree, position, result)


def test_r8_2_a_walker_that_releases_too_early_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """R8.2: the emergency number is told at the threshold, and never below it."""
    assert proof(DIRECT).proved
    monkeypatch.setattr(moves, "step", release_at_once)
    found = proof(DIRECT)
    assert broken(found) == ["emergency number"]
    says = "the emergency number is told at request 1, below the threshold of 3"
    assert named(found, "emergency number").says == says
    assert lines(named(found, "emergency number"))[:4] == [
        "hears: menu", 'presses: "1"', "# asks to be put through: refused", "hears: emergency-intro",
    ]  # fmt: skip


def test_r8_2_a_walker_that_tells_on_another_way_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_any_node(tree: Tree, position: Position, result: Result) -> Step:
        if position.node == "direct" and result.kind == "done":
            return step(tree, Position("direct", "tell"), Result("start"))
        return step(tree, position, result)

    monkeypatch.setattr(moves, "step", at_any_node)
    assert broken(proof(DIRECT)) == ["ends", "silence", "emergency number", "human"], "it tells for ever, too"


@pytest.mark.parametrize(("threshold", "per_call", "anonymous_gets_it"), [(3, 1, False), (3, 2, False), (2, 2, True)])
def test_r8_2_nobody_is_told_below_any_threshold(threshold: int, per_call: int, anonymous_gets_it: bool) -> None:
    """R8.2: an anonymous caller's requests count within the call only."""
    settings = {"direct_transfer_threshold": threshold, "ivr_transfer_requests_per_call": per_call}
    assert proof(DIRECT, settings=settings).proved
    who = "who: {kind: caller, cases: [{anonymous: true, next: begin}], otherwise: bye}\n  "
    told = "\n  told: {kind: hangup, reason: told}"
    tree = flow(who + DIRECT.replace("on_told: bye", "on_told: told") + told, start="who")
    found = prove(tree, premises(settings))
    assert ("told" in found.reached) is anonymous_gets_it


# ---- a human, or a message -------------------------------------------------------------------------------------------


def test_a_submenu_from_which_nobody_can_be_reached() -> None:
    tree = flow("""
  begin: {kind: menu, prompts: [menu], keys: {"1": info, "2": person}, tries: 1, on_silence: person,
          on_wrong_key: person}
  info: {kind: menu, prompts: [info-menu], keys: {"1": address}, tries: 1, on_silence: bye, on_wrong_key: bye}
  address: {kind: announce, prompts: [address], next: bye}
  person: {kind: escalate, next: bye, on_nobody: bye}""")
    found = prove(tree, premises())
    assert broken(found) == ["human"]
    assert named(found, "human").says == (
        "at node 'info' a caller can reach no human and leave no message any more, "
        "though every calendar on the way says open"
    )
    assert lines(named(found, "human")) == [
        "hears: menu", 'presses: "1"', "hears: info-menu", 'presses: "0"', "hears: bye", "ends: done",
    ]  # fmt: skip
    comes_true(tree, found, "human")
    assert prove(tree.model_copy(update={"without_human": "only opening hours are told"}), premises()).proved


def test_a_message_only_outside_of_opening_hours_is_not_enough() -> None:
    tree = flow("""
  begin: {kind: hours, calendar: office, open: info, closed: message}
  info: {kind: announce, prompts: [info], next: bye}
  message: {kind: record, next: bye, on_silence: bye}""", OFFICE)  # fmt: skip
    found = prove(tree, premises())
    assert broken(found) == ["human"]
    assert lines(named(found, "human")) == ["# office: open", "hears: info", "hears: bye", "ends: done"]
    comes_true(tree, found, "human")


@pytest.mark.parametrize(("weekly", "holds"), [("sat 09:00-10:00", False), ("mon-sun closed", True)])
def test_hours_that_change_nothing_are_opening_hours_all_the_same(weekly: str, holds: bool) -> None:
    """Where it is never open, nothing has to be within reach."""
    found = proof("""begin: {kind: hours, calendar: office, open: menu, closed: menu, holiday: menu}
  menu: {kind: menu, prompts: [menu], keys: {"1": bye}, tries: 1, on_silence: bye, on_wrong_key: bye}""",
                  f"calendars: {{office: {{weekly: [{weekly}]}}}}")  # fmt: skip
    assert named(found, "human").holds is holds


def test_the_conversation_is_one_in_which_nobody_was_offered() -> None:
    """Not the shortest way to that node, which leads over a person."""
    found = proof("""begin: {kind: menu, prompts: [menu], keys: {"1": person, "2": on}, tries: 1, on_silence: bye,
                       on_wrong_key: bye}
  person: {kind: escalate, next: bye, on_nobody: end}
  on: {kind: announce, prompts: [on], next: further}
  further: {kind: announce, prompts: [further], next: end}
  end: {kind: menu, prompts: [end], keys: {"1": bye}, tries: 1, on_silence: bye, on_wrong_key: bye}""")
    assert lines(named(found, "human"))[:4] == ["hears: menu", 'presses: "2"', "hears: on", "hears: further"]


def test_a_goodbye_outside_of_opening_hours_is_allowed() -> None:
    found = proof("""
  begin: {kind: hours, calendar: office, open: person, closed: shut}
  shut: {kind: menu, prompts: [shut-menu], keys: {"1": begin-info}, tries: 1, on_silence: bye, on_wrong_key: bye}
  begin-info: {kind: announce, prompts: [info], next: bye}
  person: {kind: escalate, next: bye, on_nobody: bye}""", OFFICE)  # fmt: skip
    assert found.proved


def test_who_was_with_nobody_before_was_helped_as_far_as_possible() -> None:
    found = proof("""begin: {kind: escalate, next: bye, on_nobody: menu}
  menu: {kind: menu, prompts: [menu], keys: {"1": bye}, tries: 1, on_silence: bye, on_wrong_key: bye}""")
    assert found.proved


def test_r2_1_an_escalation_is_nobody_where_answering_is_not_agreed() -> None:
    """R2.1: without the part answering, no human can be reached by a key."""
    nodes = """begin: {kind: menu, prompts: [menu], keys: {"1": person}, tries: 1, on_silence: person,
                       on_wrong_key: person}
  person: {kind: escalate, next: bye, on_nobody: bye}"""
    assert proof(nodes).proved
    assert broken(proof(nodes, settings={"answering": False})) == ["human"]
    assert broken(proof(nodes, settings={"suspended_parts": ["answering"]})) == ["human"]


@pytest.mark.parametrize("node", [
    "{kind: ring, to: ['+81312345678'], next: bye, on_no_answer: bye}",
    "{kind: record, next: bye, on_silence: bye}",
    "{kind: callback, next: bye, on_silence: bye}",
    "{kind: escalate, next: bye, on_nobody: bye}",
])  # fmt: skip
def test_a_telephone_a_message_or_a_call_back_helps_as_well(node: str) -> None:
    found = proof(f"""
  begin: {{kind: menu, prompts: [menu], keys: {{"1": help}}, tries: 1, on_silence: bye, on_wrong_key: bye}}
  help: {node}""")
    assert found.proved


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_past_the_limit_nothing_is_proved() -> None:
    tree = flow(DIRECT)
    whole = prove(tree, premises())
    assert prove(tree, premises(), whole.states).proved
    found = prove(tree, premises(), whole.states - 1)
    assert {one.holds for one in found.properties} == {None}
    assert {one.says for one in found.properties} == {
        f"not proved: more than {whole.states - 1} states, the search was stopped"
    }
    assert not found.proved and found.longest is None and found.exits == ()


def test_a_shared_flow_is_proved_where_it_is_called() -> None:
    shared = flow("begin: {kind: record, next: out, on_silence: bye}\n  out: {kind: exit}")
    with pytest.raises(RuleBroken, match="test has exits: it is proved as a part of the flows that call it"):
        prove(shared, premises())
    text = """flow: caller
languages: [ja]
start: part
nodes:
  part: {kind: call, flow: test, exits: {done: bye}}
  bye: {kind: hangup}
"""
    part = (
        "flow: test\nlanguages: [ja]\nstart: a\nnodes:\n  a: {kind: record, next: b, on_silence: b}\n  b: {kind: exit}"
    )
    found = prove(load(text, find=lambda name: Shared(part, "test.yaml")), premises())
    assert found.proved and found.reached == {"part.a", "bye"}
