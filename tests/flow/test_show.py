"""Pictures of a flow: as text, Mermaid, Graphviz and HTML; with the callers of some days on the arrows."""

import shutil
import subprocess
from html.parser import HTMLParser
from random import Random

import pytest

from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.show.dot import as_dot
from smartdesk_pbx.flow.show.mermaid import as_mermaid
from smartdesk_pbx.flow.show.page import as_page
from smartdesk_pbx.flow.show.picture import folded, picture, shortened
from smartdesk_pbx.flow.show.text import as_text
from smartdesk_pbx.flow.show.traffic import Call, Traffic, Walked, count
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import DONE, SILENCE, START, Bye, Result
from smartdesk_pbx.flow.walk import begin, step
from tests.flow.test_simulate import DEMO, EVERYTHING
from tests.flow.test_walk import results

SHARED = """
flow: asking
languages: [ja]
start: ask
nodes:
  ask: {kind: menu, prompts: [main-menu], keys: {"1": out}, on_silence: out, on_wrong_key: other}
  out: {kind: exit}
  other: {kind: exit, exit: wrong}
"""
CALLING = """
flow: calling
languages: [ja]
start: first
nodes:
  first: {kind: tag, tags: [seen], next: asking}
  asking: {kind: call, flow: asking, exits: {done: bye, wrong: bye}}
  bye: {kind: hangup, prompts: [bye]}
"""


def texts(language: str, prompt: str) -> str:
    return f"{language} says <{prompt}> & “more”"


def linked() -> Tree:
    from smartdesk_pbx.flow.link import Shared

    return load(CALLING, find=lambda name: Shared(SHARED, f"{name}.yaml"))


def walked(tree: Tree, *answers: Result) -> list[Walked]:
    """The steps of a call that was answered so."""
    here = step(tree, begin(tree), START)
    steps = [Walked(here.position.node, here.position.encode(), str(START))]
    for answer in answers:
        here = step(tree, here.position, answer)
        steps.append(Walked(here.position.node, here.position.encode(), str(answer)))
    return steps


def key(pressed: str) -> Result:
    return Result("key", pressed)


# ---- what is drawn ---------------------------------------------------------------------------------------------------


def test_every_node_and_every_way_is_drawn_once() -> None:
    drawn = picture(DEMO)
    assert list(drawn.boxes) and set(drawn.boxes) == set(DEMO.nodes)
    assert drawn.start == "welcome"
    ways = {(a.start, a.end): a.label for a in drawn.arrows}
    assert ways["main-menu", "person"] == "2, silence, wrong key"
    assert ways["person", "nobody-free"] == "nobody"
    assert len(ways) == len(drawn.arrows)
    assert {(a.start, a.end) for a in drawn.arrows if a.back} == {
        ("hear-again", "main-menu"), ("back-to-menu", "main-menu"),
    }  # fmt: skip


def test_where_a_shared_flow_begins_and_ends_no_box_is_drawn() -> None:
    drawn = picture(linked())
    assert list(drawn.boxes) == ["first", "asking.ask", "bye"]
    assert [(a.start, a.end, a.label) for a in drawn.arrows] == [
        ("first", "asking.ask", ""), ("asking.ask", "bye", "1, silence, wrong key"),
    ]  # fmt: skip


def test_each_kind_of_way_has_words() -> None:
    assert {a.label for a in picture(EVERYTHING).arrows} == {
        "", "open", "closed", "on list vip", "anonymous, DE", "called within 24 h", "otherwise", "owes", "typed",
        "silence", "recorded, silence", "talked, no answer", "talked, nobody", "promised, silence",
    }  # fmt: skip


def test_telephone_numbers_in_a_picture_are_masked() -> None:
    (ring,) = [box for box in picture(EVERYTHING).boxes.values() if box.kind == "ring"]
    assert "***5678" in ring.notes[0] and "+81" not in " ".join(ring.notes)


def test_texts_are_shortened_and_folded_by_their_width() -> None:
    assert shortened("お電話ありがとうございます。", 12) == "お電話ありが…"
    assert shortened("short", 12) == "short"
    assert folded("お電話ありがとうございます。", 12) == ["お電話ありが", "とうございま", "す。"]
    assert folded("ありがとう、ござい", 10) == ["ありがとう、", "ござい"], "no line begins with a stop"
    assert folded("one two three four", 8) == ["one two", "three", "four"]


# ---- text ------------------------------------------------------------------------------------------------------------


def test_the_text_names_every_node_once_in_full_and_marks_ways_back() -> None:
    text = as_text(picture(DEMO), lambda language, prompt: f"{prompt} in {language}")
    for name, node in DEMO.nodes.items():
        assert text.count(f"{name} [{node.kind}") == 1, name
    assert text.splitlines()[:6] == [
        "demo-reception (ja, en)",
        "welcome [announce]",
        "  “welcome-generic in ja @name in ja”",
        "→ main-menu [menu: 3 tries, 2 silent, waits 5 s]",
        "  “main-menu in ja”",
        "├─ 1 → company-info [announce]",
    ]
    assert "├─ at most 3x ↩ main-menu" in text
    assert "goodbye (above)" in text


def test_a_flow_of_a_thousand_nodes_in_a_row_is_drawn() -> None:
    nodes = "\n".join(f"  n{i}: {{kind: announce, prompts: [bye], next: n{i + 1}}}" for i in range(1000))
    tree = load(f"flow: long\nlanguages: [ja]\nstart: n0\nnodes:\n{nodes}\n  n1000: {{kind: hangup}}\n")
    assert as_text(picture(tree), texts).count("\n") > 2000
    menus = "\n".join(
        f"  n{i}: {{kind: menu, prompts: [bye], keys: {{'1': n{i + 1}}}, on_silence: end, on_wrong_key: end}}"
        for i in range(1000)
    )
    tree = load(
        f"flow: deep\nlanguages: [ja]\nstart: n0\nnodes:\n{menus}\n  n1000: {{kind: hangup}}\n  end: {{kind: hangup}}\n"
    )
    assert "n999 [menu" in as_text(picture(tree), texts)


# ---- Mermaid, Graphviz, HTML -----------------------------------------------------------------------------------------


def test_mermaid_has_a_line_for_each_node_and_arrow_and_escapes_what_means_something() -> None:
    text = as_mermaid(picture(DEMO), texts)
    lines = text.splitlines()
    assert lines[1] == "flowchart TD"
    assert sum("-->" in line or "-.->" in line for line in lines) == len(picture(DEMO).arrows)
    assert any(line.startswith('  n1{{"<b>main-menu</b>') for line in lines)
    assert "#lt;welcome-generic#gt; #amp;" in text and "<welcome" not in text
    assert '  n1 -->|"1"| n' in text


def test_dot_frames_a_shared_flow_and_escapes_what_means_something() -> None:
    text = as_dot(picture(linked()), texts)
    assert 'subgraph cluster_0 { label="asking"' in text
    assert "&lt;main-menu&gt; &amp;" in text


def svg_of(dot: str) -> str:
    assert shutil.which("dot"), "the set-up installs graphviz"
    return subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("tree", [DEMO, EVERYTHING, linked()], ids=lambda t: t.flow)
def test_graphviz_draws_every_node(tree: Tree) -> None:
    svg = svg_of(as_dot(picture(tree), texts))
    drawn = picture(tree)
    assert svg.count('class="node"') == len(drawn.boxes)
    assert svg.count('class="edge"') == len(drawn.arrows)
    assert "IPAexGothic" in svg


class _Tags(HTMLParser):
    """Which tags are open, and every anchor and link."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids, self.links, self.tags = set[str](), set[str](), set[str]()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.ids |= {str(given["id"])} if "id" in given else set()
        link = given.get("href") or given.get("xlink:href")
        self.links |= {link} if link else set()
        if tag not in ("meta", "polygon", "path", "ellipse", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("polygon", "path", "ellipse", "polyline"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_holds_all_texts_in_all_languages_and_its_links_lead_somewhere() -> None:
    drawn = picture(DEMO)
    page = as_page(DEMO, drawn, svg_of(as_dot(drawn, texts, links=True)), texts)
    parser = _Tags()
    parser.feed(page)
    assert not parser.open and "script" not in parser.tags and "img" not in parser.tags
    assert {f"#{name}" for name in DEMO.nodes} <= parser.links
    assert {link.removeprefix("#") for link in parser.links} <= parser.ids
    for language in DEMO.languages:
        for prompt in DEMO.prompts():
            assert texts(language, prompt) in parser.text, (language, prompt)
    assert "<welcome-generic>" not in page


def test_a_prompt_without_text_is_shown_by_its_name() -> None:
    assert "(welcome-generic)" in as_text(picture(DEMO), lambda language, prompt: "")


# ---- traffic ---------------------------------------------------------------------------------------------------------


def test_callers_are_counted_on_the_ways_they_took_also_over_gotos_and_tags() -> None:
    calls = [
        Call(walked(DEMO, DONE, key("9"), key("9"), key("2")), gave_up=True),
        Call(walked(DEMO, DONE, key("1"), DONE, SILENCE), gave_up=False),
        Call(walked(DEMO), gave_up=True),
        Call([], gave_up=True),
    ]
    traffic = count(DEMO, calls)
    assert (traffic.calls, traffic.strange) == (3, 0)
    assert traffic.ways["welcome", "main-menu"] == 2
    assert traffic.ways["hear-again", "main-menu"] == 1, "a caller counts once, however often"
    assert traffic.ways["main-menu", "person"] == 1
    assert traffic.ways["back-to-menu", "main-menu"] == 1 and traffic.visits["back-to-menu"] == 1
    assert dict(traffic.gave_up) == {"person": 1, "welcome": 1}
    tags = count(linked(), [Call(walked(linked(), key("1")), gave_up=False)])
    assert set(tags.ways) == {("first", "asking.ask"), ("asking.ask", "bye")}


def test_a_goto_that_is_used_up_leads_on() -> None:
    traffic = count(DEMO, [Call(walked(DEMO, DONE, *[key("9")] * 6), gave_up=True)])
    assert traffic.ways["hear-again", "person"] == 1 and traffic.gave_up["person"] == 1


def test_calls_of_another_version_are_told_apart() -> None:
    calls = [Call(walked(EVERYTHING, Result("answer", "open")), gave_up=True), Call(walked(DEMO, DONE), gave_up=True)]
    traffic = count(DEMO, calls)
    assert (traffic.calls, traffic.strange, dict(traffic.gave_up)) == (2, 1, {"main-menu": 1})
    assert "1 more walked another version" in as_text(picture(DEMO), texts, traffic)


def some_calls(tree: Tree, times: int) -> list[Call]:
    chance, calls = Random(7), []
    for _ in range(times):
        here, answers = step(tree, begin(tree), START), list[Result]()
        while not isinstance(here.verb, Bye) and chance.random() > 0.05:
            answers.append(chance.choice(results(here.verb)))
            here = step(tree, here.position, answers[-1])
        calls.append(Call(walked(tree, *answers), gave_up=not isinstance(here.verb, Bye)))
    return calls


@pytest.mark.parametrize("tree", [DEMO, EVERYTHING, linked()], ids=lambda t: t.flow)
def test_every_way_that_was_taken_is_an_arrow(tree: Tree) -> None:
    traffic = count(tree, some_calls(tree, 300))
    assert traffic.strange == 0
    assert set(traffic.ways) <= {(a.start, a.end) for a in picture(tree).arrows}
    inwards = sum(times for (_, end), times in traffic.ways.items() if end == "bye")
    assert inwards >= traffic.visits["bye"]


def test_the_arrows_carry_the_counts_in_every_form() -> None:
    traffic = Traffic(calls=100)
    traffic.ways.update({("welcome", "main-menu"): 90, ("main-menu", "person"): 45})
    traffic.visits.update({"welcome": 100, "main-menu": 90, "person": 45})
    traffic.gave_up.update({"main-menu": 40})
    drawn = picture(DEMO)
    text = as_text(drawn, texts, traffic)
    assert "100 calls; 40 callers gave up on the way" in text
    assert "2, silence, wrong key (45) → person" in text and "  40 gave up here" in text
    dot = as_dot(drawn, texts, traffic)
    assert "45 (50%)" in dot and "penwidth=7.00" in dot and "40 gave up here" in dot
    mermaid = as_mermaid(drawn, texts, traffic)
    assert "2, silence, wrong key: 45" in mermaid and "stroke-width:8.0px" in mermaid
    page = as_page(DEMO, drawn, svg_of(dot), texts, traffic)
    assert "90 callers" in page and '<p class="gave-up">40 gave up here</p>' in page


def test_in_a_large_picture_what_many_lead_to_is_met_again_as_a_sign() -> None:
    nodes = "\n".join(f"  n{i}: {{kind: escalate, next: bye, on_nobody: n{i + 1}}}" for i in range(100))
    tree = load(
        f"flow: large\nlanguages: [ja]\nstart: n0\nnodes:\n{nodes}\n  n100: {{kind: hangup}}\n  bye: {{kind: hangup}}"
    )
    svg = svg_of(as_dot(picture(tree), texts))
    assert svg.count('class="node"') == 102 + 99, "the first arrow leads to the box itself"
    assert svg.count('class="edge"') == 200
