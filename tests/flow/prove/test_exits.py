"""How calls end, and which rules may judge them: as the rules would judge the events of a real call."""

from typing import Any

import pytest

from smartdesk_pbx.contract.case_facts import CaseFacts
from smartdesk_pbx.contract.case_rules import Rules, judge
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.flow.prove import Proof
from smartdesk_pbx.flow.prove.graph import Graph
from smartdesk_pbx.flow.prove.history import Exit, History, exits
from tests.flow.prove.proving import flow, premises, proof


def table(found: Proof) -> dict[tuple[str, str, str], tuple[str, ...]]:
    return {(one.outcome, one.ended_by, one.ended_in): one.rules for one in found.exits}


def rules(*whens: dict[str, Any]) -> Rules:
    """A list of rules named a, b, …; the last one holds for every case."""
    written = [{"id": chr(97 + i), "text": "x", "when": when, "class": "x", "billable": False}
               for i, when in enumerate([*whens, {}])]  # fmt: skip
    return Rules.model_validate({"version": "own-1", "rules": written})


PERSON = """begin: {kind: escalate, next: after, on_nobody: message}
  after: {kind: announce, prompts: [thanks], next: bye}
  message: {kind: record, next: bye, on_silence: bye}"""


def test_every_end_of_a_call_and_its_rule() -> None:
    assert table(proof(PERSON)) == {
        ("abandoned", "caller", "before_answer"): ("abandoned",),
        ("self_service", "caller", "queue"): ("hung-up-in-ivr",),
        ("human", "caller", "talk"): ("human",),
        ("human", "caller", "ivr"): ("human",),
        ("human", "agent", "talk"): ("human",),
        ("message", "caller", "message"): ("message",),
        ("self_service", "caller", "ivr"): ("hung-up-in-ivr",),
        ("self_service", "us", "ivr"): ("ivr-only",),
        ("message", "us", "ivr"): ("message",),
        ("message", "caller", "ivr"): ("message",),
    }


def test_r7_4_out_of_hours_may_hold_where_hours_are_agreed() -> None:
    """R7.4: an agent who talks outside the hours of answering is judged by a rule of its own."""
    talked = ("human", "agent", "talk")
    assert table(proof(PERSON))[talked] == ("human",)
    found = proof(PERSON, settings={"answering_hours": ["mon-fri 09:00-18:00"]})
    assert table(found)[talked] == ("human-out-of-hours", "human")


def test_r8_2_a_call_in_which_the_emergency_number_was_told() -> None:
    """R8.2: such a case is judged by a rule of its own, whether the caller or we hang up."""
    nodes = """begin: {kind: transfer_request, on_refused: message, on_told: bye}
  message: {kind: record, next: bye, on_silence: bye}"""
    found = table(proof(nodes))
    assert found["emergency", "us", "ivr"] == found["emergency", "caller", "ivr"] == ("emergency-told",)


def test_a_talk_with_the_subscribers_own_telephone() -> None:
    nodes = """begin: {kind: ring, to: ["+81312345678"], next: message, on_no_answer: message}
  message: {kind: record, next: bye, on_silence: bye}"""
    found = table(proof(nodes))
    assert found["connected", "caller", "talk"] == found["connected", "us", "ivr"] == ("connected",)
    assert found["message", "us", "ivr"] == ("message",), "a message says more"


def test_a_message_that_is_recorded_anew_is_gone_when_nothing_is_said() -> None:
    nodes = """begin: {kind: record, review: true, tries: 2, next: bye, on_silence: gone}
  gone: {kind: hangup, reason: gone}"""
    found = proof(nodes, rules=rules({"message": True}, {"inputs": {"at_least": 3}}))
    # The message, the key to record it anew, and nothing: two inputs and no message.
    assert table(found)["self_service", "us", "ivr"] == ("c",)
    assert table(found)["message", "us", "ivr"] == ("a",)


def test_a_message_left_before_is_not_gone() -> None:
    nodes = """begin: {kind: record, next: more, on_silence: bye}
  more: {kind: record, review: true, next: bye, on_silence: gone}
  gone: {kind: hangup, reason: gone}"""
    graph = Graph(flow(nodes), premises())
    gone = [graph.met_in(s).history.messages for s in range(len(graph)) if graph.position(s).node == "gone"]
    assert gone == [1], "with nothing said there, and with a second message thrown away"


@pytest.mark.parametrize(("when", "holds"), [
    ({"tag": "urgent"}, True), ({"tag": "unknown"}, False), ({"escalated": "caller_asked"}, True),
    ({"escalated": "no_input"}, False), ({"is": "silent"}, False), ({"inputs": {"at_least": 1}}, True),
    ({"inputs": {"at_least": 2}}, False), ({"ended_in": "queue"}, False), ({"outcome": "human"}, True),
    ({"ended_by": "agent"}, True), ({"transfer_requests": {"at_least": 1}}, False), ({"no_tag": "urgent"}, False),
])  # fmt: skip
def test_what_the_rules_can_read(when: dict[str, Any], holds: bool) -> None:
    nodes = """begin: {kind: menu, prompts: [menu], keys: {"1": noted}, tries: 1, on_silence: bye, on_wrong_key: bye}
  noted: {kind: tag, tags: [urgent, other], next: person}
  person: {kind: escalate, next: bye, on_nobody: bye}"""
    found = table(proof(nodes, rules=rules(when)))
    assert found["human", "agent", "talk"] == (("a",) if holds else ("b",))


def test_a_caller_who_says_nothing_is_silent() -> None:
    nodes = "begin: {kind: menu, prompts: [m], keys: {'1': bye}, tries: 1, on_silence: bye, on_wrong_key: bye}"
    found = table(proof(nodes, rules=rules({"is": "silent"})))
    assert found["self_service", "us", "ivr"] == ("a", "b"), "silent, or a key was pressed"


@pytest.mark.parametrize("when", [{"caller_class": "anonymous"}, {"is": "repeat"}, {"call_s": {"under": 10}}])
def test_what_nobody_knows_beforehand_may_hold_or_not(when: dict[str, Any]) -> None:
    found = proof("begin: {kind: record, next: bye, on_silence: bye}", rules=rules(when))
    assert set(table(found).values()) == {("a", "b")}
    assert found.proved


def test_an_exit_is_judged_as_the_rules_judge_its_facts() -> None:
    """No more rules than the real judgement, where all is known."""
    standard = standard_plan().rules
    for found in proof(PERSON).exits:
        facts = CaseFacts(
            outcome=found.outcome, ended_by=found.ended_by, ended_in=found.ended_in,  # type: ignore[arg-type]
            answered=found.outcome != "abandoned", human=found.outcome == "human", message=found.outcome == "message",
        )  # fmt: skip
        assert found.rules == (judge(standard, facts).rule,)


def test_what_is_not_checked_is_named() -> None:
    nodes = """begin: {kind: menu, prompts: [m], keys: {"1": person}, tries: 1, on_silence: direct, on_wrong_key: out}
  person: {kind: escalate, skills: [english], priority: 9, next: bye, on_nobody: bye}
  direct: {kind: transfer_request, on_refused: person, on_told: bye}
  out: {kind: ring, to: ["+81312345678"], next: bye, on_no_answer: person}"""
    found = proof(nodes, rules=rules({"talk_s": {"at_least": 60}}, {"is": "wrong_number"}, {"out_of_language": True}))
    assert found.not_checked == (
        "skills that agents must have (english): an agent is free, or none is",
        "priority in the queue: how long a caller waits is bounded, not who waits longer",
        "how long people talk, and phones that ring in vain before another agent answers",
        "how long the subscriber's own telephones talk",
        "requests that an agent marks by hand: they count towards the threshold too",
        "the rules' talk_s: the search keeps no times of a path",
        "what people mark a case as, or a list of test callers makes it (wrong_number, out_of_language): "
        "taken as none of these",
    )


def test_the_outcome_is_named_as_a_call_names_it() -> None:
    """As `call/outcome.py`: the first that is true."""
    order = ("human", "told", "messages", "connected", "answered")
    names = ("human", "emergency", "message", "connected", "self_service")
    for i, name in enumerate(names):
        history = History(**dict.fromkeys(order[i:], True))  # type: ignore[arg-type]
        assert Exit("us", "ivr", history).outcome == name
    assert Exit("caller", "before_answer", History()).outcome == "abandoned"
    assert list(exits(Graph(flow(PERSON), premises()).verbs[0], History(), humans=True))
