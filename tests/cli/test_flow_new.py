"""`smartdesk flow new`: questions, answers from elsewhere, the files that come of them, what is said to mistakes."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from smartdesk_pbx.cli.main import main
from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.flow.load import KINDS, load
from smartdesk_pbx.flow.nodes import Ring
from tests.cli.conftest import Cli


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


New = Callable[..., Said]

FLOWS = "dialplans/flows"
SIX = ("reception", "shop", "clinic", "property", "direct-transfer", "temporary-closure")


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> New:
    """Run `smartdesk flow new WORDS` in a folder of its own; `typed`: what the person types."""
    monkeypatch.setenv("SMARTDESK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, typed: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        status = main(["flow", "new", *words])
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


def test_the_list_names_each_template_in_both_languages(new: New) -> None:
    said = new("--list")
    for name, ja in (
        ("reception", "会社の受付"), ("shop", "小さなお店"), ("clinic", "診療所の時間外"), ("property", "不動産の管理"),
        ("direct-transfer", "直接の取り次ぎ"), ("temporary-closure", "臨時休業"),
    ):  # fmt: skip
        assert f"\n{name}\n" in "\n" + said.out
        assert ja in said.out
    assert "take-message" not in said.out, "it answers no number"
    listed = json.loads(new("--list", "--json").out)
    assert {"on-call-numbers", "opening-hours"} <= set(next(t["asks"] for t in listed if t["template"] == "clinic"))


def test_a_few_answers_make_a_flow_that_is_proved_and_tested(new: New, tmp_path: Path) -> None:
    typed = ["", "平日 9:00〜12:00 14:00〜17:30、土 9:00〜12:00", "はい", "なし", "", "なし", "", "090-1234-5678"]
    said = new("--from", "clinic", "-o", "hoshi-clinic.yaml", typed="\n".join(typed) + "\n")
    assert said.status == 0, said
    assert "祝日はお休みですか？" in said.out
    assert "Which doctors on call are rung, one after the other?" in said.out
    assert "written: hoshi-clinic.yaml, hoshi-clinic.test.yaml, take-message.yaml" in said.out
    assert "hoshi-clinic: 27 nodes, proved; 16 tests, all pass" in said.out
    assert "allowed_destinations=+819012345678" in said.out
    tree = load(tmp_path / "hoshi-clinic.yaml")
    assert tree.calendars["clinic"].weekly == ("mon-fri 09:00-12:00 14:00-17:30", "sat 09:00-12:00")
    (ring,) = [node for node in tree.nodes.values() if isinstance(node, Ring)]
    assert ring.to == ("+819012345678",)


def test_an_answer_that_does_not_fit_is_told_at_once_and_asked_again(new: New) -> None:
    typed = ["ja", "9 to 6", "mon-fri 09:00-18:00", "19:00-20:00", "none", "maybe", "no", *[""] * 4]
    said = new("--from", "reception", typed="\n".join(typed) + "\n")
    assert said.status == 0, said
    told = said.out + said.err
    assert told.count("opening-hours [mon-fri 09:00-18:00]:") == 2
    assert "no day of a week" in told
    assert "Error: 19:00-20:00 lies in none of the hours mon-fri 09:00-18:00" in told
    assert "Error: 'maybe': answer yes (closed) or no (open as on other days)" in told


def test_nothing_is_asked_when_all_is_said(new: New, tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text(
        'languages: [ja]\nopening-hours: [thu-tue 11:00-20:00]\nholidays: false\ncompany-days: ["2026-12-24"]\n'
        'year-end: null\nshop-numbers: ["0312345678"]\n'
    )
    said = new("--from", "shop", "--answers", "answers.yaml", "--answer", "team=night", "--json")
    answer = json.loads(said.out)
    assert answer == {
        "files": ["shop.yaml", "shop.test.yaml", "take-message.yaml"], "flow": "shop", "verdict": "proved",
        "conversations": 10, "failed": [], "rings": ["+81312345678"],
    }  # fmt: skip
    tree = load(tmp_path / "shop.yaml")
    assert (tree.languages, tree.calendars["shop"].closed) == (("ja",), ("2026-12-24",))


def test_the_usual_answers_need_no_typing(new: New) -> None:
    said = new("--from", "direct-transfer", "--usual")
    assert said.status == 0, said
    assert "direct-transfer: 23 nodes, proved" in said.out
    assert "[" not in said.out, "no question"


def test_the_texts_that_are_samples_are_named(new: New) -> None:
    assert (
        "texts of your own for      shop-hours" in new("--from", "shop", "--usual", "--answer", "shop-numbers=no").out
    )


# ---- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "recption"], "there is no template 'recption'; did you mean 'reception'? (smartdesk flow new"),
        (["--from", "shop", "-o", "My Shop.yaml"], "a flow's file is called NAME.yaml, in small letters, digits and"),
        (["--from", "shop", "-o", "shop.yml"], "shop.yml: a flow's file is called NAME.yaml"),
        (["--from", "shop", "-o", "nowhere/shop.yaml"], "nowhere: there is no such folder"),
        (["--from", "shop", "--usual"], "shop-numbers: this must be answered; 09012345678, +81312345678, or none"),
        (["--from", "shop"], "languages: no answer; give --answer languages=…, --answers FILE or --usual"),
        (["--from", "shop", "--answer", "doctor=119"], "--answer doctor=119: shop does not ask 'doctor' (one of"),
        (["--from", "shop", "--answer", "team"], "--answer team: no answer (write team=ANSWER)"),
        (["--from", "shop", "--usual", "--answer", "shop-numbers=110"],
         "--answer shop-numbers=110: number: '110' is no telephone number (write 0312345678 or +81312345678)"),
        (["--from", "shop", "--answers", "none.yaml"], "none.yaml: No such file or directory"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_and_nothing_is_written(new: New, tmp_path: Path, words: list[str], said: str) -> None:
    answer = new(*words)
    assert answer.status == 2
    assert said in answer.err
    assert list(tmp_path.glob("*.yaml")) == []


def test_all_mistakes_of_an_answers_file_are_told_with_their_lines(new: New, tmp_path: Path) -> None:
    answers = tmp_path / "mine.yaml"
    answers.write_text("languages: [ja, fr]\nholidays: perhaps\nyear-end: 12-32\nshop-numbers: none\n")
    said = new("--from", "shop", "--usual", "--answers", "mine.yaml").err
    assert "mine.yaml:1: fr: no language here; one or more of ja, en, zh, ko" in said
    assert "mine.yaml:2: 'perhaps': answer yes (closed) or no (open as on other days)" in said
    assert "mine.yaml:3: '12-32' is no day" in said
    answers.write_text("shop-numbers: 0312345678\nhollidays: yes\n")
    said = new("--from", "shop", "--usual", "--answers", "mine.yaml").err
    assert "mine.yaml:1: 0312345678 stands without quotes and would not stay as written (write '0312345678')" in said
    assert "mine.yaml:2: shop does not ask 'hollidays' (did you mean 'holidays'?)" in said
    answers.write_text("- ja\n")
    assert "mine.yaml:1: no answers stand here" in new("--from", "shop", "--answers", "mine.yaml").err


def test_what_is_there_is_not_written_over(new: New, tmp_path: Path) -> None:
    words = ("--from", "property", "--usual", "--answer", "caretaker-numbers=none")
    assert new(*words).status == 0
    before = (tmp_path / "property.yaml").read_text("utf-8")
    shared = tmp_path / "take-message.yaml"
    shared.write_text(shared.read_text("utf-8").replace("most_s: 180", "most_s: 60"))
    again = new(*words, "--answer", "team=night")
    assert again.err == (
        "smartdesk: property.yaml and property.test.yaml: there already; another name with -o, or --overwrite\n"
    )
    assert (tmp_path / "property.yaml").read_text("utf-8") == before
    over = new(*words, "--answer", "team=night", "--overwrite")
    assert "written: property.yaml, property.test.yaml\n" in over.out
    assert "team: night" in (tmp_path / "property.yaml").read_text("utf-8")
    assert "most_s: 60" in shared.read_text("utf-8"), "the shared flow may be somebody else's by now"


def test_a_shared_flow_that_is_there_must_speak_the_languages_too(new: New, tmp_path: Path) -> None:
    words = ("--usual", "--answer", "caretaker-numbers=none")
    assert new("--from", "property", *words, "--answer", "languages=ja").status == 0
    said = new("--from", "property", "-o", "other.yaml", *words)
    assert said.err.startswith("smartdesk: nothing was written, for other.yaml would have mistakes:\n")
    assert "flow 'take-message' does not speak 'en' (add it to its `languages`)" in said.err
    assert not (tmp_path / "other.yaml").exists()


def test_the_real_command_writes_what_flow_test_and_flow_prove_take(tmp_path: Path) -> None:
    """Another program, as a person starts it."""
    env = {"SMARTDESK_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}

    def smartdesk(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "smartdesk_pbx", "flow", *words],
            capture_output=True, text=True, env=env, cwd=tmp_path, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    begins = datetime.now(TOKYO).date() + timedelta(days=30)
    days = f"closure-days={begins}..{begins + timedelta(days=20)}"
    smartdesk("new", "--from", "temporary-closure", "--usual", "--answer", days, "--answer", "year-end=no")
    assert "7 conversations, 0 failed" in smartdesk("test", "temporary-closure.yaml")
    assert "temporary-closure.yaml: proved" in smartdesk("prove", "temporary-closure.yaml")


def test_all_six_are_published_and_nothing_is_left_to_be_said_against_them(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the numbers that they ring allowed, and the shared flow published."""
    monkeypatch.setenv("SMARTDESK_HOME", str(cli.home))

    def did(*words: str) -> str:
        assert main(words) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    did("contract", "set", "aozora", "allowed_destinations=+8190")
    did("flow", "publish", f"{FLOWS}/take-message.yaml")
    files = [f"{FLOWS}/{name}.yaml" for name in SIX]
    checked = did("flow", "check", *files).splitlines()
    assert [line.partition(": ")[0] for line in checked] == files, "a line for each, and no advice"
    for name, file in zip(SIX, files, strict=True):
        said = did("flow", "publish", file, "--number", "0312345010")
        assert f"published {name}@1 on +81312345010" in said
        assert "\nproved for +81312345010" in said


def test_the_kinds_of_nodes_and_their_fields_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SMARTDESK_HOME", str(tmp_path))
    assert main(["flow", "nodes"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n{kind} " in listed for kind in KINDS)
    assert main(["flow", "nodes", "ring"]) == 0
    shown = capsys.readouterr().out
    assert "Ring the subscriber's own telephones" in shown
    assert re.search(r"^ring_s +5 to 60 +20 *$", shown, re.MULTILINE)
    assert re.search(r"^to +\[number, …\], at most 10 +- *$", shown, re.MULTILINE)
    assert main(["flow", "nodes", "rung"]) == 2
    assert capsys.readouterr().err == "smartdesk: there is no kind of node 'rung'; did you mean 'ring'?\n"
