"""The ready-made flows: each loads, is proved, passes its conversations, and speaks each language that it offers."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from smartdesk_pbx.audio.texts import texts
from smartdesk_pbx.flow.calendar import answer
from smartdesk_pbx.flow.given import arrival
from smartdesk_pbx.flow.load import load, loaded
from smartdesk_pbx.flow.nodes import Node, Ring
from smartdesk_pbx.flow.perform import Performed, perform
from smartdesk_pbx.flow.script import Conversation, read_script
from smartdesk_pbx.flow.sheet import Sheet
from smartdesk_pbx.flow.simulate import Press, Simulation, Wait
from smartdesk_pbx.flow.templates import Template
from smartdesk_pbx.flow.tree import Tree, targets
from smartdesk_pbx.flow.world import Plays, Stepped, World
from smartdesk_pbx.office.flow_prove import shown, standard
from smartdesk_pbx.office.flow_review import reviewed
from smartdesk_pbx.settings import Settings, share

FLOWS = share("dialplans") / "flows"
SIX = ("reception", "shop", "clinic", "property", "direct-transfer", "temporary-closure")
SINCE = datetime(2026, 7, 1, 1, tzinfo=UTC)
"""A Wednesday, ten in the morning in Tokyo."""

each = pytest.mark.parametrize("name", SIX)


def template(name: str) -> Template:
    return Template(name, (FLOWS / f"{name}.yaml").read_text("utf-8"), (FLOWS / f"{name}.test.yaml").read_text("utf-8"))


@cache
def tree_of(name: str) -> Tree:
    return load(FLOWS / f"{name}.yaml")


@cache
def conversations(name: str) -> tuple[Conversation, ...]:
    return read_script(template(name).tests, f"{name}.test.yaml", tree_of(name))


@cache
def performed(name: str) -> tuple[Performed, ...]:
    return tuple(perform(tree_of(name), one) for one in conversations(name))


@each
def test_it_can_be_heard_in_every_language_that_flow_new_can_give_it(name: str, tmp_path: Path) -> None:
    for language in ("ja", "en", "zh", "ko"):
        assert tree_of(name).prompts() <= texts(Settings(home=tmp_path), language).keys(), language


@each
def test_every_property_holds_with_the_standard_plan(name: str, tmp_path: Path) -> None:
    proof = shown(Settings(home=tmp_path), tree_of(name), standard(), SINCE)
    assert [one.says for one in proof.properties if not one.holds] == []
    assert proof.verdict == "proved"
    assert proof.unreached == ()
    assert all(one.rules for one in proof.exits)


@each
def test_no_advice_is_left(name: str, tmp_path: Path) -> None:
    """Every key that is told works, every key that works is told, and the first choice comes soon enough."""
    assert [str(one) for one in reviewed(Settings(home=tmp_path), loaded(FLOWS / f"{name}.yaml"))] == []


@each
def test_its_conversations_come_true(name: str) -> None:
    assert [str(one.failure) for one in performed(name) if one.failure] == []


@each
def test_its_conversations_notice_when_any_way_leads_to_the_goodbye_instead(name: str) -> None:
    """So they come to each of its nodes, and press each of its keys."""
    tree = tree_of(name)
    own = {at: node for at, node in tree.nodes.items() if "." not in at}
    ways = [(at, way) for at, node in own.items() for way, target in targets(node) if target != "goodbye"]
    assert len(ways) > 15
    for at, way in ways:
        nodes = {**tree.nodes, at: leading_to_the_goodbye(own[at], way)}
        astray = tree.model_copy(update={"nodes": nodes})
        assert any(perform(astray, one).failure for one in conversations(name)), f"nobody notices {at}: {way}"


def leading_to_the_goodbye(node: Node, way: str) -> Node:
    written = node.model_dump()
    inside = written
    *path, last = way.split(".")
    for part in path:
        inside = inside[int(part) if isinstance(inside, list | tuple) else part]
    inside[last] = "goodbye"
    return type(node).model_validate(written)


def test_together_they_come_to_every_node_of_the_shared_flow() -> None:
    passed = {step.node for name in SIX for one in performed(name) for step in one.log if isinstance(step, Stepped)}
    assert {"message.message", "message.thanks", "message.number", "message.number-alone"} <= passed


@each
def test_what_is_heard_after_english_was_chosen_is_english(name: str) -> None:
    call = Simulation(tree_of(name), World(SINCE))
    while call.here.position.node != "language":
        change = call.next_change()
        assert change, "the call ended before a language could be chosen"
        call.do(change)
    call.do(Press("2"))
    chosen = len(call.trace.log)
    call.do(Wait(60))
    heard = {entry.language for entry in call.trace.log[chosen:] if isinstance(entry, Plays)}
    assert heard == {"en"}


@each
def test_the_times_of_its_conversations_are_what_they_are_said_to_be(name: str) -> None:
    """`at: 2026-11-03 10:00  # when: office holiday`."""
    tree = tree_of(name)
    said = re.findall(r"at: (\S+ \S+)  # when: (\S+) (.+)", template(name).tests)
    assert {value for _, _, value in said} >= {"open", "closed"}
    for at, calendar, value in said:
        assert answer(tree.calendars[calendar], arrival(at, tree)).value == value, at


@each
def test_it_rings_nobody_as_it_stands(name: str) -> None:
    """The numbers in the files are assigned to nobody: no number in Japan begins with 090 0."""
    rung = [number for node in tree_of(name).nodes.values() if isinstance(node, Ring) for number in node.to]
    assert all(number.startswith("+81900") for number in rung)


@each
def test_it_says_what_it_is_for_in_both_languages_and_every_mark_is_known(name: str) -> None:
    one = template(name)
    assert one.is_template
    assert all(len(line) > 20 for line in (one.en, one.ja))
    marks = re.findall(r"  # (ask:|only with|when:) (\S+)", one.text + one.tests)
    assert len(marks) == len(re.findall(r"  # (?:ask|only with|when)\b", one.text + one.tests))
    asked = {what.partition(".")[0] for kind, what in marks if kind == "ask:"}
    assert asked <= set(one.questions)
    assert {what.rstrip(",").partition(".")[0] for kind, what in marks if kind == "only with"} <= asked


def test_they_are_all_there_is_to_choose_from() -> None:
    found = [file for file in FLOWS.glob("*.yaml") if ".test." not in file.name]
    assert {file.stem for file in found if Template(file.stem, file.read_text("utf-8"), "").is_template} == set(SIX)


def test_the_sheet_reads_them_as_the_loader_does() -> None:
    for name in SIX:
        sheet = Sheet(template(name).text)
        assert set(sheet.content["nodes"]) == {at for at in tree_of(name).nodes if "." not in at}
