"""`smartdesk flow simulate` and `flow test`: a call in the terminal, and conversation files as tests. No database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CHECKOUT, Cli, Said

DEMO = "dialplans/flows/demo-reception.yaml"
AT = ("--at", "2026-07-01 10:00")


@pytest.fixture
def empty(tmp_path: Path) -> Cli:
    """A home with nothing in it."""
    return Cli(tmp_path / "nothing")


def typed(cli: Cli, *lines: str, words: tuple[str, ...] = ()) -> Said:
    """What `flow simulate` shows while somebody types these lines."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("SMARTDESK_")} | {"SMARTDESK_HOME": str(cli.home)}
    done = subprocess.run(
        [sys.executable, "-m", "smartdesk_pbx", "flow", "simulate", DEMO, *AT, *words],
        input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, env=env, cwd=CHECKOUT,
        timeout=60, check=False,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_call_is_heard_as_text_with_the_keys_and_where_they_lead(empty: Cli) -> None:
    said = typed(empty, "2", "", "hang", words=("--agents", "1"))
    assert (said.status, said.err) == (0, "")
    assert "Wed 2026-07-01 10:00 · caller +819012345678 · 1 agent free · ja" in said.out
    assert "お電話ありがとうございます。  welcome-generic" in said.out
    assert "  main-menu\n" in said.out
    assert "1 company-info   2 person   3 direct   9 hear-again   silence asked again; person after 1 more" in said.out
    assert "talks with a human" in said.out
    assert "the other side hangs up" in said.out, "Enter waits until something happens"
    assert "the call ends: done" in said.out
    assert not (empty.home / "smartdesk.db").exists()


def test_keys_silence_speech_and_jumps_in_time(empty: Cli) -> None:
    said = typed(
        empty, "", "7", "+2.5", "2", "say 4", "#", "0312345678#", "1", words=("--agents", "none", "--language", "en")
    )
    out = said.out
    assert "Thank you for calling.  welcome-generic" in out
    assert out.index("(silence)") < out.index("I am sorry, we did not receive your choice.")
    assert "I am sorry, that is not one of the choices. Please choose again.  wrong-key" in out
    assert "nobody takes the call" in out and "a message of 4 s is kept" in out
    assert "[0312345678#]" in out and "0 3 1 2 3 4 5 6 7 8  @number" in out
    assert out.rstrip().splitlines()[-3].endswith("the call ends: done")


def test_the_world_is_changed_and_a_new_call_begins(empty: Cli) -> None:
    said = typed(
        empty, "at 2026-12-31 09:30", "caller anonymous", "agents nobody human", "requests 2", "closed storm",
        "lists vip known", "lookup vip", "outside silent,answers", "lang en", "3", "",
    )  # fmt: skip
    assert "Thu 2026-12-31 09:30" in said.out
    last = said.out.rpartition("demo-reception.yaml")[2]
    assert "anonymous · agents: nobody, human · en" in last
    for part in ("transfer requests: 2", "closed: storm", "lists: ['vip', 'known']", "lookup: vip"):
        assert part in last, part
    assert "has been told the emergency number" not in last, "an anonymous caller's earlier requests are not known"


def test_the_emergency_number_is_told_and_its_digits_are_nowhere(empty: Cli) -> None:
    said = typed(empty, "requests 2", "3", "")
    assert "has been told the emergency number" in said.out
    assert "(@emergency)" in said.out


def test_one_line_is_undone_and_the_call_is_begun_again(empty: Cli) -> None:
    said = typed(empty, "7", "back", "1", "again", "back")
    out = said.out
    assert "back to 10:00:18" in out
    assert out.count("company-info\n") == 1 and "wrong-key" in out
    assert "this is where the call begins" in out


def test_slow_stops_at_every_prompt_so_that_it_can_be_cut_short(empty: Cli) -> None:
    said = typed(empty, "slow", "again", "2")
    assert "stops at every prompt" in said.out
    assert "(cut short)" in said.out and "main-menu  " not in said.out.rpartition("(cut short)")[2]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("hello", "'hello': press keys, or ? for what else can be done"),
        ("agents many", "agents: 'many' does not fit here; a number of free agents, none, busy"),
        ("at noon", "at: 'noon' does not fit here; write 2026-07-01 10:00"),
        ("caller", "caller: to what? (? shows how)"),
        ("say much", "say: for how many seconds?"),
        ("save", "save: into which file?"),
        ("save /nowhere/x.yaml", "/nowhere/x.yaml: No such file or directory"),
        ("lang german", "language: String should match pattern"),
    ],
)
def test_what_cannot_be_is_told_and_the_call_goes_on(empty: Cli, line: str, wrong: str) -> None:
    said = typed(empty, line, "1")
    assert said.status == 0 and wrong in said.out
    assert "company-info" in said.out.rpartition(wrong)[2]


def test_help_names_every_command(empty: Cli) -> None:
    from smartdesk_pbx.cli.in_call import CHANGES, COMMANDS

    out = typed(empty, "?").out
    for command in COMMANDS:
        assert f"  {command}" in out
    words = " ".join(COMMANDS)
    assert all(word in words for word in CHANGES)


def test_names_of_prompts_instead_of_texts(empty: Cli) -> None:
    said = typed(empty, words=("--no-text",))
    assert "(welcome-generic)" in said.out and "お電話" not in said.out


def test_a_call_is_saved_as_a_test_and_passes(empty: Cli, tmp_path: Path) -> None:
    file = tmp_path / "seen.test.yaml"
    said = typed(empty, "7", "2", "", "save " + str(file), "again", "3", "save " + str(file), words=("--agents", "1"))
    assert "saved as 'call 1'" in said.out and "saved as 'call 2'" in said.out
    ran = empty("flow", "simulate", DEMO, "--script", str(file))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [f"pass  {file}: call 1", f"pass  {file}: call 2", "2 conversations, 0 failed"]


SCRIPT = """
flow: FLOW
conversations:
  right:
    lines: [hears: main-menu, presses: "1", hears: company-info, hangs_up]
  wrong:
    lines:
      - hears: main-menu
      - presses: "2"
      - hears: company-info
"""


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A flow with its conversation file."""
    flow = tmp_path / "reception.yaml"
    flow.write_text((CHECKOUT / DEMO).read_text("utf-8"), "utf-8")
    (tmp_path / "reception.test.yaml").write_text(SCRIPT.replace("FLOW", "reception.yaml"), "utf-8")
    return flow


def test_conversations_pass_or_fail_with_the_conversation_so_far(empty: Cli, beside: Path) -> None:
    script = beside.with_name("reception.test.yaml")
    for words in (
        ("simulate", str(beside), "--script"), ("simulate", str(beside), str(script)),
        ("test", str(beside)), ("test", str(script)), ("test", str(beside), str(script)),
    ):  # fmt: skip
        said = empty("flow", *words)
        assert said.status == 2, words
        lines = said.out.splitlines()
        assert lines[:3] == [
            f"pass  {script}: right",
            f"FAIL  {script}: wrong",
            f"      {script}:10: company-info was not heard; the call ended: done",
        ]
        assert "        0:04    presses 2" not in lines and "        0:06    presses 2" in lines
        assert lines[-1] == "2 conversations, 1 failed"
    answer = empty("flow", "test", str(beside), "--json")
    assert answer.status == 2
    assert [(one["conversation"], one["passed"]) for one in answer.json] == [("right", True), ("wrong", False)]


def test_mistakes_in_a_script_and_missing_files_are_one_line_each(empty: Cli, beside: Path) -> None:
    script = beside.with_name("reception.test.yaml")
    script.write_text("lines:\n  - heers: bye\n  - hears: byee\n", "utf-8")
    said = empty("flow", "test", str(beside))
    assert said.status == 2 and said.out == ""
    assert [line.removeprefix(f"smartdesk: {script}:") for line in said.err.splitlines()] == [
        "2: 'heers' is nothing that happens in a conversation (did you mean 'hears'?)",
        "3: hears: the flow never plays 'byee' (did you mean 'bye'?)",
    ]
    script.write_text("lines: [hears: bye]\n", "utf-8")
    both = empty("flow", "test", str(beside), DEMO)
    assert both.status == 0 and both.err == f"smartdesk: {DEMO}: no conversation file\n"
    assert both.out.endswith("1 conversations, 0 failed\n")
    script.unlink()
    assert "there is no conversation file" in empty("flow", "test", str(beside)).one_line(2)
    assert "No such file" in empty("flow", "simulate", "nothing.yaml").one_line(2)


def test_a_number_brings_the_settings_of_its_contract(cli: Cli) -> None:
    cli.did("contract", "set", "aozora", "direct_transfer_threshold=1")
    said = typed(cli, "3", "", words=("--number", "0312345010"))
    assert "number: +81312345010" in said.out and "threshold: 1" in said.out
    assert "name: 株式会社あおぞら" in said.out
    assert "has been told" not in said.out, "no emergency number is on file"
    assert "not assigned" in typed(cli, words=("--number", "0312345999")).err
