"""`smartdesk flow show` and `flow replay` as commands; what they show of calls is tested in tests/conversations."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CHECKOUT, Cli
from tests.cli.test_flow_simulate import empty as empty

DEMO = "dialplans/flows/demo-reception.yaml"


def test_a_file_is_shown_as_text_with_the_texts_of_its_prompts(empty: Cli) -> None:
    said = empty.did("flow", "show", DEMO)
    assert said.out.startswith("demo-reception (ja, en)\nwelcome [announce]\n  “お電話ありがとうございます。 [name]”\n")
    assert "“Thank you for calling. [name]”" in empty.did("flow", "show", DEMO, "--language", "en").out
    assert "speaks ja, en" in empty("flow", "show", DEMO, "--language", "ko").one_line(2)


@pytest.mark.parametrize(
    ("format", "begins"), [("mermaid", "%% demo-reception\nflowchart TD"), ("dot", "digraph flow {"),
                           ("svg", "<?xml"), ("html", "<!DOCTYPE html>")]
)  # fmt: skip
def test_each_form_is_printed_or_written_into_a_file(empty: Cli, tmp_path: Path, format: str, begins: str) -> None:
    out = empty.did("flow", "show", DEMO, "--format", format).out
    assert out.startswith(begins)
    file = tmp_path / "picture"
    said = empty.did("flow", "show", DEMO, "--format", format, "-o", str(file))
    assert said.out == "" and said.err == f"smartdesk: written: {file}\n"
    assert file.read_text("utf-8") == out
    assert empty.did("flow", "show", DEMO, "--format", format, "--json").json["content"] == out


def test_without_graphviz_a_picture_says_what_is_missing(empty: Cli) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "smartdesk_pbx", "flow", "show", DEMO, "--format", "svg"],
        env={"PATH": "/nowhere", "SMARTDESK_HOME": str(empty.home)}, cwd=CHECKOUT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert said.returncode == 1
    assert said.stderr == (
        "smartdesk: pictures are laid out by Graphviz: apt-get install graphviz (--format text needs none)\n"
    )


def test_mistakes_of_a_file_are_told(empty: Cli, tmp_path: Path) -> None:
    assert "No such file" in empty("flow", "show", "nothing.yaml").one_line(2)
    assert "is YAML already" in empty("flow", "show", DEMO, "--format", "yaml").one_line(2)
    assert "No such file" in empty("flow", "show", DEMO, "-o", str(tmp_path / "no" / "x")).one_line(2)


def test_a_published_flow_is_shown_as_it_was_written_or_drawn_with_its_traffic(cli: Cli) -> None:
    cli.did("flow", "publish", DEMO)
    assert cli.did("flow", "show", "demo-reception").out == (CHECKOUT / DEMO).read_text("utf-8")
    drawn = cli.did("flow", "show", "demo-reception", "--format", "text").out
    assert drawn == cli.did("flow", "show", DEMO).out
    counted = cli.did("flow", "show", "demo-reception", "--traffic", "7").out
    assert "0 calls; 0 callers gave up on the way" in counted and "(0) → main-menu" in counted
    assert "0 calls" in cli.did("flow", "show", DEMO, "--traffic", "7", "--format", "dot").out
    assert cli.did("flow", "show", "demo-reception@1").out == cli.did("flow", "show", "demo-reception").out
    assert "is no version of a flow" in cli("flow", "show", "demo-reception@new").one_line(2)
    assert "no flow nothing" in cli("flow", "show", "nothing").one_line(2)


def test_a_number_without_calls_is_replayed(cli: Cli) -> None:
    since = ("--since", "2026-07-01")
    said = cli.did("flow", "replay", "0312345010", "--against", DEMO, *since).out
    assert said.startswith("+81312345010 against demo-reception, 2026-07-01 to ")
    assert said.endswith(": 0 calls\nno call would have ended elsewhere or be judged otherwise\n")
    answer = cli.did("flow", "replay", "0312345010", "--against", DEMO, *since, "--until", "2026-07-02", "--json").json
    assert (answer["calls"], answer["until"], answer["differs"]) == (0, "2026-07-02", [])
    assert "lies before" in cli(
        "flow", "replay", "0312345010", "--against", DEMO, *since, "--until", "2026-06-01"
    ).one_line(2)  # fmt: skip
    assert "is no telephone number" in cli("flow", "replay", "abc", "--against", DEMO, *since).one_line(2)
