"""Payments, receivables, collection, books and papers on the command line."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smartdesk_pbx.cli.main import main
from tests.furniture import empty_database
from tests.rules.documents import line
from tests.store.owed import make_bureau


@dataclass
class Here:
    """The command in this process: a home of its own for each test, and what was printed."""

    home: Path
    capture: pytest.CaptureFixture[str]

    def did(self, *words: str) -> str:
        """What a command printed that must succeed."""
        status = main(["--home", str(self.home), *words])
        said = self.capture.readouterr()
        assert status == 0, said.err
        return said.out

    def json(self, *words: str) -> Any:
        return json.loads(self.did(*words, "--json"))

    def failed(self, *words: str) -> str:
        """The one line of a command that fails with status 2 and prints nothing else."""
        status = main(["--home", str(self.home), *words])
        said = self.capture.readouterr()
        assert (status, said.out, said.err.count("\n")) == (2, "", 1), said
        return said.err


@pytest.fixture
def owed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Here:
    """A home in which aozora owes invoice 1 of 11,000 yen."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "smartdesk.db").write_bytes(empty_database())
    bureau = make_bureau(f"sqlite:///{home}/smartdesk.db", home)
    bureau.bill("aozora", line(10_000, text="=基本料金"))
    bureau.office.store.close_now()
    return Here(home, capsys)


def test_r16_1_a_bank_s_file_is_taken_in_and_seen_in_the_books(owed: Here, tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_text("day,yen,payer,reference\n2026-12-25,10340,ｱｵｿﾞﾗ,\n2026-12-25,7,ﾀﾞﾚｶ,\n", "utf-8")
    assert "would be matched: 1" in owed.did("payment", "import", str(file), "--dry-run")
    said = owed.did("payment", "import", str(file))
    assert (
        "payer, short by the bank's fee" in said and "2 new, 0 known before; matched: 1, for you to look at: 1" in said
    )
    assert "nothing new" in owed.did("payment", "import", str(file))
    (one,) = owed.json("receivable", "list", "--on", "2026-12-26")
    assert (one["open_yen"], one["state"]) == (660, "bank_fee_short")
    assert "bank_fee_short" in owed.did("receivable", "show", "aozora")
    (left,) = owed.json("payment", "list", "--unmatched")
    assert "kept as credit" not in owed.did("payment", "assign", left["payment"], "--invoice", "1")
    assert owed.did("books", "check").endswith("all balanced\n")
    journal = tmp_path / "journal.csv"
    owed.did("books", "export", str(journal))
    rows = list(csv.reader(journal.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 1 + 3 + 2 + 2 + 2 + 2 and journal.stat().st_mode & 0o777 == 0o600
    assert "売掛金" in owed.did("books", "summary")
    assert owed.json("books", "tax", "--month", "2026-11")[0] == {
        "rate": "10", "base_yen": 10_000, "tax_yen": 1_000,
    }  # fmt: skip


def test_r16_4_debits_go_to_a_file_that_is_the_owner_s_alone(owed: Here, tmp_path: Path) -> None:
    assert "collection_code" in owed.failed("collection", "export", "--debit-on", "2027-01-27")
    (owed.home / "smartdesk.toml").write_text(
        'collection_code = "1"\ncollection_name = "スマートデスク"\ncollection_account = "0001-002-1-1234567"\n',
        "utf-8",
    )
    assert "nothing to debit" in owed.failed("collection", "export", "--debit-on", "2027-01-27")
    owed.did("contract", "set", "aozora", "payment_method=debit")
    mandate = ("--bank", "0005", "--branch", "678", "--account", "12345", "--holder", "アオゾラ")
    owed.did("collection", "mandate", "aozora", *mandate)
    said = owed.did("collection", "export", "--debit-on", "2027-01-27", "--folder", str(tmp_path))
    file = tmp_path / "debit-000001-20270127.txt"
    assert f"{file}: batch 1, 1 invoices, 11000 yen" in said
    assert file.stat().st_mode & 0o777 == 0o600 and file.read_bytes()[102 + 20 :].startswith(b"20005")
    assert "it is the file that was sent" in owed.failed("collection", "import", str(file))


def test_r16_1_an_invoice_is_printed_and_mailed_once(owed: Here, tmp_path: Path) -> None:
    out = tmp_path / "i.pdf"
    owed.did("invoice", "pdf", "1", "--out", str(out))
    assert out.read_bytes().startswith(b"%PDF-")
    owed.did("invoice", "html", "1", "--out", str(tmp_path / "i.html"))
    assert "=基本料金" in (tmp_path / "i.html").read_text("utf-8")
    assert "no mail address on file" in owed.failed("invoice", "mail", "1")
    assert owed.did("invoice", "mail", "1", "--to", "keiri@example.jp") == "invoice 1: 1 letters queued\n"
    assert (
        owed.did("invoice", "mail", "1", "--to", "keiri@example.jp") == "invoice 1: 0 letters queued, 1 sent before\n"
    )
    (listed,) = owed.json("invoice", "list")
    assert listed["shown_at"] is not None, "R16.1: what was told is frozen"
    assert date.fromisoformat(listed["due_on"]) == date(2026, 12, 31)
    assert owed.json("invoice", "mail", "--month", "2026-11")[0]["addresses"] == 0


def test_what_is_wrong_is_said_in_one_line(owed: Here, tmp_path: Path) -> None:
    assert "No such file" in owed.failed("payment", "import", str(tmp_path / "none.csv"))
    assert "no document 9" in owed.failed("receivable", "waive", "9", "--reason", "x")
    assert "name a month, or days" in owed.failed("books", "tax", "--month", "2026-11", "--since", "2026-11-01")
    assert "no invoice 9" in owed.failed("invoice", "pdf", "9")
    assert "is no month" in owed.failed("receivable", "interest", "2026-13")
