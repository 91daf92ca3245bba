"""R26: an archive goes into an empty installation and comes out the same: rows, chains, recordings, invoices."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import Connection, LargeBinary, select

from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office import archive
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import archive_read, case, closed, contract, portable, subscriber
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.case import erase
from smartdesk_pbx.store.rerate import rerate
from smartdesk_pbx.store.resealing import sealed_columns
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.signing import make_signer
from smartdesk_pbx.store.tables import metadata
from tests.store.keeping import CALLER, EMERGENCY, NOW, House
from tests.store.test_chain import tamper
from tests.store.test_rerate import three_months

RESEALED = {("case_key", "wrapped"), ("subscriber", "emergency_sealed")}
"""What is sealed anew on the way, of the columns that the tests fill."""


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


def rows(store: Store, tables: list[str]) -> dict[str, list[Any]]:
    """Every row of these tables, without what is sealed anew on the way."""

    def look(connection: Connection) -> dict[str, list[Any]]:
        found = {}
        for name in tables:
            columns = [c for c in metadata.tables[name].columns if (name, c.name) not in RESEALED]
            found[name] = sorted(map(repr, connection.execute(select(*columns))))
        return found

    return store.read_now(look)


def of_chain(store: Store, name: str, chain: UUID) -> list[Any]:
    """The rows of one chain in order."""
    table = metadata.tables[name]
    return store.read_now(lambda c: sorted(c.execute(select(table).where(table.c.chain == chain)).all()))


@pytest.fixture
def elsewhere(new_database: Callable[[bool], str], tmp_path: Path) -> Settings:
    """An installation in which nothing is yet, with its own keys."""
    settings = Settings(home=tmp_path / "elsewhere", database_url=new_database(True))
    load_keys(settings.home)
    return settings


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "archive.tar", tmp_path / "transfer.key"


@pytest.fixture
def arrived(elsewhere: Settings) -> Iterator[Store]:
    store = Store.open(elsewhere)
    yield store
    store.close_now()


def export(house: House, files: tuple[Path, Path], name: str | None = "aozora", readable: bool = False) -> archive.Told:
    return archive.export(house.office.settings, name, *files, readable=readable, progress=quiet)


def another_subscriber(house: House) -> tuple[UUID, UUID]:
    """With a contract, a call, and an emergency number of their own."""
    mine = house.subscriber, house.contract
    who, of = uuid4(), uuid4()

    def seed(c: Connection) -> None:
        subscriber.add(
            c, id=who, slug="midori", name="みどり", announced_name="みどり", announced_reading="ミドリ", at=NOW
        )
        subscriber.set_emergency(c, house.sealer, who, number="+81355556666", prompt="emer-02")
        contract.add(c, id=of, subscriber_id=who, plan=standard_plan().plan, started_on=date(2026, 4, 1))

    house.store.run_now(seed)
    house.subscriber, house.contract = who, of
    house.call(NOW)
    house.subscriber, house.contract = mine
    return who, of


# ---- there and back ----------------------------------------------------------------------------


def test_r26_a_contract_comes_out_in_an_empty_installation_as_it_went_in(
    house: House, elsewhere: Settings, files: tuple[Path, Path], arrived: Store
) -> None:
    calls = [house.call(NOW - timedelta(days=n)) for n in range(3)]
    erased = calls.pop()
    house.store.run_now(lambda c: erase(c, erased))
    another_subscriber(house)
    told = export(house, files)
    assert (told.subscriber, told.contracts, told.chains, told.recordings, told.missing) == ("aozora", 1, 1, 3, ())
    assert archive.verify(files[0], None) == told
    assert archive.bring_in(elsewhere, *files, told.signed_by, quiet) == told
    for name in ("case_event", "ledger_entry", "chain_head"):
        assert of_chain(arrived, name, house.subscriber) == of_chain(house.store, name, house.subscriber) != []
    assert arrived.read_now(verify_all) == []
    keys = load_keys(elsewhere.home)
    sealer = Sealer(keys.master, keys.installation)
    for call in calls:
        facts = arrived.read_now(lambda c, call=call: case.events_of(c, sealer, call))  # type: ignore[misc]
        assert facts[0].fact.caller == CALLER  # type: ignore[union-attr]
        assert list(elsewhere.recordings_dir.rglob(f"{call}.wav"))
    gone = arrived.read_now(lambda c: case.events_of(c, sealer, erased))
    assert gone[0].erased, "what was erased stays erased"
    (who,) = arrived.read_now(subscriber.listing)
    assert subscriber.emergency_of(sealer, who) == EMERGENCY


def test_r26_the_whole_business_comes_out_row_for_row(
    house: House, elsewhere: Settings, files: tuple[Path, Path], arrived: Store
) -> None:
    house.call(NOW)
    another_subscriber(house)
    told = export(house, files, name=None)
    assert (told.subscriber, told.contracts, told.chains) == (None, 2, 2)
    archive.bring_in(elsewhere, *files, None, quiet)
    goes = [name for name, place in portable.places().items() if not place.startswith("stays")]
    assert rows(arrived, goes) == rows(house.store, goes)
    assert load_keys(elsewhere.home).installation == house.office.keys.installation, "callers stay countable"
    assert load_keys(elsewhere.home).master != house.office.keys.master


async def test_r26_r16_1_invoices_come_out_byte_equal_and_can_be_rated_again(
    url: str, elsewhere: Settings, files: tuple[Path, Path], tmp_path: Path, arrived: Store
) -> None:
    """Three closed months with corrections: the frozen documents, and what the ledger gives when rated anew."""
    store = await three_months(url)
    old = Settings(home=tmp_path / "old", database_url=url)
    archive.export(old, "s1", *files, readable=False, progress=quiet)
    archive.bring_in(elsewhere, *files, None, quiet)
    invoices = metadata.tables["invoice"]
    of = invoices.c.contract_id == UUID(int=201)
    documents = [
        one.read_now(lambda c: c.execute(select(invoices).where(of).order_by(invoices.c.number)).all())
        for one in (store, arrived)
    ]
    assert len(documents[0]) == 5 and documents[0] == documents[1]
    months = arrived.read_now(lambda c: closed.months_of(c, UUID(int=201)))
    assert len(months) == 3
    assert [wrong for row in months for wrong in arrived.read_now(lambda c, row=row: rerate(c, row))] == []  # type: ignore[misc]
    books = metadata.tables["book_posting"]
    balances = [one.read_now(lambda c: sorted(map(repr, c.execute(select(books))))) for one in (store, arrived)]
    assert balances[0] == balances[1] != []
    store.close_now()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_r26_nothing_of_another_subscriber_is_in_a_contracts_archive(house: House, files: tuple[Path, Path]) -> None:
    house.call(NOW)
    who, of = another_subscriber(house)
    (theirs,) = [call for call in house.calls[1:]]
    export(house, files, readable=True)
    content = files[0].read_bytes()
    for name in (str(who), str(of), str(theirs), "midori", "みどり"):
        assert name.encode() not in content
    assert "あおぞら".encode() in content


@pytest.mark.parametrize("backend", ["sqlite"])
def test_r23_without_its_key_an_archive_tells_no_name_and_no_number(house: House, files: tuple[Path, Path]) -> None:
    house.call(NOW)
    export(house, files)
    content = files[0].read_bytes()
    for secret in ("鈴木", "見積り", CALLER, CALLER[3:], EMERGENCY):
        assert secret.encode() not in content
    assert house.office.keys.master.hex().encode() not in content
    assert files[1].read_bytes().strip() not in content
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_r26_for_people_the_cases_are_added_in_clear_with_a_description(house: House, files: tuple[Path, Path]) -> None:
    call = house.call(NOW)
    export(house, files, readable=True)
    with tarfile.open(files[0]) as tar:
        assert tar.getnames()[:3] == ["README.md", "manifest.json", "manifest.sig"]
        (line,) = tar.extractfile("readable/cases.jsonl").read().splitlines()  # type: ignore[union-attr]
        readme = tar.extractfile("README.md").read().decode()  # type: ignore[union-attr]
        schema = json.load(tar.extractfile("schema.json"))  # type: ignore[arg-type]
    assert json.loads(line)["case"] == str(call) and "鈴木".encode() in line
    assert "smartdesk archive import" in readme and "`tables/case_event.jsonl`: 8 rows" in readme
    assert schema["case_event"]["at"].startswith("time, UTC")


# ---- what is refused ---------------------------------------------------------------------------


def test_r26_a_second_import_and_one_over_others_data_change_nothing(
    house: House, elsewhere: Settings, files: tuple[Path, Path], arrived: Store
) -> None:
    house.call(NOW)
    export(house, files)
    archive.bring_in(elsewhere, *files, None, quiet)
    names = [table.name for table in metadata.sorted_tables]
    before = rows(arrived, names)
    with pytest.raises(RuleBroken, match="here already"):
        archive.bring_in(elsewhere, *files, None, quiet)
    assert rows(arrived, names) == before


def test_r26_a_plan_with_other_content_is_told_and_nothing_is_brought_in(
    house: House, elsewhere: Settings, files: tuple[Path, Path], arrived: Store
) -> None:
    plan = standard_plan()
    arrived.run_now(lambda c: contract.put_plan(c, id=plan.plan, name="Another", settings={}, rules=plan.rules))
    export(house, files)
    with pytest.raises(RuleBroken, match="plan standard is here with other content"):
        archive.bring_in(elsewhere, *files, None, quiet)
    assert arrived.read_now(subscriber.listing) == []


def changed(file: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Rewrite one file in an archive."""
    with tarfile.open(file) as old:
        members = [(m.name, old.extractfile(m).read()) for m in old.getmembers()]  # type: ignore[union-attr]
    with tarfile.open(file, "w") as new:
        for of, content in members:
            said = change(content) if of == name else content
            member = tarfile.TarInfo(of)
            member.size = len(said)
            new.addfile(member, io.BytesIO(said))


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("tables/ledger_entry.jsonl", lambda b: b.replace(b"human", b"robot"), "not the file that was written"),
        ("manifest.json", lambda b: b.replace(b'"aozora"', b'"midori"'), "signature is not of key"),
        ("manifest.sig", lambda b: b"{}", "no archive of smartdesk"),
        ("recordings/{call}", lambda b: b[:-1], "not the file that was written"),
        ("tables/ledger_entry.jsonl", lambda b: b"", "not the file that was written"),
    ],
)
def test_r26_a_tampered_archive_is_refused(
    house: House, elsewhere: Settings, files: tuple[Path, Path], arrived: Store, name: str,
    change: Callable[[bytes], bytes], says: str,
) -> None:  # fmt: skip
    call = house.call(NOW)
    export(house, files)
    with tarfile.open(files[0]) as tar:
        (sound,) = [one for one in tar.getnames() if one.endswith(f"{call}.wav")]
    changed(files[0], sound if "{call}" in name else name, change)
    with pytest.raises(RuleBroken, match=says):
        archive.verify(files[0], None)
    with pytest.raises(RuleBroken, match=says):
        archive.bring_in(elsewhere, *files, None, quiet)
    assert arrived.read_now(subscriber.listing) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_r26_an_archive_signed_by_somebody_else_is_told(house: House, files: tuple[Path, Path], tmp_path: Path) -> None:
    told = export(house, files)
    assert archive.verify(files[0], told.signed_by).signed_by == told.signed_by
    other = make_signer(tmp_path / "other")
    with pytest.raises(RuleBroken, match=f"not of key {other.id}"):
        archive.verify(files[0], other.public)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_r26_a_chain_that_was_broken_before_the_export_is_told(
    house: House, elsewhere: Settings, files: tuple[Path, Path]
) -> None:
    """The signature says who made the archive, not that the ledger holds: that is computed again."""
    house.call(NOW)
    tamper(house.store, "UPDATE ledger_entry SET open = replace(open, 'human', 'robot')")
    export(house, files)
    with pytest.raises(RuleBroken, match="content does not match its hash"):
        archive.verify(files[0], None)
    with pytest.raises(RuleBroken, match="does not hold"):
        archive.bring_in(elsewhere, *files, None, quiet)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_r26_another_key_opens_nothing(
    house: House, elsewhere: Settings, files: tuple[Path, Path], arrived: Store, tmp_path: Path
) -> None:
    house.call(NOW)
    export(house, files)
    wrong = tmp_path / "wrong.key"
    wrong.write_text("ab" * 32 + "\n")
    wrong.chmod(0o600)
    with pytest.raises(RuleBroken, match="cannot be opened"):
        archive.bring_in(elsewhere, files[0], wrong, None, quiet)
    assert arrived.read_now(subscriber.listing) == []
    with pytest.raises(RuleBroken, match="is not there"):
        archive.bring_in(elsewhere, files[0], tmp_path / "none.key", None, quiet)
    with pytest.raises(RuleBroken, match="is there already"):
        export(house, (tmp_path / "second.tar", files[1]))
    with pytest.raises(RuleBroken, match="overwrites nothing"):
        export(house, (files[0], tmp_path / "second.key"))


# ---- nothing is forgotten ----------------------------------------------------------------------


def test_r26_every_table_has_its_place_and_no_place_is_of_no_table() -> None:
    places = portable.places()
    assert places.keys() == {table.name for table in metadata.sorted_tables}
    named = {*portable.NEVER, *portable.HOUSE, *portable.SHARED}
    assert named <= places.keys()


def test_r26_every_column_with_ciphertext_is_known() -> None:
    columns = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert columns == sealed_columns()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("whole", "name"), [(False, "account"), (True, "session"), (True, "alembic_version")])
def test_r26_an_archive_brings_in_no_table_that_stays(
    house: House, elsewhere: Settings, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, whole: bool, name: str
) -> None:
    """Signed by whoever made it: sign-ins and accounts of their making must not come along."""
    export(house, files, None if whole else "aozora")
    unpack = archive_read.unpack

    def forged(*words: Any) -> archive_read.Opened:
        opened = unpack(*words)
        rows = {**opened.manifest.rows, name: 1}
        return replace(opened, manifest=msgspec.structs.replace(opened.manifest, rows=rows))

    monkeypatch.setattr(archive_read, "unpack", forged)
    with pytest.raises(RuleBroken, match=f"holds {name}, which no archive"):
        archive.bring_in(elsewhere, *files, None, quiet)
