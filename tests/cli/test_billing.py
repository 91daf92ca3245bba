"""The money commands as operations staff type them: prices, close, invoices, rating again. In this process: fast."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.cli.main import main
from smartdesk_pbx.errors import NotAllowed
from smartdesk_pbx.office.actor import Actor
from smartdesk_pbx.office.office import open_office
from smartdesk_pbx.office.registry import perform
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.schema import upgrade
from tests.store.money import MONTH, PRICES, Told, open_at, set_up, sign_up, tell

OCTOBER = str(MONTH)


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with four subscribers in October, one of them with a case that is still open."""
    file = tmp_path_factory.mktemp("bureau") / "smartdesk.db"
    upgrade(f"sqlite:///{file}")
    store = open_at(f"sqlite:///{file}")

    def seed(c: Connection) -> None:
        set_up(c)
        for n in range(3):
            tell(c, *sign_up(c, n), [Told(n * 100 + i, i) for i in range(n * 3)])
        tell(c, *sign_up(c, 9), [Told(900, 1)], closed=False)

    store.run_now(seed)
    store.run_now(lambda c: c.exec_driver_sql("SELECT 1"))
    store.close_now()
    return file.read_bytes()


@pytest.fixture
def home(seeded: bytes, tmp_path: Path) -> Path:
    (tmp_path / "smartdesk.db").write_bytes(seeded)
    return tmp_path


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def words(*words: str) -> Said:
        capsys.readouterr()
        status = main(["--home", str(home), *words])
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return words


def test_r16_1_a_month_from_the_dry_run_to_the_credit_note(run: Run) -> None:
    dry = run("billing", "close", OCTOBER, "--dry-run")
    assert dry.status == 1 and "s9: 1 open: case" in dry.out
    assert f"{OCTOBER}: 3 contracts would be closed, 9 cases" in dry.out
    refused = run("billing", "close", OCTOBER)
    assert refused.status == 1 and "nothing was closed (1 problem)" in refused.out
    assert run("billing", "list", OCTOBER, "--json").json == []
    done = run("billing", "close", OCTOBER, "--skip", "--json").json
    assert (done["closed"], done["invoices"]["documents"], done["blocked"]) == (3, 3, False)
    assert [row["subscriber"] for row in run("billing", "list", OCTOBER, "--json").json] == ["s0", "s1", "s2"]
    shown = run("invoice", "show", "3", "--json").json
    assert (shown["document"]["total_yen"], shown["shown_at"]) == (33_407, None)
    explained = run("invoice", "explain", "3", "over-1")
    assert "invoice 3, over-1 請求対象案件（4～5件目）: 2 × 205 = 410 yen, prices from 2026-04" in explained.out
    assert len(run("invoice", "explain", "3", "over-1", "--json").json["cases"]) == 2
    assert (
        "credit note 4 for invoice 3: -451 yen"
        in run("invoice", "credit", "3", "--reason", "二重", "--line", "over-1").out
    )
    assert run("invoice", "show", "3", "--json").json["corrected_by"] == [4]
    assert "every byte the same" in run("billing", "rerate", OCTOBER, "--check").out


def test_r16_1_the_subscribers_view_freezes_and_the_operators_does_not(run: Run) -> None:
    run("billing", "close", OCTOBER, "--skip")
    assert run("invoice", "show", "1", "--json").json["shown_at"] is None
    seen = run("invoice", "show", "1", "--as-subscriber", "--json").json
    assert seen["shown_at"] and run("invoice", "show", "1", "--json").json["shown_at"] == seen["shown_at"]
    listed = {row["number"]: row["shown_at"] for row in run("invoice", "list", "--json").json}
    assert listed == {1: seen["shown_at"], 2: None, 3: None}


def test_r23_a_subscriber_sees_only_their_own_invoices(run: Run, home: Path) -> None:
    run("billing", "close", OCTOBER, "--skip")
    mine = run("invoice", "show", "1", "--json").json["document"]["subscriber_id"]

    async def look(number: int) -> Any:
        from uuid import UUID

        who = Actor("s0", "subscriber", subscriber_id=UUID(mine))
        async with open_office(Settings(home=home)) as office:
            return await perform(office, "invoice.view", {"invoice": number}, actor=who)

    assert asyncio.run(look(1)).shown_at is not None
    with pytest.raises(NotAllowed):
        asyncio.run(look(2))


def test_r25_a_close_leaves_one_line_in_the_audit_trail_and_a_dry_run_none(run: Run) -> None:
    run("billing", "close", OCTOBER, "--dry-run")
    run("billing", "close", OCTOBER, "--skip")
    traces = [row for row in run("audit", "list", "--json").json if row["operation"] == "billing.close"]
    assert [row["about"] for row in traces] == [{"month": OCTOBER}]


def test_r15_prices_are_put_in_force_and_tried_out(run: Run, tmp_path: Path) -> None:
    dearer = tmp_path / "dearer.yaml"
    dearer.write_text(PRICES.replace("yen: 9805", "yen: 10805"), "utf-8")
    rows = run("billing", "whatif", OCTOBER, "--plans", str(dearer), "--json").json
    assert {row["difference_yen"] for row in rows} == {1100}
    dearer.write_text(dearer.read_text("utf-8").replace("2026-04", "2026-12"), "utf-8")
    assert "plan standard: prices from 2026-12, version 1" in run("plan", "price", str(dearer)).out
    assert [row["from_month"] for row in run("plan", "prices", "--json").json] == ["2026-04", "2026-12"]
    assert "yen: 10805" in run("plan", "prices", "standard", "--month", "2027-03").out
    assert "yen: 9805" in run("plan", "prices", "standard", "--month", "2026-11").out
    preview = run("billing", "preview", "s2", OCTOBER)
    assert "total: 33,407 yen" in preview.out and "preview" in preview.out


def test_the_operator_is_set_piece_by_piece_and_its_number_is_verified(run: Run) -> None:
    assert "version 2" in run("operator", "set", "--phone", "03-1111-2222").out
    shown = run("operator", "show", "--json").json["issuer"]
    assert (shown["phone"], shown["registration"]) == ("03-1111-2222", "T7000012050002")
    wrong = run("operator", "set", "--registration", "T7000012050003")
    assert (wrong.status, wrong.out) == (2, "") and "check digit" in wrong.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("billing", "close", "2026-13"), "'2026-13' is no month"),
        (("billing", "close", "October"), "month: "),
        (("billing", "close", OCTOBER, "--contract", "nobody"), "no subscriber nobody"),
        (("billing", "show", "s1", OCTOBER), "2026-10 is not closed for contract"),
        (("billing", "preview", "s1", "2026-01"), "no prices for plan standard in 2026-01"),
        (("invoice", "show", "1"), "no invoice 1"),
        (("invoice", "credit", "1", "--reason", "x"), "no invoice 1"),
        (("plan", "price", "/no/such/file"), "/no/such/file"),
    ],
)
def test_mistakes_are_one_line_and_status_2(run: Run, words: Sequence[str], says: str) -> None:
    said = run(*words)
    assert (said.status, said.out) == (2, "") and says in said.err
    assert said.err.count("\n") == 1


def test_all_mistakes_of_a_price_table_are_told_with_their_lines(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(PRICES.replace("9805", "x").replace("tax: 10", "tax: 11"), "utf-8")
    said = run("plan", "price", str(bad))
    assert said.status == 2
    assert [line.split(": ")[1] for line in said.err.splitlines()] == [f"{bad}:3", f"{bad}:10"]
