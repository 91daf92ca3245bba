"""The month of `smartdesk demo --month`, small: six subscribers, three days of calls, everything after them."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from smartdesk_pbx.cli.main import main
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.trial.month.cast import ROLES, cast
from smartdesk_pbx.trial.month.figures import STATES, Agreed, outcome
from smartdesk_pbx.trial.month.picture import draw
from smartdesk_pbx.trial.month.play import DAYS, Played, play
from smartdesk_pbx.trial.month.tell import tell
from smartdesk_pbx.trial.month.visits import visits
from smartdesk_pbx.trial.teller import Teller

SEED = 7
THREE_DAYS = DAYS[12:15]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bureau") / "month"


@pytest.fixture(scope="module")
def played(home: Path) -> Played:
    return play(Settings(home=home, database_url=None), seed=SEED, subscribers=6, days=THREE_DAYS)


def test_every_sum_agrees_and_nobody_had_to_be_alarmed(played: Played) -> None:
    """R15, R16.1: calls, cases, judgements, units, yen, books, chains, all computed twice."""
    assert [one.what for one in played.agreed if not one.holds] == []
    assert len(played.agreed) == 8 and played.alarms == []
    records = played.reconciled
    assert records["records"] == records["cases"] == len(played.month.cases) > 50
    assert (records["open"], records["differences"], records["days"]) == (0, 0, 31)


def test_every_state_and_every_kind_of_call_appears(played: Played) -> None:
    assert {state for row in played.month.states.values() for state in row if state} == set(STATES)
    found = Counter(outcome(file) for file in played.month.cases)
    assert {"an agent", "voice guidance alone", "left before that", "emergency number told"} <= found.keys()
    assert [requests for _, requests in played.month.releases] == [3], "R8.2"
    assert {article for _, article, _ in played.told} == {
        "R4.1", "R4.2", "R4.3", "R7.2", "R8.4", "R9", "R12", "R13", "R18", "R19",
    }  # fmt: skip


def test_each_role_costs_what_its_story_says(played: Played) -> None:
    """R15, R18.3: the new one pays the whole month and its set-up, the cancelled one the early-termination fee."""
    parts = {charge.member.role: charge.parts for charge in played.month.charges}
    assert (parts["new"]["basic fee"], parts["new"]["set-up"]) == (12_800, 15_000)
    assert parts["cancels"]["early termination"] == 10_000
    assert all("early termination" not in parts[role] for role in ROLES if role != "cancels")
    assert played.month.requests["s04"][0][1].endswith("2026-11-30"), "R18: asked after the 25th"


def test_the_close_is_refused_nothing_and_repeats_nothing(played: Played) -> None:
    """R16.1: the first dry run finds what is not read yet, the second is clean, a second close changes nothing."""
    (early,) = played.early["problems"]
    assert "not read to the end of 2026-10" in early["wrong"] and played.dry["problems"] == []
    assert (played.closed["closed"], played.again["closed"]) == (6, 0)
    assert played.closed["invoices"] == played.dry["invoices"]


def test_r16_2_the_odd_payments_and_the_debt_that_stays(played: Played) -> None:
    assert (played.paid["new"], played.paid["matched"], len(played.left)) == (5, 4, 1)
    assert played.left[0]["perhaps"] == [played.bank.unknown.number]
    assert [sent["step"] for run in played.reminders for sent in run] == [1, 2, 3]
    (owed,) = played.owed
    assert (owed["subscriber"], owed["due_on"]) == ("s02", "2026-11-02"), "R19: all it owes was due at once"
    (charged,) = played.interest
    assert charged["yen"] == owed["billed_yen"] * 146 * 59 // 365_000


def test_the_same_seed_gives_the_same_calls() -> None:
    members = cast(SEED, 6)
    assert members == cast(SEED, 6) != cast(SEED + 1, 6)
    assert visits(SEED, members, THREE_DAYS) == visits(SEED, members, THREE_DAYS) != visits(8, members, THREE_DAYS)
    assert [member.role for member in members] == [*ROLES, "new"]


def told(played: Played, picture: Path) -> tuple[bool, str]:
    """What the story says of itself, and all its words."""
    out = io.StringIO()
    good = tell(Teller(Console(file=out, width=80, markup=False), 0.0), played, picture, "smartdesk --home var/month")
    return good, out.getvalue()


def test_a_sum_that_does_not_agree_is_seen(played: Played, home: Path) -> None:
    good, said = told(played, home / "month.png")
    assert good and said.count("✓") == 10 and "✗" not in said
    assert "smartdesk --home var/month books summary" in said
    wrong = replace(played, agreed=[*played.agreed, Agreed("1 = 2", False)])
    good, said = told(wrong, home / "month.png")
    assert not good and "✗ 1 = 2" in said


def test_the_picture_is_drawn(played: Played, home: Path) -> None:
    draw(played.month, home / "month.png")
    assert (home / "month.png").read_bytes().startswith(b"\x89PNG")
    assert all(paper.read_bytes().startswith(b"%PDF-") for paper in played.papers)


def test_a_home_of_something_else_is_not_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "smartdesk.db").write_text("precious", "utf-8")
    with pytest.raises(RuleBroken, match="something else"):
        play(Settings(home=tmp_path, database_url=None))
    assert (tmp_path / "smartdesk.db").read_text("utf-8") == "precious"
    assert main(["--home", str(tmp_path), "demo", "--seed", "1"]) == 2
    assert "--seed belongs to --month" in capsys.readouterr().err
