"""The commands of keeping, as another program: what they print, their status, and that a mistake changes nothing."""

from pathlib import Path

from tests.cli.conftest import Cli, stored


def test_r26_an_archive_and_a_backup_travel_to_another_home(cli: Cli, tmp_path: Path) -> None:
    tar, key = tmp_path / "aozora.tar.gz", tmp_path / "aozora.key"
    said = cli.did("archive", "export", str(tar), "--contract", "aozora", "--key", str(key), "--readable")
    assert "rows of aozora" in said.out and key.stat().st_mode & 0o777 == 0o600
    public = cli.did("ledger", "key", "show", "--json").json["public_key"]
    assert cli.did("archive", "verify", str(tar), "--public-key", public, "--json").json["subscriber"] == "aozora"
    fresh = Cli(tmp_path / "fresh")
    fresh.did("db", "upgrade")
    fresh.did("archive", "import", str(tar), "--key", str(key))
    assert fresh.did("number", "show", "0312345010", "--json").json["subscriber"] == "aozora"
    folder, keys = tmp_path / "backup", tmp_path / "keys"
    assert "0 recordings" in cli.did("db", "backup", str(folder), "--keys", str(keys)).out
    again = Cli(tmp_path / "again")
    again.did("db", "restore", str(folder), "--keys", str(keys))
    assert again.did("subscriber", "show", "aozora", "--json").json["announced_name"] == "株式会社あおぞら"
    assert "overwrites nothing" in again("db", "restore", str(folder)).one_line(2)


def test_the_ledger_is_verified_against_signed_heads(cli: Cli, tmp_path: Path) -> None:
    assert cli.did("ledger", "verify").out == "0 chains, 0 entries: whole\n"
    assert "no key" in cli.did("ledger", "key", "show").out
    public = cli.did("ledger", "key", "new", "--json").json["public_key"]
    heads = tmp_path / "heads.json"
    cli.did("ledger", "heads", "--out", str(heads))
    said = cli.did("ledger", "verify", "--heads", str(heads), "--public-key", public, "--since", "2026-11-01", "--json")
    assert (said.json["breaks"], said.json["heads"]) == (0, 0)
    heads.write_text('{"taken_at":"2026-11-01T00:00:00Z","public_key":null,"heads":[{"chain":'
                     '"00000000-0000-0000-0000-000000000001","seq":5,"hash":"00"}]}')  # fmt: skip
    cut = cli("ledger", "verify", "--heads", str(heads))
    assert cut.status == 1 and "cut off: it reached 5" in cut.out and "BROKEN" in cut.out


def test_r23_holds_are_placed_and_released_and_nothing_is_due(cli: Cli) -> None:
    hold = cli.did("hold", "add", "--subscriber", "aozora", "--reason", "lawsuit", "--json").json["id"]
    assert "lawsuit" in cli.did("hold", "list").out
    cli.did("hold", "release", hold, "--reason", "settled")
    assert cli.did("hold", "list").out == "none\n"
    assert "nothing has outlived its time" in cli.did("keep", "due").out
    assert cli.did("keep", "run", "--json").json["cases"] == 0
    assert cli.did("keep", "disclose", "09012345678", "--json").json["cases"] == []
    assert "0 unexplained" in cli.did("reconcile", "run").out


def test_r25_a_breach_says_by_when(cli: Cli) -> None:
    new = cli.did("breach", "add", "list mailed", "--kind", "many", "--known-on", "2026-11-02", "--json").json["breach"]
    shown = cli.did("breach", "show", new).out
    assert "preliminary report by 2026-11-06" in shown and "final report by 2026-12-01" in shown
    assert "final report" not in cli.did("breach", "note", new, "final", "sent").out
    assert "tell the persons without delay" in cli.did("breach", "list").out


MISTAKES = (
    (("hold", "add", "--reason", "x"), "name exactly one"),
    (("keep", "erase", "--reason", "x"), "name either a case or"),
    (("breach", "add", "x", "--kind", "x"), "kind: "),
    (("reconcile", "run", "2099-01-01"), "not over yet"),
    (("ledger", "verify", "--heads", "/no/such/file"), "/no/such/file"),
    (("archive", "export", "x.tar", "--key", "x.key"), "either --contract CONTRACT or --all"),
    (("archive", "verify", "/no/such/file"), "/no/such/file: no such file"),
    (("db", "restore", "/no/such/folder"), "no finished backup"),
)


def test_a_mistake_is_one_line_and_changes_nothing(cli: Cli) -> None:
    before = stored(cli.home)
    for words, why in MISTAKES:
        assert why in cli(*words).one_line(2)
    assert stored(cli.home) == before
