"""Flow files: a tree, or all mistakes at once with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.document import read
from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.flow.load import KINDS, load
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import DONE, FITS, HUMAN, NOBODY, RECORDED, SILENCE, Bye, Hand, Keep, Result, Take, Tell
from smartdesk_pbx.flow.walk import Step, begin, step
from smartdesk_pbx.settings import share

FLOWS = sorted(p for p in (share("dialplans") / "flows").glob("*.yaml") if not p.name.endswith(".test.yaml"))
KNOWN = {
    language: list(read((share("prompts") / f"{language}.yaml").read_text("utf-8"), language).content)
    for language in ("ja", "en")
}


def mistakes(nodes: str, head: str = "flow: x\nlanguages: [ja]\nstart: a\n") -> list[str]:
    """The mistakes of a flow whose nodes begin in line 5."""
    with pytest.raises(Mistakes) as raised:
        load(f"{head}nodes:\n{nodes}", known_prompts=KNOWN)
    return [str(m) for m in raised.value.mistakes]


@pytest.mark.parametrize("path", FLOWS, ids=lambda p: p.name)
def test_our_own_flows_load_and_survive_storage(path: Path) -> None:
    tree = load(path, known_prompts=KNOWN)
    assert tree.flow == path.stem
    assert Tree.model_validate_json(tree.model_dump_json()) == tree


def test_every_kind_of_node_says_what_it_is() -> None:
    assert all(kind.__doc__ and len(kind.__doc__) > 30 for kind in KINDS.values())


HANGUP = "  z: {kind: hangup}\n"


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ("  a: {kind: anounce, prompts: [bye], next: z}\n", "5: unknown kind 'anounce' (did you mean 'announce'?)"),
        ("  a: {prompts: [bye], next: z}\n", "5: 'kind' is missing (one of announce, menu"),
        ("  a: {kind: announce, prompts: [bye], nxt: z}\n", "5: unknown key 'nxt' (did you mean 'next'?)"),
        ("  a: {kind: announce, prompts: [bye]}\n", "5: 'next' is missing"),
        (
            "  a:\n    kind: announce\n    prompts: [bye]\n    next: zz\n",
            "8: there is no node 'zz' (did you mean 'z'?)",
        ),
        ("  a: {kind: announce, prompts: bye, next: z}\n", "5: prompts: a list is needed, not 'bye' ([bye])"),
        ("  a: {kind: announce, prompts:\n    [by], next: z}\n", "6: there is no prompt 'by' in language 'ja'"),
        (
            "  a: {kind: announce, prompts: ['@number'], next: z}\n",
            "5: @number is said where a caller may have typed none",
        ),
        ("  a: {kind: collect, prompts: [bye], most: 99, next: z, on_silence: z}\n", "equal to 20, not 99"),
        ("  a: {kind: escalate, team: 0312345678, next: z, on_nobody: z}\n", "5: 0312345678 stands without quotes"),
        (
            "  a: {kind: escalate, team: 31, next: z, on_nobody: z}\n",
            "5: team: text is needed, not 31 (put it in quotes)",
        ),
        ("  a: {kind: goto, to: a, then: a}\n", "5: a call could go round for ever: a -> a"),
        (HANGUP + "  a: {kind: hangup}\n", "5: no way leads to node 'z'"),
        ("  a: &x {kind: hangup}\n  b: *x\n", "6: anchors and aliases"),
        ("  a: {kind: hangup}\n  a: {kind: hangup}\n", "6: 'a' is written twice (first in line 5)"),
        ("  A b: {kind: hangup}\n", "5: 'A b' is no name of a node"),
        ("  b: {kind: hangup}\n", "3: there is no node 'a'"),
        ("  a: [\n", "not readable as YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(nodes: str, expected: str) -> None:
    text = nodes if "z:" in nodes or "  a: [" in nodes else nodes + HANGUP
    assert any(
        f"flow.yaml:{expected}" in m or (expected[0] not in "0123456789" and expected in m) for m in mistakes(text)
    )


MENU = "  a: {{kind: menu, prompts: [bye], keys: {keys}, on_silence: z, on_wrong_key: z}}\n"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("{1: z}", "flow.yaml:5: key 1 stands without quotes (write '1')"),
        ("{'1': z, '1': z}", "flow.yaml:5: '1' is written twice (first in line 5)"),
        ("{'E': z}", "flow.yaml:5: 'E' is no key of a telephone (one of 0-9, *, #, A-D)"),
        ("{'12': z}", "flow.yaml:5: '12' is no key of a telephone (one of 0-9, *, #, A-D)"),
        ("{'1': y}", "flow.yaml:5: there is no node 'y' (one of a, z)"),
        ("{*: z}", "flow.yaml:5: not readable as YAML: found undefined alias"),
    ],
)
def test_keys_of_a_menu(keys: str, expected: str) -> None:
    assert any(m.startswith(expected) for m in mistakes(MENU.format(keys=keys) + HANGUP))


def test_a_loop_between_menus_needs_a_goto() -> None:
    nodes = MENU.format(keys="{'1': b}") + MENU.replace("  a:", "  b:").format(keys="{'1': a}") + HANGUP
    assert mistakes(nodes) == [
        "flow.yaml:5: a call could go round for ever: a -> b -> a (lead back through a node of kind goto)"
    ]


def test_what_one_verb_cannot_play() -> None:
    nodes = MENU.replace("[bye]", "[bye, bye, bye, bye, bye, bye, bye]").format(keys="{'1': z}") + HANGUP
    assert mistakes(nodes) == ["flow.yaml:5: 8 prompts in one go on a second try (at most 7 together)"]


def test_a_number_may_be_said_where_it_was_collected_on_every_way() -> None:
    nodes = (
        "  a: {kind: collect, prompts: [bye], next: b, on_silence: z}\n"
        "  b: {kind: announce, prompts: ['@number'], next: z}\n" + HANGUP
    )
    assert load(f"flow: x\nlanguages: [ja]\nstart: a\nnodes:\n{nodes}", known_prompts=KNOWN).start == "a"
    said = "flow.yaml:6: @number is said where a caller may have typed none (collect it on every way)"
    assert mistakes(nodes.replace("on_silence: z", "on_silence: b")) == [said]


def test_nested_without_end() -> None:
    with pytest.raises(Mistakes, match="nested too deeply"):
        load("[" * 20_000)


def test_languages_without_prompts() -> None:
    head = "flow: x\nlanguages: [ja, fr]\nstart: a\n"
    assert mistakes("  a: {kind: hangup}\n", head) == [
        "flow.yaml:2: there are no prompts in language 'fr' (one of en, ja)"
    ]


def test_all_mistakes_at_once_in_the_order_of_lines() -> None:
    nodes = "  a: {kind: announce, next: q}\n  b: {kind: tell}\n  c: {kind: hangup, prompts: [nope]}\n"
    lines = [int(m.split(":")[1]) for m in mistakes(nodes, "flow: X\nlanguages: [ja]\nstart: nowhere\n")]
    assert lines == [1, 3, 5, 5, 6, 7]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Mistakes, match="No such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Mistakes, match="not a text in UTF-8"):
        load(tmp_path / "bytes.yaml")


@given(st.text(st.sampled_from("abk:{}[]&*!|>-?#'\"%@,\n \t0123+~.<"), max_size=60))
def test_no_text_raises_anything_but_mistakes(text: str) -> None:
    for source in (text, f"flow: x\nlanguages: [ja]\nstart: a\nnodes:\n  a: {text}"):
        try:
            assert isinstance(load(source, known_prompts=KNOWN), Tree)
        except Mistakes as told:
            assert told.mistakes


DEMO = load(share("dialplans") / "flows" / "demo-reception.yaml")


def walk(*results: Result) -> Step:
    """The step of the demo flow after these results."""
    now = step(DEMO, begin(DEMO), Result("start"))
    for result in results:
        now = step(DEMO, now.position, result)
    return now


def key(value: str) -> Result:
    return Result("key", value)


@pytest.mark.parametrize(
    ("results", "reason"),
    [((key("2"),), "caller_asked"), ((SILENCE, SILENCE), "no_input"), ((key("5"), key("6"), key("0")), "wrong_key")],
)
def test_r2_1_the_demo_escalates_with_its_reason(results: tuple[Result, ...], reason: str) -> None:
    verb = walk(DONE, *results).verb
    assert isinstance(verb, Hand)
    assert verb.reason == reason
    assert not isinstance(walk(DONE, *results[:-1]).verb, Hand)


def test_the_demo_takes_a_message_and_a_number_when_nobody_is_free() -> None:
    nobody = (DONE, key("2"), NOBODY, DONE)
    assert isinstance(walk(*nobody).verb, Keep)
    assert isinstance(walk(*nobody, RECORDED, DONE).verb, Take)
    assert isinstance(walk(*nobody, RECORDED, DONE, FITS, key("1"), DONE).verb, Bye)
    assert isinstance(walk(DONE, key("2"), HUMAN).verb, Bye)


def test_r8_2_the_demo_refuses_then_offers_a_person_or_tells() -> None:
    asked = (DONE, key("3"))
    refused = (*asked, Result("answer", "refused"), DONE)
    assert isinstance(walk(*refused, key("2")).verb, Hand)
    assert walk(*refused, key("9")).position.node == "main-menu"
    assert isinstance(walk(*asked, Result("answer", "released")).verb, Tell)
    assert isinstance(walk(*asked, Result("answer", "released"), DONE).verb, Bye)


def test_the_demo_repeats_its_menu_only_so_often() -> None:
    assert walk(DONE, *[key("9")] * 5).position.node == "main-menu"
    assert isinstance(walk(DONE, *[key("9")] * 6).verb, Hand)
