"""Conversation files: tests of a subscriber's flow, and what they say when something is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.flow.given import Given
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.perform import Failure, perform
from smartdesk_pbx.flow.script import flow_of, read_script
from smartdesk_pbx.flow.simulate import Action, Wait, simulate
from smartdesk_pbx.flow.story import lines, script_of
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.world import Pressed, Trace
from smartdesk_pbx.settings import share
from tests.flow.test_simulate import DEMO, EVERYTHING, actions

HEAD = "flow: demo-reception.yaml\nlines:\n"


def failures(written: str, tree: Tree = DEMO) -> list[Failure | None]:
    """What comes of each conversation; `written`: the lines of one, or a whole file."""
    text = written if "lines:" in written else HEAD + written
    return [perform(tree, one).failure for one in read_script(text, "demo.test.yaml", tree)]


def wrong(written: str, tree: Tree = DEMO) -> str:
    """The one failure, its first line."""
    (failure,) = failures(written, tree)
    assert failure is not None, "it came true"
    return str(failure).splitlines()[0]


def mistakes(text: str, tree: Tree = DEMO) -> list[str]:
    with pytest.raises(Mistakes) as raised:
        read_script(text if "lines:" in text else HEAD + text, "demo.test.yaml", tree)
    return [str(one) for one in raised.value.mistakes]


def test_a_conversation_comes_true() -> None:
    assert failures("""
  - hears: [welcome-generic, "@name"]
  - hears: main-menu
  - presses: "2"
  - meets: human
  - waits: 30
  - they_hang_up
  - hears: bye
  - ends: done
""") == [None]


def test_several_conversations_share_what_is_given() -> None:
    text = """
flow: demo-reception.yaml
given: {agents: none, caller: "03-1234-5678", emergency: false}
conversations:
  a message:
    lines:
      - presses: "2"
      - hears: nobody-free
      - speaks: 4
      - leaves: message
      - hears: callback-ask
      - types: "0312345678#"
      - hears: "@number"
      - presses: "1"
      - hears: callback-thanks
      - ends
  the third request:
    given: {transfer_requests: 2, emergency: true}
    lines:
      - presses: "3"
      - told: emergency number
      - hears_not: transfer-refused
      - hangs_up
  the second request:
    given: {transfer_requests: 1}
    lines:
      - hears: main-menu
      - presses: "3"
      - hears: transfer-refused
      - reaches: after-refusal
      - waits: 7
      - ends: done
"""
    assert flow_of(text, "demo.test.yaml") == "demo-reception.yaml"
    assert failures(text) == [None, None, None]


def test_facts_and_telephones_of_the_subscriber() -> None:
    text = """
given: {lists: [vip], agents: [busy, human], outside: [silent, answers], at: 2026-07-01T03:00+02:00}
conversations:
  to a human at last:
    lines: [tagged: vip, reaches: person, meets: nobody, presses: "1", promised: callback, ends: done]
  connected:
    given: {lists: [], outside: answers, caller: anonymous, lookup: {ask: nothing}, closed: false}
    lines: [reaches: shut, ends: closed]
  closed:
    given: {closed: storm}
    lines: [hears: nobody-free, hears_not: "@opens", ends: closed]
  an outside phone:
    given: {lists: [], outside: answers, lookup: no}
    lines: [reaches: number, types: "0123", presses: "1", reaches: message, waits: 20, connected, they_hang_up]
"""
    assert failures(text, EVERYTHING) == [None] * 4


# ---- what does not come true, told with the conversation so far ------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("  - presses: '2'\n  - hears: company-info",
         "demo.test.yaml:4: company-info was not heard; the call ended: done"),
        ("  - hears: bye\n  - hears: main-menu", "demo.test.yaml:4: main-menu was not heard; the call ended: done"),
        ("  - hangs_up\n  - presses: '1'", "demo.test.yaml:4: presses: the call is over already"),
        ("  - hears: main-menu\n  - hears_not: welcome-generic", "demo.test.yaml:4: welcome-generic has been played"),
        ("  - presses: '3'\n  - told: emergency number",
         "demo.test.yaml:4: told emergency number: that did not happen; the call ended: done"),
        ("  - presses: '2'\n  - meets: nobody", "demo.test.yaml:4: expected to meet: nobody; the call ended: done"),
        ("  - connected", "demo.test.yaml:3: expected to meet: outside; the call ended: done"),
        ("  - reaches: callback", "demo.test.yaml:3: the call does not come to callback; the call ended: done"),
        ("  - hangs_up\n  - ends: done",
         "demo.test.yaml:4: the caller has hung up: the flow did not end the call"),
        ("  - leaves: message", "demo.test.yaml:3: leaves message: that did not happen; the call ended: done"),
    ],
)  # fmt: skip
def test_a_line_that_does_not_come_true_is_named(written: str, said: str) -> None:
    assert wrong(written) == said


def test_another_goodbye_than_expected_is_told() -> None:
    said = wrong("lines: [ends: closed]", EVERYTHING)
    assert said == "demo.test.yaml:1: expected the goodbye 'closed'; the call ended: owes"


def test_a_failure_tells_the_conversation_so_far() -> None:
    (failure,) = failures("  - hears: main-menu\n  - presses: '3'\n  - hears: emergency-intro")
    assert failure
    assert failure.so_far[:8] == (
        "  0:00  at welcome",
        "  0:02    hears welcome-generic",
        "  0:04    hears @name",
        "  0:04  at main-menu",
        "  0:06    hears main-menu",
        "  0:06    presses 3",
        "  0:06  at direct",
        "  0:08    hears transfer-refused",
    )
    assert failure.so_far[-1] == "  0:17    the call ends: done"


# ---- what a person can write wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("  - hears: main-menue", "hears: the flow never plays 'main-menue' (did you mean 'main-menu'?)"),
        ("  - reaches: persons", "reaches: the flow has no node 'persons' (did you mean 'person'?)"),
        ("  - ends: finished", "ends: no goodbye of the flow has the reason 'finished' (one of done)"),
        ("  - tagged: vip", "tagged: the flow never notes 'vip' (one of )"),
        ("  - meets: humans", "meets: it cannot be 'humans' (did you mean 'human'?)"),
        ("  - told: number", "told: it cannot be 'number' (one of emergency number)"),
        ("  - heers: main-menu", "'heers' is nothing that happens in a conversation (did you mean 'hears'?)"),
        ("  - presses: one", "presses: 'one' are no keys of a telephone (keys, in quotes: \"2\")"),
        ("  - presses: 2", 'presses: 2 does not fit here (keys, in quotes: "2")'),
        ("  - types: 0312345678", "0312345678 stands without quotes and would not stay as written"),
        ("  - waits: soon", "waits: 'soon' are no seconds (seconds in which the caller does nothing)"),
        ("  - waits: -1", "waits: -1 are no seconds (seconds in which the caller does nothing)"),
        ("  - hangs_up: now", "hangs_up: 'now' does not fit here (write only: hangs_up)"),
        ("  - hears", "hears: None does not fit here (a prompt, or several one after the other"),
        ("  - {hears: bye, ends: done}", "a line is one word with what belongs to it (- hears: a prompt)"),
    ],
)
def test_a_line_that_cannot_be_is_told_with_its_line(written: str, said: str) -> None:
    found = mistakes(written)
    assert any(one.startswith(f"demo.test.yaml:3: {said}") for one in found), found


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("at: tomorrow", "at: 'tomorrow' does not fit here; write 2026-07-01 10:00, or with a zone"),
        ("caller: nobody", "caller: 'nobody' does not fit here; a number in quotes such as \"09012345678\""),
        ("agents: many", "agents: 'many' does not fit here; a number of free agents, none, busy, or a list"),
        ("agents: [human, robot]", "agents: ['human', 'robot'] does not fit here"),
        ("outside: perhaps", "outside: 'perhaps' does not fit here; answers, silent, or a list"),
        ("lookup: 3", "lookup: 3 does not fit here; an answer such as vip"),
        ("number: abc", "number: 'abc' does not fit here"),
        ("threshold: 0", "threshold: Input should be greater than or equal to 1"),
        ("agent: 1", "unknown key 'agent' (did you mean 'agents'?)"),
    ],
)
def test_what_is_given_and_cannot_be_is_told_with_its_line(written: str, said: str) -> None:
    text = f"conversations:\n  one:\n    given:\n      {written}\n    lines: [ends]\n"
    (found,) = mistakes(text)
    assert found.startswith(f"demo.test.yaml:4: {said}")
    (common,) = mistakes(f"given:\n  {written}\nlines: [ends]\n")
    assert common.startswith(f"demo.test.yaml:2: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]  # lines:", "demo.test.yaml:1: no conversation stands here (write `lines`, or `conversations`)"),
        ("conversations: []  # lines:", "demo.test.yaml:1: conversations need names (`a name:` with `lines` below it)"),
        ("lines: []", "demo.test.yaml:1: conversation 'demo' has no lines (- hears: a prompt)"),
        ("conversations: {x: 1}  # lines:", "demo.test.yaml:1: conversation 'x' needs `lines`"),
        ("given: 1\nlines: [ends]", "demo.test.yaml:1: `given` needs names and values (such as agents: 1)"),
        ("flows: x\nlines: [ends]", "demo.test.yaml:1: unknown key 'flows' (did you mean 'flow'?)"),
        ("conversations: {x: {line: [], lines: [ends]}}",
         "demo.test.yaml:1: unknown key 'line' (did you mean 'lines'?)"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_conversation_is_told(text: str, said: str) -> None:
    assert said in mistakes(text)


def test_all_mistakes_come_at_once() -> None:
    assert len(mistakes("  - heers: x\n  - hears: y\n  - waits: z\n")) == 3


# ---- a call becomes a conversation -----------------------------------------------------------------------------------

GIVENS = [
    Given(),
    Given(agents=0, outside=(True,), lookup={"*": "owes"}),
    Given(agents=("nobody", "human"), lists=("vip",)),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([DEMO, EVERYTHING]), actions, st.sampled_from(GIVENS), st.sampled_from([0.0, 5.0, 10_000.0]))
def test_a_saved_call_comes_true_again(tree: Tree, done: list[Action], what: Given, wait_s: float) -> None:
    trace = simulate(tree, what.world(tree), [*done, Wait(wait_s)] if wait_s else done)
    text = script_of("as seen", "flow.yaml", what, trace.log)
    if text.endswith("lines:\n"):
        return  # nothing has happened yet
    (conversation,) = read_script(text, "saved.test.yaml", tree)
    again = perform(tree, conversation)
    assert again.failure is None, f"{again.failure}\n{text}\n" + "\n".join(lines(trace.log))
    pressed = [[(e.at_s, e.key) for e in log if isinstance(e, Pressed)] for log in (again.log, trace.log)]
    assert [key for _, key in pressed[0]] == [key for _, key in pressed[1]]
    assert [at_s for at_s, _ in pressed[0]] == pytest.approx([at_s for at_s, _ in pressed[1]], abs=1e-4)
    steps = Trace(again.log).steps
    assert [(s.node, s.verb, s.heard) for s in steps] == [(s.node, s.verb, s.heard) for s in trace.steps[: len(steps)]]
    assert conversation.given == what


def test_the_flows_that_come_with_the_software_pass_their_own_tests() -> None:
    for file in sorted((share("dialplans") / "flows").glob("*.test.yaml")):
        text = file.read_text("utf-8")
        tree = load(file.parent / (flow_of(text, file.name) or ""))
        for one in read_script(text, file.name, tree):
            failure = perform(tree, one).failure
            assert failure is None, f"{one.name}: {failure}"
