"""The commands of flows, hours and callers, as another program: what they print, and their status."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, stored

SHOP = """\
flow: shop
languages: [ja]
start: who
calendars:
  shop: {weekly: ["mon-fri 09:00-18:00"]}
nodes:
  who: {kind: caller, cases: [{list: vip, next: person}], otherwise: hours}
  hours: {kind: hours, calendar: shop, open: menu, closed: message}
  menu:
    kind: menu
    prompts: [shop-menu]
    keys: {"1": hear, "2": person, "3": message}
    on_silence: person
    on_wrong_key: person
  hear: {kind: announce, prompts: [shop-hours], next: bye}
  person: {kind: escalate, next: bye, on_nobody: message}
  message: {kind: record, next: bye, on_silence: bye}
  bye: {kind: hangup}
"""

NUMBER = "0312345010"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(SHOP, "utf-8")
    (tmp_path / "next.yaml").write_text(SHOP.replace("09:00-18:00", "09:00-17:00"), "utf-8")
    person = "person: {kind: announce, prompts: [bye], next: bye}"
    mute = SHOP.replace("person: {kind: escalate, next: bye, on_nobody: message}", person)
    (tmp_path / "mute.yaml").write_text(mute.replace('"3": message', '"3": bye'), "utf-8")
    (tmp_path / "bad.yaml").write_text(SHOP.replace("kind: hangup", "kind: hangupp"), "utf-8")
    return tmp_path


def test_a_flow_goes_live_and_back_and_forward_at_a_time(cli: Cli, files: Path) -> None:
    said = cli.did("flow", "publish", str(files / "shop.yaml"), "--number", NUMBER).out.splitlines()
    assert said[0] == "published shop@1 on +81312345010"
    assert said[1].startswith("proved for +81312345010: ") and " states, the longest call lasts " in said[1]
    assert "advice: node 'who': nobody is on list 'vip' of aozora" in "\n".join(said)
    cli.did("flow", "publish", str(files / "next.yaml"), "--number", NUMBER)
    assert "shop@1 from shop@2" in cli.did("flow", "rollback", NUMBER, "--reason", "too early").out
    later = cli.did("flow", "schedule", "shop@2", "--number", NUMBER, "--at", "2036-12-01 09:00").out
    assert "shop@2 is scheduled on +81312345010" in later and "goes live 2036-12-01 09:00 (Tokyo)" in later
    assert "2036-12-01 09:00" in cli.did("flow", "schedule", "--list").out
    history = cli.did("flow", "versions", "--number", NUMBER, "--json").json
    assert [(one["version"], one["state"], one["kind"]) for one in history] == [
        (2, "coming", "schedule"), (1, "live", "rollback"), (2, "past", "publish"), (1, "past", "publish"),
    ]  # fmt: skip
    assert "does not go live 2036-12-01 09:00" in cli.did("flow", "unschedule", NUMBER).out
    assert "+81312345010 (@1)" in cli.did("flow", "list").out
    assert [one["version"] for one in cli.did("flow", "versions", "shop", "--json").json] == [2, 1]
    assert cli.did("flow", "diff", "shop@1", str(files / "next.yaml")).out == (
        f"from shop@1 to {files / 'next.yaml'}:\n  calendar shop: mon-fri 09:00-17:00 instead of 09:00-18:00\n"
    )


def test_what_is_met_when(cli: Cli, files: Path) -> None:
    cli.did("flow", "publish", str(files / "shop.yaml"), "--number", NUMBER)
    said = cli.did("flow", "at", NUMBER, "2036-12-02 10:00").out
    assert "Tue 2036-12-02 10:00 in Asia/Tokyo" in said
    assert "  hours: asks calendar shop -> open (Tuesday" in said
    assert "  menu: asks for a key: 1, 2, 3" in said and "  hears shop-menu: " in said
    assert cli.did("caller", "add", "09012345678", "--list", "vip", "--contract", "aozora", "--note", "社長").out == (
        "09012345678 is new on list vip\n"
    )
    assert "person: hands to a human" in cli.did("flow", "at", NUMBER, "--caller", "090-1234-5678").out
    ahead = cli.did("flow", "timeline", NUMBER, "--days", "9").out
    assert "within mon-fri 09:00-18:00" in ahead and " in Asia/Tokyo is " not in ahead
    shifted = cli.did("flow", "timeline", NUMBER, "--days", "9", "--diff", str(files / "next.yaml")).out
    assert "live: within mon-fri 09:00-18:00; draft: outside mon-fri 09:00-17:00" in shifted
    assert (
        "is closed until further notice"
        in cli.did("flow", "close", NUMBER, "--reason", "typhoon", "--until", "further notice").out
    )
    assert "closure: closed since" in cli.did("flow", "at", NUMBER).out
    assert "typhoon" in cli.did("flow", "closures").out
    cli.did("flow", "reopen", NUMBER)
    assert cli.did("flow", "closures").out == "nothing is closed\n"


def test_r23_callers_come_from_a_spreadsheet_and_go(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "vip.csv"
    file.write_bytes("number,note\n09012345678,社長\n0312345678,\n".encode("cp932"))
    where = ("--list", "vip", "--contract", "aozora")
    said = cli.did("caller", "import", str(file), *where).out
    assert said.startswith(f"{file}: 2 new, 0 with another note, 0 as before") and "no flow that answers now" in said
    shown = cli.did("caller", "list", "--contract", "aozora", "--json").json
    assert [(one["number"], one["note"]) for one in shown] == [("+81312345678", ""), ("+819012345678", "社長")]
    assert "on list vip of" in cli.did("keep", "disclose", "09012345678").out
    cli.did("caller", "remove", "0312345678", *where)
    assert "1 times on a list" in cli.did("keep", "erase", "--caller", "09012345678", "--reason", "asked").out
    assert cli.did("caller", "list", "--contract", "aozora").out == "nobody\n"
    file.write_bytes("番号\nx\n".encode("euc-jp") + b"\xff")
    assert "neither UTF-8 nor Shift_JIS" in cli("caller", "import", str(file), *where).one_line(2)


def test_several_files_are_checked_and_all_their_mistakes_told(cli: Cli, files: Path) -> None:
    said = cli("flow", "check", *(str(files / name) for name in ("shop.yaml", "bad.yaml", "next.yaml")))
    assert said.status == 2
    assert said.out.count("no mistakes") == 2
    assert f"smartdesk: {files / 'bad.yaml'}:" in said.err and "unknown kind 'hangupp'" in said.err
    assert cli.did("flow", "check", str(files / "shop.yaml"), "--json").json["nodes"] == 7


def test_what_is_broken_is_told_line_by_line_and_can_be_forced(cli: Cli, files: Path) -> None:
    before = stored(cli.home)
    said = cli("flow", "publish", str(files / "mute.yaml"), "--number", NUMBER)
    assert (said.status, said.out, stored(cli.home)) == (2, "", before)
    assert all(line.startswith("smartdesk: ") for line in said.err.splitlines())
    assert "can reach no human" in said.err and "--force --reason REASON" in said.err
    forced = cli.did("flow", "publish", str(files / "mute.yaml"), "--number", NUMBER, "--force", "--reason", "owner")
    assert "NOT proved for +81312345010" in forced.out and "FORCED although +81312345010: " in forced.out


MISTAKES = (
    (("flow", "publish", "{shop}", "--number", NUMBER, "--force"), "--force needs --reason"),
    (("flow", "publish", "{shop}", "--number", "0399999999"), "+81399999999 is not assigned"),
    (("flow", "versions"), "name a flow, or a number with --number"),
    (("flow", "diff", "none", "{shop}"), "no flow none"),
    (("flow", "rollback", NUMBER), "no flow answers there yet"),
    (("flow", "schedule", "{shop}", "--number", NUMBER), "name a file or FLOW@VERSION, --number and --at; or --list"),
    (("flow", "schedule", "{shop}", "--number", NUMBER, "--at", "2020-01-01 00:00"), "has passed"),
    (("flow", "at", NUMBER, "tomorrow"), "'tomorrow' is no time"),
    (("flow", "timeline", "0399999999"), "+81399999999 is not assigned"),
    (("flow", "close", NUMBER), "--reason"),
    (("flow", "reopen", NUMBER), "is not closed"),
    (("caller", "add", "110", "--list", "vip", "--contract", "aozora"), "caller: '110' is no telephone number"),
    (("caller", "add", "0312340000", "--list", "VIP", "--contract", "aozora"), "list: a short name is needed"),
    (("caller", "import", "/no/such/file", "--contract", "aozora"), "/no/such/file"),
)


def test_a_mistake_is_one_line_and_changes_nothing(cli: Cli, files: Path) -> None:
    before = stored(cli.home)
    for words, why in MISTAKES:
        assert why in cli(*(word.format(shop=files / "shop.yaml") for word in words)).one_line(2)
    assert stored(cli.home) == before
