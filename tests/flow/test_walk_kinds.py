"""Single rules of single kinds of nodes: what comes after which result."""

import re

import pytest

from smartdesk_pbx.flow.link import Shared
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import (
    DONE,
    FITS,
    NO_ANSWER,
    OTHERWISE,
    RECORDED,
    SILENCE,
    START,
    TALKED,
    Ask,
    CallbackPromised,
    Choose,
    Fetch,
    Hand,
    Keep,
    Reach,
    Result,
    Say,
    Tagged,
    Take,
)
from smartdesk_pbx.flow.walk import Step, begin, step


def flow(nodes: str, head: str = "") -> Tree:
    """A flow that starts at `a`; `y` and `n` are goodbyes, each where some way leads to it."""
    ends = "".join(f"  {n}: {{kind: hangup, reason: {n}}}\n" for n in "yn" if re.search(rf": {n}[,}}]", nodes))
    return load(f"flow: x\nlanguages: [ja, en]\nstart: a\n{head}nodes:\n{nodes}{ends}", find=_shared)


def _shared(name: str) -> Shared:
    ends = "  ok: {kind: exit}\n  no: {kind: exit, exit: other}\n"
    menu = '  ask: {kind: menu, prompts: [q], keys: {"1": ok}, on_silence: no, on_wrong_key: no}\n'
    return Shared(f"flow: {name}\nlanguages: [ja, en]\nstart: ask\nnodes:\n{menu}{ends}", f"{name}.yaml")


def follow(tree: Tree, *results: Result) -> Step:
    here = step(tree, begin(tree), START)
    for result in results:
        here = step(tree, here.position, result)
    return here


def key(pressed: str) -> Result:
    return Result("key", pressed)


def answer(given: str) -> Result:
    return Result("answer", given)


RECORD = flow("  a: {kind: record, review: true, next: y, on_silence: n}\n")


def test_a_message_is_kept_heard_or_recorded_anew() -> None:
    review = follow(RECORD, RECORDED)
    assert review.verb == Choose(("message-review",), 5, ("1", "2", "3"))
    assert step(RECORD, review.position, key("1")).position.node == "y"
    assert step(RECORD, review.position, SILENCE).position.node == "y", "silence keeps it"
    assert step(RECORD, review.position, key("2")).verb == Choose(("@message", "message-review"), 5, ("1", "2", "3"))
    assert step(RECORD, review.position, key("3")).verb == Keep(("leave-message",), 120, 5, instead=True)
    assert step(RECORD, review.position, key("7")).verb == review.verb, "a key that means nothing costs a try"


@pytest.mark.parametrize("pressed", ["2", "7"])
def test_a_review_ends_and_keeps_the_message(pressed: str) -> None:
    assert follow(RECORD, RECORDED, key(pressed), key(pressed), key(pressed)).position.node == "y"


def test_nothing_said_the_second_time_is_no_message() -> None:
    """The one before was thrown away when it was to be recorded anew."""
    assert follow(RECORD, RECORDED, key("3"), SILENCE).position.node == "n"
    assert follow(RECORD, RECORDED, key("3"), RECORDED).verb == follow(RECORD, RECORDED).verb


CALLBACK = flow("  a: {kind: callback, next: y, on_silence: n}\n")


def test_the_number_called_from_is_offered_first() -> None:
    assert follow(CALLBACK).verb == Ask("caller_number", ("known", "withheld"))
    same = follow(CALLBACK, answer("known"))
    assert same.verb == Choose(("callback-same", "@caller", "callback-same-confirm"), 8, ("1",))
    promised = step(CALLBACK, same.position, key("1"))
    assert promised.facts == (CallbackPromised(own=True),)
    assert promised.verb == Say(("callback-thanks",), skippable=False)
    after = step(CALLBACK, promised.position, DONE)
    assert (after.position.node, after.facts) == ("y", ()), "promised once"


@pytest.mark.parametrize("to_number", [(answer("withheld"),), (answer("known"), key("2")), (answer("known"), SILENCE)])
def test_another_number_is_taken_and_confirmed(to_number: tuple[Result, ...]) -> None:
    asked = follow(CALLBACK, *to_number)
    assert asked.verb == Take(("callback-ask",), 10, 13, (), 8, 4)
    readback = step(CALLBACK, asked.position, FITS)
    assert readback.verb == Choose(("callback-readback", "@number", "callback-confirm"), 8, ("1",))
    assert step(CALLBACK, readback.position, key("1")).facts == (CallbackPromised(own=False),)
    again = step(CALLBACK, readback.position, key("2"))
    assert again.verb == Take(("enter-again", "callback-ask"), 10, 13, (), 8, 4) and not again.facts
    assert step(CALLBACK, again.position, SILENCE).position.node == "n"


def test_a_language_by_key_stays_until_another_is_chosen() -> None:
    menu = '{kind: language, prompts: [q], keys: {"1": ja, "2": en}, next: y}'
    tree = flow(f"  a: {menu}\n")
    assert follow(tree, key("2")).position.language == "en"
    assert follow(tree, key("9"), SILENCE).position == follow(tree, SILENCE, SILENCE).position
    assert follow(tree, SILENCE, SILENCE).position.language == ""


def test_a_language_by_the_number_called() -> None:
    tree = flow('  a: {kind: language, numbers: {"+81312340002": en}, next: y}\n')
    assert follow(tree).verb == Ask("number_called", ("+81312340002", OTHERWISE))
    assert follow(tree, answer("+81312340002")).position.language == "en"
    assert follow(tree, answer(OTHERWISE)).position.language == ""


HOURS = "calendars:\n  week:\n    weekly: [mon-fri 09:00-18:00]\n    exceptions:\n      - {name: fair, days: 05-01}\n"


@pytest.mark.parametrize(
    ("given", "goes_to"), [("open", "y"), ("closed", "n"), ("holiday", "n"), ("exception fair", "b")]
)
def test_hours_have_a_way_for_each_answer(given: str, goes_to: str) -> None:
    nodes = (
        "  a: {kind: hours, calendar: week, open: y, closed: n, exceptions: {fair: b}}\n"
        "  b: {kind: announce, prompts: [q], next: n}\n"
    )
    tree = flow(nodes, HOURS)
    assert follow(tree).verb == Ask("hours", ("open", "closed", "holiday", "exception fair"), about="week")
    assert follow(tree, answer(given)).position.node == goes_to


def test_a_holiday_has_a_way_of_its_own_where_it_is_written() -> None:
    tree = flow("  a: {kind: hours, calendar: week, open: y, closed: y, holiday: n}\n", HOURS)
    assert follow(tree, answer("holiday")).position.node == "n"
    assert follow(tree, answer("exception fair")).position.node == "y", "an exception without a way is as closed"


def test_callers_go_by_the_first_case_that_holds() -> None:
    tree = flow("  a: {kind: caller, cases: [{list: vip, next: y}, {anonymous: true, next: y}], otherwise: n}\n")
    verb = follow(tree).verb
    assert isinstance(verb, Ask) and verb.answers == ("0", "1", OTHERWISE) and len(verb.cases) == 2
    assert follow(tree, answer("1")).position.node == "y"
    assert follow(tree, answer(OTHERWISE)).position.node == "n"


def test_ring_and_lookup_have_two_ends() -> None:
    ring = flow('  a: {kind: ring, to: ["+819012345678"], mode: in_turn, next: y, on_no_answer: n}\n')
    assert follow(ring).verb == Reach(("outside-trying",), ("+819012345678",), False, 20, True)
    assert [follow(ring, r).position.node for r in (TALKED, NO_ANSWER)] == ["y", "n"]
    asked = flow("  a: {kind: lookup, url: 'https://crm.example/x', answers: {vip: y}, otherwise: n}\n")
    assert follow(asked).verb == Fetch((), "https://crm.example/x", "GET", ("number",), 2, ("vip",))
    assert [follow(asked, answer(given)).position.node for given in ("vip", "gold", OTHERWISE)] == ["y", "n", "n"]


def test_a_tag_is_a_fact_on_the_way_and_never_a_place() -> None:
    tree = flow(
        "  a: {kind: tag, tags: [sales, spring], next: b}\n  b: {kind: announce, prompts: [q], next: c}\n"
        "  c: {kind: tag, tags: [end], next: y}\n"
    )
    assert (follow(tree).position.node, follow(tree).facts) == ("b", (Tagged(("sales", "spring")),))
    assert (follow(tree, DONE).position.node, follow(tree, DONE).facts) == ("y", (Tagged(("end",)),))


def test_the_walk_through_a_shared_flow_and_on_by_its_exit() -> None:
    tree = flow("  a: {kind: call, flow: part, exits: {done: y, other: n}}\n")
    assert follow(tree).position.node == "a.ask"
    assert follow(tree, key("1")).position.node == "y"
    assert follow(tree, *[SILENCE] * 3).position.node == "n"


def test_a_way_back_forgets_the_counts_of_later_ones() -> None:
    """The inner loop may go round twice each time that the outer one begins anew."""
    tree = flow(
        '  a: {kind: menu, prompts: [q], keys: {"1": b}, on_silence: n, on_wrong_key: n}\n'
        '  b: {kind: menu, prompts: [q], keys: {"1": inner, "2": outer}, on_silence: n, on_wrong_key: n}\n'
        "  inner: {kind: goto, to: b, most: 2, then: n}\n  outer: {kind: goto, to: a, most: 1, then: n}\n"
    )
    one, two = key("1"), key("2")
    assert follow(tree, one, one, one).position.node == "b"
    assert follow(tree, one, one, one, one).position.node == "n"
    assert follow(tree, one, one, one, two, one, one, one).position.node == "b"
    assert follow(tree, one, two, one, two).position.node == "n"


def test_an_escalation_carries_what_it_asks_for() -> None:
    tree = flow(
        "  a: {kind: escalate, team: night, skills: [french], priority: 9, wait_s: 60, reason: hours,"
        " next: y, on_nobody: n}\n"
    )
    assert follow(tree).verb == Hand(("please-hold",), "night", "hours", ("french",), 9, 60)
