"""A call walked through the flow that it walked: whatever happened in it, the very same steps. And through drafts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.ends import Ended, ended, would_end
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.rebuilt import goes_as_before
from smartdesk_pbx.flow.recorded import Recorded, recorded
from smartdesk_pbx.flow.replay import Circumstances, replay
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import DONE, HUMAN, NO_ANSWER, NOBODY, START, TALKED, Bye, Result
from smartdesk_pbx.flow.walk import Step, begin, step
from tests.flow.test_show import linked
from tests.flow.test_simulate import DEMO, EVERYTHING
from tests.flow.test_walk import results

AT = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
CALL = UUID(int=1)


def called(tree: Tree, answers: list[Result]) -> Recorded:
    """A call that was answered so, each verb 3 s long; then the caller hung up, unless the flow had said goodbye."""
    here, heard, at = step(tree, begin(tree), START), START, AT
    case: list[events.CaseEvent] = [
        events.CallArrived(
            call_id=CALL, at=AT, number="+81312345678", subscriber_id=None, contract_id=None, plan=None, flow=tree.flow,
            flow_version=1, decision="accepted", node="n1", channel="c", caller_class="number", caller_key="k",
        )
    ]  # fmt: skip
    for number, answer in enumerate([*answers, None], 1):
        case.append(_step(here, heard, at, number))
        at += timedelta(seconds=3)
        if answer in (HUMAN, TALKED):
            case.append(events.TalkStarted(call_id=CALL, at=at, agent="a", channel="x"))
        if answer is None or isinstance(here.verb, Bye):
            break
        heard, here = answer, step(tree, here.position, answer)
    by = "us" if isinstance(here.verb, Bye) else "caller"
    case.append(events.CallEnded(call_id=CALL, at=at, by=by, outcome=""))  # type: ignore[arg-type]
    call = recorded(case)
    assert call
    return call


def _step(here: Step, heard: Result, at: datetime, number: int) -> events.FlowStep:
    return events.FlowStep(
        call_id=CALL, at=at, step=number, node=here.position.node, verb=type(here.verb).__name__.lower(),
        position=here.position.encode(), heard=str(heard),
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([DEMO, EVERYTHING, linked()]))
def test_a_call_goes_the_same_way_through_the_same_flow(data: st.DataObject, tree: Tree) -> None:
    """Nobody's answer is asked anew: whatever the lists and the calendar say today, the walk was what it was."""
    here, answers = step(tree, begin(tree), START), list[Result]()
    while not isinstance(here.verb, Bye) and data.draw(st.integers(0, 12)):
        answers.append(data.draw(st.sampled_from(results(here.verb))))
        here = step(tree, here.position, answers[-1])
    call = called(tree, answers)
    again = replay(tree, call, Circumstances(CallerFacts(None), tree))
    assert goes_as_before(call, again), [(r.step.position.node, str(r.heard)) for r in again.done]
    assert again.assumed == [] and ended(call, tree) == would_end(again)


def through(draft: Tree, *answers: Result, tree: Tree = EVERYTHING) -> tuple[Ended, list[str]]:
    """Where a call that was answered so ends in a draft, and what was assumed."""
    again = replay(draft, called(tree, list(answers)), Circumstances(CallerFacts("+819012345678"), tree))
    return would_end(again), again.assumed


def key(pressed: str) -> Result:
    return Result("key", pressed)


OPEN, OTHERS = Result("answer", "open"), Result("answer", "otherwise")


def changed(old: str, new: str) -> Tree:
    """A draft of the flow of everything."""
    text = load_text()
    assert old in text
    return load(text.replace(old, new))


def load_text() -> str:
    return """
flow: everything
languages: [ja, en]
start: tongue
nodes:
  tongue: {kind: language, prompts: [main-menu], keys: {"2": en}, next: ask}
  ask: {kind: lookup, url: "https://crm.example/ask", prompts: [moment], answers: {owes: owes}, otherwise: outside}
  owes: {kind: hangup, prompts: [suspended], reason: owes}
  outside: {kind: ring, to: ["+81312345678"], next: bye, on_no_answer: direct}
  direct: {kind: transfer_request, on_refused: person, on_told: bye}
  person: {kind: escalate, next: bye, on_nobody: bye}
  bye: {kind: hangup}
"""


BASE = load(load_text())
REFUSED = Result("answer", "refused")


def test_agents_telephones_and_lookups_come_out_as_they_did() -> None:
    answers = (key("2"), OTHERS, NO_ANSWER, REFUSED, DONE, NOBODY)
    assert through(BASE, *answers, tree=BASE) == (Ended("bye", "goodbye: done"), [])
    other = changed("https://crm.example/ask", "https://crm.example/other")
    assert through(other, *answers, tree=BASE)[1] == ["the subscriber's system did not answer at ask"]
    narrow = changed("answers: {owes: owes}", "answers: {pays: owes}")
    assert through(narrow, key("2"), Result("answer", "owes"), tree=BASE) == (
        Ended("bye", "goodbye: done"),
        ["no telephone answered at outside", "the request was below the threshold at direct",
         "an agent was free at person"],
    )  # fmt: skip


def test_what_the_caller_never_came_to_is_assumed_and_said() -> None:
    short = "flow: x\nlanguages: [ja]\nstart: a\nnodes:\n  a: {kind: escalate, next: b, on_nobody: b}\n"
    menu = "  b: {kind: menu, prompts: [bye], keys: {'2': c}, on_silence: c, on_wrong_key: c}\n"
    draft = load(short + menu + "  c: {kind: hangup}")
    assert through(draft, key("2"), tree=BASE) == (Ended("c", "goodbye: done"), ["an agent was free at a"])
    assert through(draft, tree=BASE) == (Ended("b", "hung up"), ["an agent was free at a"])


def test_a_caller_who_hung_up_hangs_up_in_the_same_verb() -> None:
    assert through(BASE, tree=BASE)[0] == Ended("tongue", "hung up")
    assert through(BASE, key("2"), OTHERS, tree=BASE)[0] == Ended("outside", "hung up waiting")
    assert through(BASE, key("2"), OTHERS, NO_ANSWER, REFUSED, tree=BASE)[0] == Ended("direct", "hung up")
    talked = called(BASE, [key("2"), OTHERS, NO_ANSWER, REFUSED, DONE])
    assert ended(talked, BASE) == Ended("person", "hung up waiting")
