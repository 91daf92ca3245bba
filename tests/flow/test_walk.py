"""The flow walker is pure: every path of every sound flow ends, and a position is all that is needed to go on."""

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.flow.link import Shared
from smartdesk_pbx.flow.load import KINDS, load
from smartdesk_pbx.flow.nodes import Goto, Jump, Tag
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import (
    DONE,
    FITS,
    HUMAN,
    NO_ANSWER,
    NOBODY,
    OTHERWISE,
    RECORDED,
    SILENCE,
    START,
    TALKED,
    UNFIT,
    Ask,
    Bye,
    Choose,
    Fetch,
    Hand,
    Keep,
    Reach,
    RefusalPlayed,
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
OURS = [load(file) for file in sorted(FLOWS.glob("*.yaml")) if ".test." not in file.name]
WHOLE = [tree for tree in OURS if not tree.is_shared]

Pick = Callable[[list[Result]], Result]


def results(verb: Verb) -> list[Result]:
    """Everything that a telephone can answer to a verb."""
    match verb:
        case Say() | Tell():
            return [DONE]
        case Choose():
            return [SILENCE, *(Result("key", key) for key in "0123456789*#ABCD")]
        case Take():
            return [SILENCE, FITS, UNFIT]
        case Keep():
            return [RECORDED, SILENCE]
        case Hand():
            return [HUMAN, NOBODY]
        case Reach():
            return [TALKED, NO_ANSWER]
        case Ask():
            return [Result("answer", answer) for answer in verb.answers]
        case Fetch():
            return [Result("answer", answer) for answer in (*verb.answers, OTHERWISE)]
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
    assert (again.verb, again.position) == (here.verb, here.position) and not again.facts
    assert not isinstance(tree.nodes[here.position.node], Goto | Jump | Tag)


def follow(tree: Tree, *answers: Result) -> Step:
    here = step(tree, begin(tree), START)
    for answer in answers:
        assert answer in results(here.verb), f"{answer} is no answer to {here.verb}"
        here = step(tree, here.position, answer)
    return here


def key(pressed: str) -> Result:
    return Result("key", pressed)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(WHOLE))
def test_every_call_through_a_flow_of_ours_ends(data: st.DataObject, tree: Tree) -> None:
    steps = walk(tree, lambda choices: data.draw(st.sampled_from(choices)), 100)
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
CALENDAR = {"weekly": ["mon-fri 09:00-18:00"], "exceptions": [{"name": "fair", "days": "05-01"}]}


@st.composite
def flows(draw: st.DrawFn) -> Tree:
    """Sound flows: ways lead to later nodes, back only through a goto that counts, the last node says goodbye."""
    nodes = {name: draw(some_node(st.sampled_from(NAMES[i + 1 :]))) for i, name in enumerate(NAMES[:-1])}
    nodes[NAMES[-1]] = {"kind": "hangup"}
    tree = {
        "flow": "made", "languages": ["ja", "en"], "start": NAMES[0], "calendars": {"week": CALENDAR},
        "nodes": _reachable(nodes, NAMES[0]),
    }  # fmt: skip
    return load(json.dumps(tree), find=lambda name: Shared(SHARED, name))  # JSON is YAML


SHARED = """
flow: shared
languages: [ja, en]
start: ask
nodes:
  ask: {kind: menu, prompts: [main-menu], keys: {"1": yes-1}, on_silence: no-1, on_wrong_key: again}
  again: {kind: goto, to: ask, most: 2, then: no-1}
  yes-1: {kind: exit, exit: done}
  no-1: {kind: exit, exit: other}
"""


def some_node(later: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    return st.one_of(*(st.fixed_dictionaries(must, optional=may) for must, may in _kinds(later).values()))


Fields = dict[str, st.SearchStrategy[object]]


def _kinds(later: st.SearchStrategy[str]) -> dict[str, tuple[Fields, Fields]]:
    """What each kind of node needs, and some of what it may have."""
    prompts, tries = st.just(["bye"]), st.integers(1, 3)
    keys: st.SearchStrategy[object] = st.dictionaries(st.sampled_from("0123*#"), later, min_size=1)
    case = st.fixed_dictionaries({"list": st.sampled_from(["vip", "known"]), "next": later})
    either: Fields = {"next": later, "on_silence": later}
    made: dict[str, tuple[Fields, Fields]] = {
        "announce": ({"prompts": prompts, "next": later}, {}),
        "menu": (
            {"prompts": prompts, "keys": keys, "on_silence": later, "on_wrong_key": later},
            {"tries": tries, "silent_tries": tries},
        ),
        "collect": (
            {"prompts": prompts, **either}, {"least": st.integers(1, 10), "tries": tries, "read_back": st.booleans()}
        ),
        "record": (either, {"review": st.booleans(), "tries": tries}),
        "hours": (
            {"calendar": st.just("week"), "open": later, "closed": later},
            {"holiday": later, "exceptions": st.fixed_dictionaries({"fair": later})},
        ),
        "language": ({"prompts": prompts, "keys": st.just({"1": "ja", "2": "en"}), "next": later}, {"tries": tries}),
        "caller": ({"cases": st.lists(case, min_size=1, max_size=3), "otherwise": later}, {}),
        "transfer_request": ({"on_refused": later, "on_told": later}, {}),
        "ring": ({"to": st.just(["+819012345678"]), "next": later, "on_no_answer": later}, {}),
        "escalate": ({"next": later, "on_nobody": later}, {}),
        "callback": (either, {"use_caller": st.booleans(), "tries": tries}),
        "lookup": (
            {"url": st.just("https://crm.example/x"), "otherwise": later,
             "answers": st.fixed_dictionaries({"vip": later}, optional={"new": later})},
            {},
        ),
        "goto": ({"to": st.sampled_from(NAMES), "then": later}, {"most": st.integers(1, 3)}),
        "call": ({"flow": st.just("shared"), "exits": st.fixed_dictionaries({"done": later, "other": later})}, {}),
        "tag": ({"tags": st.just(["sales"]), "next": later}, {}),
    }  # fmt: skip
    return {kind: ({"kind": st.just(kind), **must}, may) for kind, (must, may) in made.items()}


def test_every_kind_of_node_is_walked_here() -> None:
    assert {*_kinds(st.just("a"))} | {"hangup", "exit"} == set(KINDS)


def _reachable(nodes: dict[str, dict[str, object]], start: str) -> dict[str, dict[str, object]]:
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [text for text in _texts(nodes[name]) if text in nodes]
    return {name: node for name, node in nodes.items() if name in found}


def _texts(content: object) -> Iterator[str]:
    """Every text in a node, however deep."""
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    if isinstance(content, str):
        yield content
    for one in inner:
        yield from _texts(one)


@settings(max_examples=150, deadline=None)
@given(flows(), st.data())
def test_every_call_through_any_sound_flow_ends(tree: Tree, data: st.DataObject) -> None:
    """Gotos within gotos lead back so and so often; chance alone does not find the longest call."""
    steps = walk(tree, lambda choices: data.draw(st.sampled_from(choices)), 5000)
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
    assert follow(DEMO, DONE, key("7")).verb == Choose(("wrong-key", "main-menu"), 5, ("1", "2", "3", "9"))
    assert follow(DEMO, DONE, SILENCE).verb == Choose(("no-key", "main-menu"), 5, ("1", "2", "3", "9"))


def test_r8_2_only_the_refusal_played_to_its_end_is_an_answer() -> None:
    asked = follow(DEMO, DONE, key("3"))
    assert asked.verb == Ask("transfer_request", ("refused", "released", "missing")) and not asked.facts
    refused = step(DEMO, asked.position, Result("answer", "refused"))
    assert refused.verb == Say(("transfer-refused",), skippable=False) and not refused.facts
    assert step(DEMO, refused.position, DONE).facts == (RefusalPlayed(),)


def test_r8_2_released_is_told_and_not_refused() -> None:
    told = follow(DEMO, DONE, key("3"), Result("answer", "released"))
    assert isinstance(told.verb, Tell)
    after = step(DEMO, told.position, DONE)
    assert isinstance(after.verb, Bye) and not after.facts


def test_a_number_is_confirmed_before_it_counts() -> None:
    to_callback = [DONE, key("2"), NOBODY, DONE, RECORDED, DONE]
    readback = Choose(("callback-readback", "@number", "callback-confirm"), 8, ("1",))
    assert follow(DEMO, *to_callback, FITS).verb == readback
    assert follow(DEMO, *to_callback, FITS, key("1")).position.node == "callback-thanks"
    asked_again = Take(("enter-again", "callback-ask"), 10, 13, (), 8, 4)
    assert follow(DEMO, *to_callback, FITS, key("2")).verb == asked_again
    assert follow(DEMO, *to_callback, FITS, key("2"), FITS, SILENCE).position.node == "goodbye"
    assert follow(DEMO, *to_callback, UNFIT, SILENCE).position.node == "goodbye"


@pytest.mark.parametrize(
    ("digits", "patterns", "result"),
    [
        ("", (), SILENCE),
        ("123", (), UNFIT),
        ("1234", (), FITS),
        ("123456", (), UNFIT),
        ("0312", ("03xx", "0120xxxx"), FITS),
        ("01201234", ("03xx", "0120xxxx"), FITS),
        ("0412", ("03xx", "0120xxxx"), UNFIT),
        ("031", ("03xx",), UNFIT),
        ("03*2", ("03xx",), UNFIT),
    ],
)
def test_the_walker_is_told_whether_digits_fit_and_never_which(
    digits: str, patterns: tuple[str, ...], result: Result
) -> None:
    assert Take((), 4, 5, patterns, 5, 4).judged(digits) == result
    assert str(FITS) == "digits fits" and str(key("*")) == "key *"
