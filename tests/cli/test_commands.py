"""The command line without a daemon: add, list, show on the store; mistakes; what needs a daemon says so."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CHECKOUT, Cli, stored

FLOW = "dialplans/flows/message-only.yaml"


def test_a_subscriber_a_number_and_a_flow_are_added_and_shown(cli: Cli) -> None:
    published = cli.did("flow", "publish", FLOW, "--number", "0312345010", "--json").json
    assert (published["flow"], published["version"], published["numbers"]) == ("message-only", 1, ["+81312345010"])
    (number,) = cli.did("number", "list", "--json").json
    assert number["number"] == "+81312345010"
    assert (number["subscriber"], number["flow"], number["flow_version"]) == ("aozora", "message-only", 1)
    assert number["sources"] == ["+81398765432"]
    shown = cli.did("subscriber", "show", "aozora", "--json").json
    assert (shown["numbers"], shown["announced_name"]) == (["+81312345010"], "株式会社あおぞら")
    assert "+81312345010" in cli.did("number", "list").out, "a table for people holds it too"
    cli.did("number", "release", "+81312345010")
    assert cli.did("number", "list", "--json").json == []


def test_r8_2_the_emergency_number_is_kept_and_shown_nowhere(bare: Cli) -> None:
    """R8.2: before its release the emergency number is displayed to nobody."""
    bare.did("subscriber", "add", "aozora", "--name", "Aozora", "--emergency", "0312345119")
    shown = bare.did("subscriber", "show", "aozora", "--json")
    assert shown.json["emergency"] == "on file"
    assert "12345119" not in shown.out
    files = [file for file in bare.home.rglob("*") if file.is_file()]
    assert not [file for file in files if b"12345119" in file.read_bytes()]
    spelt = [file for file in files if file.parent.parent.name == "sounds" and file.name.startswith("e") and
             len(file.stem) == 8 and stat.S_IMODE(file.stat().st_mode) == 0o600]  # fmt: skip
    assert len(spelt) == 4, "ulaw and sln16, ja and en"
    bare.did("subscriber", "change", "aozora", "--no-emergency")
    assert bare.did("subscriber", "show", "aozora", "--json").json["emergency"] == "none"
    assert not [file for file in spelt if file.exists()]


def test_r3_a_contract_shows_each_setting_and_where_it_comes_from(cli: Cli) -> None:
    """R3: the effective value and where it came from."""
    cli.did("contract", "set", "aozora", "direct_transfer_threshold=5", "languages=ja,en")
    settings = {s["name"]: s for s in cli.did("contract", "show", "aozora", "--json").json["settings"]}
    assert (settings["direct_transfer_threshold"]["value"], settings["direct_transfer_threshold"]["source"]) == (
        5, "contract",
    )  # fmt: skip
    assert settings["languages"]["value"] == ["ja", "en"]
    assert settings["team"]["source"] == "built-in"
    assert "unknown setting 'threshold'" in cli("contract", "set", "aozora", "threshold=5").one_line(2)
    cli.did("contract", "set", "aozora", "direct_transfer_threshold=")
    settings = {s["name"]: s for s in cli.did("contract", "show", "aozora", "--json").json["settings"]}
    assert settings["direct_transfer_threshold"]["source"] == "built-in"


def test_r8_5_a_contract_is_suspended_and_resumed_and_ends_for_good(cli: Cli) -> None:
    assert "--code" in cli("contract", "suspend", "aozora").one_line(2)
    code = ("--code", "8.4", "--reason", "complaints")
    contract = cli.did("contract", "suspend", "aozora", *code, "--json").json["contract"]
    assert cli.did("number", "show", "0312345010", "--json").json["contract_state"] == "suspended"
    why = ("--reason", "settled")
    cli.did("contract", "resume", "aozora", *why)
    cli.did("contract", "end", "aozora", *why)
    assert "no contract that runs" in cli("contract", "resume", "aozora", *why).one_line(2)
    assert "has ended" in cli("contract", "resume", contract, *why).one_line(2)


def test_an_agents_password_is_shown_once_and_only_digests_are_kept(cli: Cli) -> None:
    password = cli.did("agent", "add", "hanako", "--name", "山田 花子", "--json").json["password"]
    (agent,) = cli.did("agent", "list", "--json").json
    assert "reachable" not in cli.did("agent", "list").out, "only a daemon knows"
    assert (agent["agent"], agent["team"], agent["state"]) == ("hanako", "front", "offline")
    assert cli.did("agent", "password", "hanako", "--json").json["password"] != password
    assert not [file for file in cli.home.rglob("*") if file.is_file() and password.encode() in file.read_bytes()]


def test_home_and_json_stand_before_the_noun_or_after_the_command(cli: Cli, tmp_path: Path) -> None:
    elsewhere = Cli(tmp_path / "nowhere")
    home = ("--home", str(cli.home))
    orders = ((*home, "--json", "plan", "list"), ("plan", "list", *home, "--json"), ("plan", *home, "list", "--json"))
    for words in orders:
        assert [plan["plan"] for plan in elsewhere.did(*words).json] == ["standard"]
    assert "--home: which directory?" in cli("plan", "list", "--home").one_line(2)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("number", "add", "110", "--subscriber", "aozora"), "'110' is no telephone number"),
        (("number", "add", "0312345011", "--subscriber", "nobody"), "no subscriber nobody"),
        (("number", "add", "0312345010", "--subscriber", "aozora"), "assigned already"),
        (("number", "add", "0312345011", "--subscriber", "aozora", "--flow", "none"), "no flow none"),
        (("number", "add", "0312345011", "--subscriber", "aozora", "--source", "x"), "source: 'x'"),
        (("number", "add", "0312345011"), "--subscriber"),
        (("subscriber", "add", "aozora", "--name", "x"), "exists already"),
        (("subscriber", "add", "Not a slug", "--name", "x"), "a short name is needed"),
        (("subscriber", "add", "new", "--name", "x", "--plan", "none"), "no plan none"),
        (("flow", "publish", "/no/such/file"), "/no/such/file"),
        (("flow", "publish", FLOW, "--number", "0399999999"), "not assigned"),
        (("case", "show", "x"), "no case id"),
        (("case", "list", "--limit", "0"), "--limit"),
        (("case", "respond", "x", "--callback", "maybe"), "callback: "),
        (("agent", "add", "0312345010", "--name", "x"), "hyphens, a letter first"),
        (("nonsense",), "nonsense"),
    ],
)
def test_bad_input_is_one_line_and_status_2_and_changes_nothing(cli: Cli, words: tuple[str, ...], why: str) -> None:
    before = stored(cli.home)
    assert why in cli(*words).one_line(2)
    assert stored(cli.home) == before


def test_all_mistakes_of_a_flow_are_told_at_once_with_their_lines(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    text = (CHECKOUT / FLOW).read_text("utf-8").replace("kind: hangup", "kind: nonsense")
    file.write_text(text + "more: 1\n", "utf-8")
    said = cli("flow", "publish", str(file))
    assert (said.status, said.out) == (2, "")
    assert len(said.err.splitlines()) >= 2
    assert all(line.startswith(f"smartdesk: {file}:") for line in said.err.splitlines())
    assert cli.did("flow", "list", "--json").json == []


@pytest.mark.parametrize(
    "words",
    [("call", "list"), ("agent", "ready", "a"), ("agent", "pause", "a"), ("case", "respond", "x", "--callback", "no")],
)
def test_live_commands_without_a_daemon_are_one_line_and_status_1(cli: Cli, words: tuple[str, ...]) -> None:
    assert "no daemon answers" in cli(*words).one_line(1)


def test_what_a_dead_daemon_left_behind_is_no_daemon(cli: Cli) -> None:
    (cli.home / "run").mkdir()
    (cli.home / "run" / "daemon.json").write_text(json.dumps({"http": "127.0.0.1:1", "pid": 2**22 + 1}))
    assert cli.did("plan", "list", "--json").json
    assert "no daemon answers" in cli("call", "list").one_line(1)


def test_without_a_database_it_says_how_to_make_one(tmp_path: Path) -> None:
    empty = Cli(tmp_path / "empty")
    assert "smartdesk db upgrade" in empty("number", "list").one_line(2)
    assert not empty.home.exists(), "looking makes nothing"


def test_a_setting_that_does_not_exist_is_named(cli: Cli) -> None:
    (cli.home / "smartdesk.toml").write_text('nodee = "n2"\n')
    assert "nodee" in cli("number", "list").one_line(2)
    (cli.home / "smartdesk.toml").write_text("node =\n")
    assert "smartdesk.toml" in cli("number", "list").one_line(2)


def test_an_empty_database_verifies_and_the_doctor_finds_what_is_loose(cli: Cli) -> None:
    assert cli.did("case", "verify", "--json").json == {"chains": 0, "entries": 0, "broken": []}
    (cli.home / "secrets" / "http_token").chmod(0o644)
    said = cli("doctor", "--json")
    assert said.status == 1
    wrong = [finding for finding in said.json if finding["state"] == "wrong"]
    assert [finding["part"] for finding in wrong] == ["secrets"]
    assert wrong[0]["do"].startswith("chmod go= ")


def test_help_names_what_works_everywhere_and_loads_nothing_heavy(cli: Cli) -> None:
    assert "--home DIR" in cli.did("number", "list", "--help").out
    code = "import sys; from smartdesk_pbx.cli.main import main; main(['--help']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, check=True)
    assert not {"sqlalchemy", "aiohttp", "numpy", "pydantic_settings"} & set(loaded.stdout.split())
