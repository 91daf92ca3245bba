"""The flow walker is pure: every path of every sound flow ends, and a position is all that is needed to go on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.nodes import Goto
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import (
    DONE,
    HUMAN,
    NOBODY,
    RECORDED,
    SILENCE,
    START,
    Ask,
    Bye,
    Choose,
    Hand,
    Keep,
    Result,
    Say,
    Take,
    Tell,
    Verb,
)
from smartdesk_pbx.flow.walk import Position, Step, begin, step
from smartdesk_pbx.settings import share

FLOWS = share("dialplans") / "flows"
DEMO = load(FLOWS / "demo-reception.yaml")

Pick = Callable[[list[Result]], Result]


def results(verb: Verb) -> list[Result]:
    """Everything that a telephone can answer to a verb."""
    match verb:
        case Say() | Tell():
            return [DONE]
        case Choose():
            return [SILENCE, *(Result("key", key) for key in "0123456789*#ABCD")]
        case Take():
            return [SILENCE, *(Result("digits", str(n)) for n in (1, 9, 10, 13, 20))]
        case Keep():
            return [RECORDED, SILENCE]
        case Hand():
            return [HUMAN, NOBODY]
        case Ask():
            return [Result("answer", answer) for answer in ("refused", "released", "missing")]
        case Bye():
            return []


def walk(tree: Tree, pick: Pick, most: int) -> list[Step]:
    """One call from start to goodbye."""
    steps = [step(tree, begin(tree), START)]
    while choices := results(steps[-1].verb):
        assert len(steps) < most, f"no end after {most} steps: {[s.position.node for s in steps[-10:]]}"
        here = step(tree, steps[-1].position, pick(choices))
        check(tree, here)
        steps.append(here)
    return steps


def check(tree: Tree, here: Step) -> None:
    """Hashable, and enough for a later daemon: decoded again it is the same, and so is the verb that it leads to."""
    assert hash(here.position) == hash(Position.decode(here.position.encode()))
    assert Position.decode(here.position.encode()) == here.position
    again = step(tree, Position.decode(here.position.encode()), START)
    assert (again.verb, again.position) == (here.verb, here.position) and not again.refusal_played
    assert not isinstance(tree.nodes[here.position.node], Goto)


def follow(tree: Tree, *answers: Result) -> Step:
    here = step(tree, begin(tree), START)
    for answer in answers:
        assert answer in results(here.verb), f"{answer} is no answer to {here.verb}"
        here = step(tree, here.position, answer)
    return here


def key(pressed: str) -> Result:
    return Result("key", pressed)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(FLOWS.glob("*.yaml"))))
def test_every_call_through_a_flow_of_ours_ends(data: st.DataObject, file: Path) -> None:
    steps = walk(load(file), lambda choices: data.draw(st.sampled_from(choices)), 100)
    assert isinstance(steps[-1].verb, Bye)


def test_the_demo_flow_has_no_endless_path() -> None:
    """Every position that can be reached, searched to the end: the longest call has a known length."""
    longest: dict[Position, int] = {}

    def length(position: Position) -> int:
        if position not in longest:
            longest[position] = -1
            here = step(DEMO, position, START)
            after = [length(step(DEMO, here.position, r).position) for r in results(here.verb)]
            assert -1 not in after, f"{position} comes back to itself"
            longest[position] = 1 + max(after, default=0)
        assert longest[position] != -1, f"{position} comes back to itself"
        return longest[position]

    assert 30 < length(begin(DEMO)) < 60
    assert len(longest) < 5000


NAMES = tuple(f"n{i}" for i in range(7))


@st.composite
def flows(draw: st.DrawFn) -> Tree:
    """Sound flows: ways lead to later nodes, back only through a goto that counts, the last node says goodbye."""
    nodes = {name: draw(some_node(st.sampled_from(NAMES[i + 1 :]))) for i, name in enumerate(NAMES[:-1])}
    nodes[NAMES[-1]] = {"kind": "hangup"}
    tree = {"flow": "made", "languages": ["ja"], "start": NAMES[0], "nodes": _reachable(nodes, NAMES[0])}
    return load(json.dumps(tree))  # JSON is YAML


def some_node(later: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    kind, prompts, tries = st.just, st.just(["bye"]), st.integers(1, 5)
    keys = st.dictionaries(st.sampled_from("0123*#"), later, min_size=1)
    return st.one_of(
        st.fixed_dictionaries({"kind": kind("announce"), "prompts": prompts, "next": later}),
        st.fixed_dictionaries(
            {"kind": kind("menu"), "prompts": prompts, "keys": keys, "on_silence": later, "on_wrong_key": later},
            optional={"tries": tries, "silent_tries": tries},
        ),
        st.fixed_dictionaries(
            {"kind": kind("collect"), "prompts": prompts, "next": later, "on_silence": later},
            optional={"least": st.integers(1, 10), "tries": tries, "read_back": st.booleans()},
        ),
        st.fixed_dictionaries({"kind": kind("record"), "next": later, "on_silence": later}),
        st.fixed_dictionaries({"kind": kind("escalate"), "next": later, "on_nobody": later}),
        st.fixed_dictionaries({"kind": kind("transfer_request"), "on_refused": later, "on_told": later}),
        st.fixed_dictionaries(
            {"kind": kind("goto"), "to": st.sampled_from(NAMES), "then": later}, optional={"most": st.integers(1, 3)}
        ),
    )


def _reachable(nodes: dict[str, dict[str, object]], start: str) -> dict[str, dict[str, object]]:
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            keys = nodes[name].get("keys", {})
            assert isinstance(keys, dict)
            waiting += [str(v) for v in [*nodes[name].values(), *keys.values()] if str(v) in nodes]
    return {name: node for name, node in nodes.items() if name in found}


@settings(max_examples=150, deadline=None)
@given(flows(), st.data())
def test_every_call_through_any_sound_flow_ends(tree: Tree, data: st.DataObject) -> None:
    """Six nodes lead on after ten verbs at the most, and gotos lead back eighteen times at the most."""
    steps = walk(tree, lambda choices: data.draw(st.sampled_from(choices)), 19 * 6 * 10)
    assert isinstance(steps[-1].verb, Bye)


# ---- single rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([key("2")], "caller_asked"),
        ([SILENCE, SILENCE], "no_input"),
        ([key("7"), key("8"), key("0")], "wrong_key"),
        ([key("7"), SILENCE], "no_input"),
        ([key("9")] * 6, "flow"),
        ([key("1"), DONE] * 4, "flow"),
    ],
)
def test_r2_1_the_reason_is_how_the_caller_left_the_menu(answers: list[Result], reason: str) -> None:
    verb = follow(DEMO, DONE, *answers).verb
    assert isinstance(verb, Hand) and verb.reason == reason


def test_a_wrong_key_is_told_before_the_menu_is_played_again() -> None:
    assert follow(DEMO, DONE, key("7")).verb == Choose(("wrong-key", "main-menu"), 5)
    assert follow(DEMO, DONE, SILENCE).verb == Choose(("no-key", "main-menu"), 5)


def test_r8_2_only_the_refusal_played_to_its_end_is_an_answer() -> None:
    asked = follow(DEMO, DONE, key("3"))
    assert asked.verb == Ask("transfer_request") and not asked.refusal_played
    refused = step(DEMO, asked.position, Result("answer", "refused"))
    assert refused.verb == Say(("transfer-refused",), skippable=False) and not refused.refusal_played
    assert step(DEMO, refused.position, DONE).refusal_played


def test_r8_2_released_is_told_and_not_refused() -> None:
    told = follow(DEMO, DONE, key("3"), Result("answer", "released"))
    assert isinstance(told.verb, Tell)
    after = step(DEMO, told.position, DONE)
    assert isinstance(after.verb, Bye) and not after.refusal_played


def test_a_number_is_confirmed_before_it_counts() -> None:
    to_callback = [DONE, key("2"), NOBODY, DONE, RECORDED, DONE]
    ten = Result("digits", "10")
    assert follow(DEMO, *to_callback, ten).verb == Choose(("callback-readback", "@number", "callback-confirm"), 8)
    assert follow(DEMO, *to_callback, ten, key("1")).position.node == "callback-thanks"
    assert follow(DEMO, *to_callback, ten, key("2")).verb == Take(("enter-again", "callback-ask"), 13, 8, 4)
    assert follow(DEMO, *to_callback, ten, key("2"), ten, SILENCE).position.node == "goodbye"
    assert follow(DEMO, *to_callback, Result("digits", "9"), SILENCE).position.node == "goodbye"


def test_the_outcome_of_a_verb_never_tells_the_digits() -> None:
    assert str(Result("digits", "11")) == "digits" and str(key("*")) == "key *"
