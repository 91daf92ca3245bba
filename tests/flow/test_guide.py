"""docs/flows.md and docs/flows.ja.md: whatever they show is true of the software as it is."""

import html
import io
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer.main

from smartdesk_pbx.audio.texts import texts
from smartdesk_pbx.cli.main import app, main
from smartdesk_pbx.contract.document import read
from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.flow.given import Given
from smartdesk_pbx.flow.link import Find, Shared, beside
from smartdesk_pbx.flow.load import KINDS, load
from smartdesk_pbx.flow.nodes import Jump, Tag
from smartdesk_pbx.flow.perform import perform
from smartdesk_pbx.flow.reference import about, fields, table
from smartdesk_pbx.flow.script import WORDS, read_script
from smartdesk_pbx.flow.written_calendar import Calendar
from smartdesk_pbx.settings import Settings, share

DOCS = Path(__file__).parents[2] / "docs"
FLOWS = share("dialplans") / "flows"
SIX = ("reception", "shop", "clinic", "property", "direct-transfer", "temporary-closure")


@dataclass(frozen=True)
class Block:
    """A block of a guide: what stands behind its fence, and its text. `where`: file:line."""

    where: str
    what: str
    text: str


def blocks(guide: str) -> Iterator[Block]:
    text = (DOCS / guide).read_text("utf-8")
    for found in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(f"{guide}:{text[: found.start()].count(chr(10)) + 1}", found[1], found[2])


ALL = [block for guide in ("flows.md", "flows.ja.md") for block in blocks(guide)]


def of(what: str) -> list[Block]:
    return [one for one in ALL if one.what.split()[:2] == what.split() or one.what.split()[:1] == what.split()]


NAMED = {one.what.split()[-1]: one for one in of("yaml flow")}
"""Whole flows, by name."""
BROKEN = ("wrong",)
"""What load itself refuses."""


def known() -> dict[str, list[str]]:
    settings = Settings(home=Path("nowhere"))
    return {language: list(texts(settings, language)) for language in ("ja", "en")}


def find(name: str) -> Shared | None:
    return Shared(NAMED[name].text, f"{name}.yaml") if name in NAMED else beside(FLOWS)(name)


def where(one: Block) -> str:
    return f"{one.where} {one.what}"


def test_every_yaml_block_is_of_a_kind_that_is_tested() -> None:
    kinds = {" ".join(one.what.split()[:2]) for one in ALL if one.what.startswith("yaml")}
    assert kinds <= {"yaml flow", "yaml node", "yaml calendar", "yaml conversation", "yaml answers"}


@pytest.mark.parametrize("one", [one for name, one in NAMED.items() if name not in BROKEN], ids=where)
def test_a_flow_of_the_guide_loads(one: Block) -> None:
    tree = load(one.text, name=one.where, find=find, known_prompts=known())
    assert tree.flow == one.what.split()[-1]


@pytest.mark.parametrize("one", of("yaml node"), ids=where)
def test_a_node_of_the_guide_fits_into_a_flow(one: Block) -> None:
    """Its targets that are not shown are goodbyes."""
    assert load(whole(one.text), name=one.where, find=find, known_prompts=known()).nodes


def whole(nodes: str) -> str:
    """A flow around the nodes of an example."""
    names = list(read(nodes, "x").content)
    office = "{weekly: [mon-fri 09:00-18:00], exceptions: [{name: new-year, days: 12-29..01-03}]}"
    head = f"flow: example\nlanguages: [ja, en]\nstart: {names[0]}\ncalendars: {{office: {office}}}\nnodes:\n"
    text = head + "".join(f"  {line}\n" if line else "\n" for line in nodes.splitlines())
    while True:
        try:
            load(text, find=find)
            return text
        except Mistakes as wrong:
            missing = {m[1] for one in wrong.mistakes if (m := re.match(r"there is no node '(.*)'", one.wrong))}
            assert missing, str(wrong)
            text += "".join(f"  {name}: {{kind: hangup}}\n" for name in sorted(missing))


@pytest.mark.parametrize("one", of("yaml calendar"), ids=where)
def test_a_calendar_of_the_guide_can_be_read(one: Block) -> None:
    document = read(one.text, one.where)
    document.stop()
    assert all(Calendar.model_validate(content) for content in document.content.values())


@pytest.mark.parametrize("one", of("yaml conversation"), ids=where)
def test_a_conversation_of_the_guide_comes_true(one: Block) -> None:
    name = read(one.text, one.where).content["flow"].removesuffix(".yaml")
    tree = load(NAMED[name].text, find=find) if name in NAMED else load(FLOWS / f"{name}.yaml")
    found = read_script(one.text, one.where, tree)
    assert found
    assert [str(failure) for c in found if (failure := perform(tree, c).failure)] == []


@pytest.mark.parametrize("one", of("yaml answers"), ids=where)
def test_answers_of_the_guide_make_a_flow(
    one: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMARTDESK_HOME", str(tmp_path))
    (tmp_path / "answers.yaml").write_text(one.text, "utf-8")
    assert main(["flow", "new", "--from", one.what.split()[-1], "--answers", "answers.yaml"]) == 0
    assert "proved" in capsys.readouterr().out


@pytest.mark.parametrize("one", of("mistakes"), ids=where)
def test_the_mistakes_of_the_guide_are_told_in_these_words(one: Block) -> None:
    name = one.what.split()[-1]
    with pytest.raises(Mistakes) as raised:
        load(NAMED[name].text, name=f"{name}.yaml", find=find, known_prompts=known())
    assert [str(mistake) for mistake in raised.value.mistakes] == one.text.splitlines()


@pytest.mark.parametrize("one", of("prove"), ids=where)
def test_a_proof_of_the_guide_is_printed_in_these_words(
    one: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = one.what.split()[-1]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMARTDESK_HOME", str(tmp_path))
    (tmp_path / f"{name}.yaml").write_text(NAMED[name].text, "utf-8")
    main(["flow", "prove", f"{name}.yaml"])
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    for line in one.text.splitlines():
        begin, dots, _ = line.partition("…")
        assert any(p.startswith(begin) if dots else p == line for p in printed), f"{line!r} is not among {printed}"


@pytest.mark.parametrize("one", of("simulate"), ids=where)
def test_a_call_of_the_guide_goes_as_it_is_shown(
    one: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but the clock: that depends on how the prompts are spoken."""
    command, *shown = one.text.splitlines()
    typed = [line.partition(" > ")[2] for line in shown if " > " in line]
    file = tmp_path / shlex.split(command)[-1]
    file.write_text(NAMED[file.stem].text, "utf-8")
    monkeypatch.setenv("SMARTDESK_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([*typed, "quit"]) + "\n"))
    main(["flow", "simulate", str(file), "--at", "2026-07-01 10:00"])
    printed = iter([_without_clock(line) for line in capsys.readouterr().out.splitlines()])
    for line in shown:
        assert any(_without_clock(line) == found for found in printed), f"{line!r} does not come"


def _without_clock(line: str) -> str:
    return re.sub(r"^\d\d:\d\d:\d\d", "", line).strip()


# ---- the reference ---------------------------------------------------------------------------------------------------


def section(kind: str) -> str:
    text = (DOCS / "flows.md").read_text("utf-8")
    return text.partition(f"\n### {kind}\n")[2].partition("\n##")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_node_has_an_example_and_the_table_of_its_fields(kind: str) -> None:
    assert f"kind: {kind}\n" in section(kind)
    assert table(kind) in section(kind), f"docs/flows.md, {kind}: the table must be\n{table(kind)}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_knows_every_field(kind: str) -> None:
    assert {one.name for one in fields(kind)} == KINDS[kind].model_fields.keys() - {"kind"}
    assert all(one.right and one.usual for one in fields(kind))
    assert len(about(kind)) > 30


def test_every_word_of_conversations_is_explained() -> None:
    text = (DOCS / "flows.md").read_text("utf-8").partition("### test")[2].partition("### show")[0]
    named = set(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))
    explained = {word for cell in named for word in re.findall(r"`([a-z_]+)`", cell)}
    assert WORDS.keys() <= explained
    assert Given.model_fields.keys() <= explained


# ---- commands, links, pictures ---------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command that the guides name, with the words behind it."""
    for guide in ("flows.md", "flows.ja.md"):
        text = (DOCS / guide).read_text("utf-8")
        for line, written in enumerate(text.splitlines(), 1):
            for said in re.findall(r"(?:^ {4}|^\$ |`)smartdesk ([^`\n]+)", written):
                yield f"{guide}:{line}", shlex.split(said.split("  #")[0])


def test_every_command_of_the_guides_exists_with_its_options() -> None:
    found = list(commands())
    assert len(found) > 30
    for at, words in found:
        command = typer.main.get_command(app)
        while hasattr(command, "commands"):
            assert words, f"{at}: no command"
            word = words.pop(0)
            assert word in command.commands, f"{at}: smartdesk has no {word!r} there"
            command = command.commands[word]
        options = {option for parameter in command.params for option in parameter.opts}
        for word in words:
            if word.startswith("-"):
                assert word in options, f"{at}: {command.name} has no {word}"


@pytest.mark.parametrize("guide", ["flows.md", "flows.ja.md"])
def test_every_link_of_a_guide_leads_somewhere(guide: str) -> None:
    text = (DOCS / guide).read_text("utf-8")
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads]
    numbered = {f"{one}-{anchors[:i].count(one)}" if one in anchors[:i] else one for i, one in enumerate(anchors)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = target.partition("#")
        assert (DOCS / file).exists(), target
        assert not anchor or file or anchor in numbered, target


PICTURES = [*(f"{name}.svg" for name in ("first", *SIX)), *(f"{name}.ja.svg" for name in SIX)]


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_shows_the_flow_as_it_is(picture: str) -> None:
    """Drawn anew by `make pictures`."""
    drawn = html.unescape((DOCS / "pictures" / picture).read_text("utf-8"))
    name = picture.partition(".")[0]
    file = DOCS / "pictures" / "first.yaml" if name == "first" else FLOWS / f"{name}.yaml"
    for name, node in load(file).nodes.items():
        shown = f"tag {', '.join(node.tags)}" if isinstance(node, Tag) else name.rpartition(".")[2]
        assert isinstance(node, Jump) or f">{shown}<" in drawn, f"{picture} does not show {name}: make pictures"


def test_the_first_flow_is_the_one_that_is_drawn() -> None:
    assert NAMED["first"].text == (DOCS / "pictures" / "first.yaml").read_text("utf-8")


def test_shared_flows_of_the_guide_are_found() -> None:
    finder: Find = find
    assert finder("ask-number") and finder("take-message") and finder("nobody") is None
