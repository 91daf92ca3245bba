"""`smartdesk flow prove`: what a person reads, what a program reads, and the status of both."""

import json
from pathlib import Path

from tests.cli.conftest import Cli

DEMO = "dialplans/flows/demo-reception.yaml"

NOBODY = """flow: nobody
languages: [ja, en]
start: menu
nodes:
  menu:
    kind: menu
    prompts: [main-menu]
    keys: {"1": info, "2": person}
    tries: 1
    on_silence: person
    on_wrong_key: person
  info: {kind: announce, prompts: [company-info], next: more}
  more: {kind: menu, prompts: [refused-menu], keys: {"2": bye}, tries: 1, on_silence: bye, on_wrong_key: bye}
  person: {kind: escalate, next: bye, on_nobody: bye}
  bye: {kind: hangup}
"""


def test_without_a_home_the_standard_plan_is_enough(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "nowhere")
    said = cli.did("flow", "prove", DEMO)
    assert "demo-reception.yaml: proved (demo-reception, plan standard; " in said.out
    assert said.out.count("  holds  ") == 5
    assert "the longest call: " in said.out and "0:00  hears: [welcome-generic" in said.out
    assert "human         agent     talk           human" in said.out
    assert "not checked:" in said.out and "lengths of prompts that are not built" in said.out
    assert not (tmp_path / "nowhere").exists()


def test_a_broken_flow_is_shown_as_a_conversation_that_can_be_played(tmp_path: Path) -> None:
    cli, flow, script = Cli(tmp_path / "nowhere"), tmp_path / "nobody.yaml", tmp_path / "nobody.test.yaml"
    flow.write_text(NOBODY, "utf-8")
    said = cli("flow", "prove", str(flow), "--script", str(script))
    assert said.status == 2
    assert f"{flow}: broken (nobody, plan standard; " in said.out
    assert "BROKEN  at node 'more' a caller can reach no human and leave no message any more" in said.out
    assert "hears: main-menu" in said.out and 'presses: "1"' in said.out
    assert "the longest call" not in said.out
    played = cli.did("flow", "simulate", str(flow), "--script")
    assert "1 conversations, 0 failed" in played.out, script.read_text("utf-8")


def test_past_the_limit_nothing_is_proved(tmp_path: Path) -> None:
    said = Cli(tmp_path / "nowhere")("flow", "prove", DEMO, "--most-states", "50", "--json")
    proof = json.loads(said.out)
    assert (said.status, proof["verdict"]) == (2, "not proved")
    assert {one["holds"] for one in proof["properties"]} == {None}
    assert proof["properties"][0]["says"] == "not proved: more than 50 states, the search was stopped"


def test_a_flow_is_proved_under_what_was_agreed(cli: Cli) -> None:
    cli.did("contract", "set", "aozora", "direct_transfer_threshold=7")
    told = cli.did("flow", "prove", DEMO, "--number", "0312345010", "--json").json["properties"][3]["says"]
    assert told == "the emergency number is never told: none is on file"
    cli.did("subscriber", "change", "aozora", "--emergency", "0312345119")
    for whose in (("--contract", "aozora"), ("--number", "0312345010")):
        proof = cli.did("flow", "prove", DEMO, *whose, "--json").json
        assert proof["properties"][3]["says"] == "the emergency number is never told below the threshold of 7 requests"
        assert proof["verdict"] == "proved" and proof["estimated"] == [], "all prompts are built"
    assert cli.did("flow", "prove", DEMO, "--plan", "standard", "--json").json["whose"] == "plan standard"
    cli.did("contract", "set", "aozora", "answering=false")
    said = cli("flow", "prove", "dialplans/flows/answering-only.yaml", "--number", "0312345010", "--json")
    assert said.status == 0, "a message can be left"


def test_mistakes_come_before_any_proof(cli: Cli, tmp_path: Path) -> None:
    flow = tmp_path / "wrong.yaml"
    flow.write_text(NOBODY.replace("next: more", "next: nowhere"), "utf-8")
    assert "there is no node 'nowhere'" in cli("flow", "prove", str(flow)).err
    both = cli("flow", "prove", DEMO, "--plan", "standard", "--contract", "aozora")
    assert "plan and contract: name one of them" in both.one_line(2)
    assert "+81312349999 is not assigned" in cli("flow", "prove", DEMO, "--number", "0312349999").one_line(2)
