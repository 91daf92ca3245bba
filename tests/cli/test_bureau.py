"""R7.1, R13, R14, R31 at the command line: numbers, notices, terms, changes, letters. In this very process: fast."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from smartdesk_pbx.cli.main import main
from tests.cli.conftest import Cli, Said


@dataclass(frozen=True)
class Here(Cli):
    """The command line without another process."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Said:
        self.capture.readouterr()
        status = main(["--home", str(self.home), *words])
        said = self.capture.readouterr()
        return Said(status, said.out, said.err)


@pytest.fixture
def here(cli: Cli, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(cli.home, capsys)


def test_r7_1_numbers_come_from_the_pool_and_go_back_into_quarantine(here: Here) -> None:
    here.did("number", "stock", "0312345011", "0312345012", "--carrier", "NTT")
    assert here.did("number", "add", "--subscriber", "aozora", "--json").json["number"] == "+81312345011"
    here.did("number", "release", "0312345011", "--reason", "not needed")
    here.did("number", "port-out", "0312345012", "--carrier", "KDDI", "--reason", "sold")
    said = here("number", "add", "0312345012", "--subscriber", "aozora").one_line(2)
    assert "was ported out to KDDI" in said
    here.did("number", "refuse", "aozora", "--number", "0312345012", "--reason", "not ours any more")
    states = {one["number"][-2:]: one["state"] for one in here.did("number", "pool", "--json").json}
    assert states == {"10": "assigned", "11": "quarantined", "12": "ported_out"}
    told = [(one["event"], one["reason"]) for one in here.did("number", "history", "0312345012", "--json").json]
    assert told == [("stocked", ""), ("ported_out", "sold"), ("refused", "not ours any more")]
    assert "no number of the pool is free" in here("number", "add", "--subscriber", "aozora").one_line(2)


def test_r13_a_notice_is_given_told_and_ended(here: Here) -> None:
    words = ("--subject", "回線工事", "--text", "本文", "--from", "2099-12-01 02:00", "--to", "2099-12-01 04:00")
    given = here.did("notice", "add", "maintenance", *words, "--contract", "aozora", "--json").json
    assert (given["state"], given["from_at"], given["told"]) == ("coming", "2099-11-30T17:00:00Z", 1)
    assert "2099-12-01 02:00" in here.did("notice", "show", given["notice"]).out
    here.did("notice", "end", given["notice"])
    (one,) = here.did("notice", "list", "--subscriber", "aozora", "--json").json
    assert one["state"] == "withdrawn"
    assert "over already" in here("notice", "end", given["notice"]).one_line(2)
    assert "name at most one" in here("notice", "add", "maintenance", *words, "--node", "n1", "--plan", "x").one_line(2)
    assert "not built in" in here("notice", "add", "maintenance", *words, "--prompt", "nosuch").one_line(2)


def test_r31_terms_are_added_told_and_consented_to(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_text("第1条\n", "utf-8")
    here.did("terms", "add", str(file), "--version", "2024-01", "--effective", "2024-01-01")
    late = here("terms", "add", str(file), "--version", "next", "--effective", "2024-02-01").one_line(2)
    assert "one month ahead (Article 31.3)" in late
    here.did("terms", "add", str(file), "--version", "next")
    assert [one["state"] for one in here.did("terms", "list", "--json").json] == ["in force", "coming"]
    assert here.did("terms", "show").out.endswith("\n第1条\n")
    here.did("terms", "consent", "aozora", "2024-01", "--by", "mio")
    assert [one["how"] for one in here.did("terms", "consents", "--json").json] == ["writing"]
    assert "consented to 2024-01 already" in here("terms", "consent", "aozora", "2024-01").one_line(2)


def test_r14_a_detail_is_changed_by_request_and_its_letter_waits_for_a_mail_server(here: Here) -> None:
    words = ("change", "request", "aozora")
    assert "no registered detail" in here(*words, "colour", "red").one_line(2)
    asked = here.did(*words, "mail", "kaoru@example.jp", "--json").json
    assert (asked["state"], here.did("change", "approve", asked["request"], "--json").json["version"]) == ("asked", 1)
    words = ("change", "register", "aozora")
    sources = here.did(*words, "forward_sources", "0355550000", "--number", "0312345010", "--json").json
    assert sources["version"] == 2
    assert here.did("number", "show", "0312345010", "--json").json["sources"] == ["+81355550000"]
    values = [one["value"] for one in here.did("change", "history", "aozora", "--json").json]
    assert values == [["+81398765432"], ["+81355550000"], ["kaoru@example.jp"]]
    first, _ = here.did("outbox", "list", "--state", "queued", "--json").json
    assert here.did("outbox", "show", first["letter"], "--json").json["to"] == "kaoru@example.jp"
    assert "no mail server is set up" in here("outbox", "send").one_line(2)
    found = {one["part"]: one for one in here("doctor", "--json").json}
    assert (found["letters"]["state"], found["letters"]["said"]) == ("note", "2 waiting, 0 failed; no mail server")
