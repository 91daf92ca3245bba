"""A contract's life at the command line; what each operation does is shown in tests/office."""

from pathlib import Path

from tests.cli.conftest import Cli, stored


def test_r4_1_the_printed_form_is_entered_and_not_approved_unchecked(bare: Cli, tmp_path: Path) -> None:
    """R4.1, R4.3, R23: what is missing is told line by line; personal data is sealed."""
    (tmp_path / "terms.txt").write_text("第1条", "utf-8")
    bare.did("terms", "add", str(tmp_path / "terms.txt"), "--version", "2024-01-01", "--effective", "2024-01-01")
    file = tmp_path / "aozora.yaml"
    file.write_text(bare.did("application", "form").out, "utf-8")
    id = bare.did("application", "add", str(file), "--json").json["application"]
    refused = bare("application", "approve", id)
    assert refused.status == 2 and refused.err.splitlines() == [
        "smartdesk: identity: not verified (smartdesk application identify)",
        "smartdesk: antisocial forces: not checked (smartdesk application screen)",
    ]
    assert "青空 太郎" in bare.did("application", "show", id).out
    clear = "\n".join(stored(bare.home))
    assert not any(private in clear for private in ("office@aozora.example", "+81312345101", "青空"))


def test_r18_when_tells_before_anybody_commits(cli: Cli) -> None:
    """R12, R18: asking changes nothing, and what it told is what then happens."""
    said = cli.did("contract", "when", "cancel", "aozora")
    assert "10,000 yen (untaxed)" in said.out and "after the deadline" in said.out and "without a fee" in said.out
    answer = cli.did("contract", "when", "plan-change", "aozora", "--on", "2030-11-26", "--json").json
    assert (answer["now"]["effective_on"], answer["later"]["effective_on"]) == ("2031-01-01", "2031-02-01")
    told = cli.did("contract", "when", "cancel", "aozora", "--json").json["now"]
    assert f"ends on {told['effective_on']}, 10,000 yen" in cli.did("contract", "cancel", "aozora").out
    assert [s["kind"] for s in cli.did("contract", "history", "aozora", "--json").json] == [
        "formed", "went_live", "cancellation_requested",
    ]  # fmt: skip


def test_r3_a_setting_is_explained_and_codes_are_listed(cli: Cli) -> None:
    said = cli.did("contract", "explain", "aozora", "cancellation_fee_yen")
    assert "10000" in said.out and "built-in" in said.out and "R18" in said.out
    assert len(cli.did("contract", "reasons", "--json").json) == 5 + 14 + 11
    assert "test-call" in cli.did("contract", "onboarding", "aozora").out
