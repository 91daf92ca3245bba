"""What a call can meet outside of its flow: hours, callers, numbers, counters; and what of it is possible together."""

from typing import Any

import pytest

from smartdesk_pbx.flow.answers import CallerFacts, caller_case
from smartdesk_pbx.flow.nodes import CallerIs
from smartdesk_pbx.flow.prove import Proof, moves, prove
from smartdesk_pbx.flow.prove.example import example_number
from smartdesk_pbx.flow.prove.graph import Graph
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Result
from smartdesk_pbx.flow.walk import Position, Step, step
from tests.flow.prove.proving import OFFICE, broken, flow, named, premises, proof

REST = """
  yes: {kind: announce, prompts: ["yes"], next: message}
  no: {kind: announce, prompts: ["no"], next: message}
  never: {kind: announce, prompts: [never], next: message}
  message: {kind: record, next: bye, on_silence: bye}"""


def unreached(nodes: str, *head: str, **more: Any) -> set[str]:
    """The nodes to which no call comes, though a way leads there."""
    return set(proof(nodes + REST.replace('"yes"', "yes-said").replace('"no"', "no-said"), *head, **more).unreached)


# ---- hours -----------------------------------------------------------------------------------------------------------

TWICE = """begin: {kind: hours, calendar: office, open: again, closed: no}
  again: {kind: hours, calendar: office, open: yes, closed: never}"""


def test_a_calendar_that_is_asked_twice_says_the_same_twice() -> None:
    assert unreached(TWICE, OFFICE) == {"never"}


def test_calendars_are_asked_about_one_and_the_same_time() -> None:
    calendars = "calendars: {day: {weekly: [mon-sun 08:00-20:00]}, office: {weekly: [mon-fri 09:00-18:00]}}"
    nodes = """begin: {kind: hours, calendar: office, open: again, closed: no}
  again: {kind: hours, calendar: day, open: yes, closed: yes, holiday: never}"""
    assert unreached(nodes, calendars) == {"never"}, "on a holiday the office is never open"


def test_any_number_can_be_closed_by_command() -> None:
    always = "calendars: {always: {weekly: [mon-sun 00:00-24:00], holidays: none}}"
    tree = flow("""begin: {kind: hours, calendar: always, open: message, closed: info}
  info: {kind: menu, prompts: [info], keys: {"1": bye}, tries: 1, on_silence: bye, on_wrong_key: bye}
  message: {kind: record, next: bye, on_silence: bye}""", always)  # fmt: skip
    graph = Graph(tree, premises())
    state = next(s for s in range(len(graph)) if graph.position(s).node == "info")
    assert prove(tree, premises()).proved, "while it is closed by command, it is not open"
    assert dict(conversation_given(graph, state)) == {"closed": True}


def conversation_given(graph: Graph, state: int) -> Any:
    from smartdesk_pbx.flow.prove.conversation import conversation

    return conversation(graph, graph.walked(graph.path_to(state))).given


# ---- callers ---------------------------------------------------------------------------------------------------------


def callers(first: str, then: str) -> str:
    """A question, and one more for those of whom its case holds."""
    return f"""begin: {{kind: caller, cases: [{{{first}, next: again}}], otherwise: no}}
  again: {{kind: caller, cases: [{{{then}, next: never}}], otherwise: yes}}"""


@pytest.mark.parametrize(("first", "then", "possible"), [
    ("anonymous: true", "list: vip", False),
    ("anonymous: true", "repeat_hours: 24", False),
    ("anonymous: true", 'ranges: ["+81"]', False),
    ("anonymous: true", "countries: [JP]", False),
    ("list: vip", "anonymous: true", False),
    ("repeat_hours: 24", "anonymous: true", False),
    ('ranges: ["+8190"]', "anonymous: true", False),
    ('ranges: ["+8190"]', 'ranges: ["+8180"]', False),
    ('ranges: ["+8190"]', 'ranges: ["+1", "+819"]', True),
    ('ranges: ["+819"]', 'ranges: ["+8190"]', True),
    ('ranges: ["+1"]', "countries: [JP]", False),
    ('ranges: ["+1"]', "countries: [CA]", True),
    ("countries: [US]", "countries: [CA]", False),
    ("countries: [JP]", 'ranges: ["+81"]', True),
    ("list: vip", "list: blocked", True),
    ("list: vip", "countries: [JP]", True),
])  # fmt: skip
def test_what_a_caller_can_be_at_the_same_time(first: str, then: str, possible: bool) -> None:
    assert ("never" not in unreached(callers(first, then))) is possible


@pytest.mark.parametrize(("cases", "never"), [
    ('{ranges: ["+81"], next: yes}, {ranges: ["+8190"], next: never}', True),
    ('{ranges: ["+8190"], next: yes}, {ranges: ["+81"], next: never}', False),
    ("{anonymous: true, next: yes}, {anonymous: true, next: never}", True),
    ("{repeat_hours: 48, next: yes}, {repeat_hours: 24, next: never}", True),
    ("{repeat_hours: 24, next: yes}, {repeat_hours: 48, next: never}", False),
    ("{list: vip, next: yes}, {list: vip, next: never}", True),
])  # fmt: skip
def test_the_first_case_that_holds_is_taken(cases: str, never: bool) -> None:
    found = unreached(f"begin: {{kind: caller, cases: [{cases}], otherwise: no}}")
    assert ("never" in found) is never


def test_a_caller_who_withholds_the_number_is_not_offered_it() -> None:
    nodes = """begin: {kind: caller, cases: [{anonymous: true, next: back}], otherwise: bye}
  back: {kind: callback, same: [same], next: bye, on_silence: bye}"""
    graph = Graph(flow(nodes), premises())
    met = {graph.position(state) for state in range(len(graph))}
    assert {p.phase for p in met if p.node == "back"} == {"", "number", "confirm", "thanks"}


def test_while_the_store_is_away_nobody_has_called_before() -> None:
    """So a caller who was known to call again can be none the next time the flow asks."""
    nodes = """begin: {kind: caller, cases: [{repeat_hours: 24, next: info}], otherwise: no}
  info: {kind: announce, prompts: [info], next: again}
  again: {kind: caller, cases: [{repeat_hours: 24, next: "yes"}], otherwise: never}"""
    assert unreached(nodes) == set()


def test_every_class_of_numbers_has_an_example_that_belongs_to_it() -> None:
    conditions: list[dict[str, Any]] = [
        {"ranges": ("+8190", "+819")}, {"ranges": ("+81",)}, {"countries": ("JP", "US", "CA", "DE")},
        {"anonymous": True},
    ]  # fmt: skip
    cases = [CallerIs(**one, next="bye") for one in conditions]
    asked = {"kind": "caller", "cases": cases, "otherwise": "bye"}
    tree = Tree.model_validate({"flow": "test", "languages": ["ja"], "start": "who",
                                "nodes": {"who": asked, "bye": {"kind": "hangup"}}})  # fmt: skip
    unknowns = Graph(tree, premises()).unknowns
    for one in unknowns.classes:
        number = example_number(unknowns, one)
        for i, case in enumerate(cases):
            holds = caller_case([case], CallerFacts(number)) == Result("answer", "0")
            assert number is None or holds is one.fits(case), (str(one), number, i)
    assert sum(example_number(unknowns, one) is not None for one in unknowns.classes) >= 8


# ---- the number called -----------------------------------------------------------------------------------------------

BY_NUMBER = """begin: {kind: language, numbers: {"+81312345001": en}, next: again}
  again: {kind: language, numbers: {"+81312345001": ja, "+81312345002": en}, next: told}
  told: {kind: announce, prompts: [told], next: message}
  message: {kind: record, next: bye, on_silence: bye}"""


@pytest.mark.parametrize(("numbers", "ways"), [
    ((), 3), (("+81312345001",), 1), (("+81312345001", "+81312345009"), 2), (("+81312345008", "+81312345009"), 1),
])  # fmt: skip
def test_a_number_is_one_of_those_that_the_flow_answers(numbers: tuple[str, ...], ways: int) -> None:
    graph = Graph(flow(BY_NUMBER, languages="[ja, en]"), premises(numbers=numbers), forget=False)
    assert sum(graph.position(s).node == "told" for s in range(len(graph))) == ways


# ---- counters --------------------------------------------------------------------------------------------------------

LOOPS = """begin: {kind: menu, prompts: [menu], keys: {"1": inner, "2": message}, tries: 1, on_silence: message,
                    on_wrong_key: message}
  inner: {kind: menu, prompts: [menu], keys: {"1": repeat, "2": back}, tries: 1, on_silence: rest, on_wrong_key: rest}
  repeat: {kind: goto, to: inner, most: 2, then: rest}
  back: {kind: goto, to: begin, most: 2, then: rest}
  rest: {kind: menu, prompts: [menu], keys: {"1": last}, tries: 1, on_silence: message, on_wrong_key: message}
  last: {kind: goto, to: inner, most: 3, then: message}
  message: {kind: record, next: bye, on_silence: bye}"""


def test_loops_within_loops_are_counted_as_the_walker_counts() -> None:
    tree = flow(LOOPS)
    found, whole = prove(tree, premises()), prove(tree, premises(), forget=False)
    assert found.proved and whole.proved
    assert found.longest and whole.longest and found.longest.seconds == whole.longest.seconds
    assert found.states < whole.states


def test_a_goto_that_is_used_up_forgets_nothing() -> None:
    """On its way on, the counters of later nodes still count: else this flow would seem to have no end."""
    tree = flow("""
  begin: {kind: menu, prompts: [m], keys: {"1": inner}, tries: 1, on_silence: bye, on_wrong_key: message}
  inner: {kind: menu, prompts: [m], keys: {"1": repeat}, tries: 1, on_silence: rest, on_wrong_key: rest}
  repeat: {kind: goto, to: inner, most: 2, then: rest}
  rest: {kind: menu, prompts: [m], keys: {"1": back}, tries: 1, on_silence: message, on_wrong_key: message}
  back: {kind: goto, to: begin, most: 1, then: more}
  more: {kind: menu, prompts: [m], keys: {"1": last}, tries: 1, on_silence: message, on_wrong_key: message}
  last: {kind: goto, to: inner, most: 3, then: message}
  message: {kind: record, next: bye, on_silence: bye}""")
    found, whole = prove(tree, premises()), prove(tree, premises(), forget=False)
    assert found.proved
    assert found.longest and whole.longest and found.longest.seconds == whole.longest.seconds


def test_a_walker_that_loses_its_counters_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def loses(tree: Tree, position: Position, result: Result) -> Step:
        there = step(tree, Position(position.node, position.phase, position.tries, position.before), result)
        return there

    monkeypatch.setattr(moves, "step", loses)
    assert named(proof(LOOPS), "ends").holds is False


# ---- requests to be put through --------------------------------------------------------------------------------------

TWO_REQUESTS = """begin: {kind: caller, cases: [{anonymous: true, next: first}], otherwise: bye}
  first: {kind: transfer_request, on_refused: second, on_told: early}
  early: {kind: announce, prompts: [early], next: message}
  second: {kind: transfer_request, on_refused: message, on_told: told}
  told: {kind: announce, prompts: [told], next: message}
  message: {kind: record, next: bye, on_silence: bye}"""
LIMITS = {"direct_transfer_threshold": 2, "ivr_transfer_requests_per_call": 2}


def test_r8_2_a_request_counts_once_our_answer_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """R8.2: an anonymous caller's second request of a call releases, where two may count, and no sooner."""
    assert set(proof(TWO_REQUESTS, settings=LIMITS).unreached) == {"early"}

    def hurries(tree: Tree, position: Position, result: Result) -> Step:
        there = step(tree, position, result)
        return Step(there.position, there.verb)  # the refusal is played, and never noted

    monkeypatch.setattr(moves, "step", hurries)
    assert set(proof(TWO_REQUESTS, settings=LIMITS).unreached) == {"early", "told"}


def test_r8_2_without_a_number_on_file_none_is_told() -> None:
    nodes = """begin: {kind: transfer_request, on_refused: message, on_told: told}
  told: {kind: announce, prompts: [told], next: message}
  message: {kind: record, next: bye, on_silence: bye}"""
    assert proof(nodes, emergency=False).unreached == ("told",)
    assert proof(nodes, emergency=True).unreached == ()


def test_what_cannot_be_reached_is_named() -> None:
    found: Proof = proof(callers("anonymous: true", "list: vip") + REST.replace('"yes"', "a").replace('"no"', "b"))
    assert found.unreached == ("never",) and broken(found) == []
