"""Backup and restore (issue 4): what was backed up comes back, checked against its chain heads; keys stay apart."""

import asyncio
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import copy, keep
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import case
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.backup import Manifest, backup, read_manifest
from smartdesk_pbx.store.restore import restore
from smartdesk_pbx.store.session import Store, sqlite_file
from smartdesk_pbx.store.tables import metadata
from tests.store.keeping import CALLER, NOW, House


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


def rows(store: Store) -> dict[str, list[Any]]:
    """Every row of every table."""
    return store.read_now(lambda c: {t.name: sorted(map(repr, c.execute(select(t)))) for t in metadata.sorted_tables})


@pytest.fixture
def new_home(new_database: Callable[[bool], str], tmp_path: Path) -> Settings:
    """A home in which nothing is yet: no database (SQLite), or an empty one (PostgreSQL)."""
    return Settings(home=tmp_path / "new" / "home", database_url=new_database(False))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "backup", tmp_path / "keys"


def test_r23_a_backup_comes_back_with_every_row_recording_and_key(
    house: House, new_home: Settings, folders: tuple[Path, Path]
) -> None:
    calls = [house.call(NOW - timedelta(days=n)) for n in range(3)]
    (house.office.settings.home / "trunks.toml").write_text("# none\n")
    folder, keys = folders
    made = backup(house.office.settings, folder, keys, NOW, quiet)
    assert len(made.recordings) == 3 and made.missing == []
    done = restore(new_home, folder, keys, quiet)
    assert (done.chains, done.recordings, done.spoilt, done.upgraded) == (1, 3, (), False)
    back = Store.open(new_home)
    assert rows(back) == rows(house.store)
    assert back.read_now(verify_all) == []
    assert [head.hash for head in made.heads.heads] == back.read_now(
        lambda c: list(c.execute(text("SELECT hash FROM chain_head")).scalars())
    )
    back.close_now()
    for call in calls:
        (file,) = new_home.recordings_dir.rglob(f"{call}.wav")
        assert (
            file.read_bytes()
            == (house.office.settings.recordings_dir / file.relative_to(new_home.recordings_dir)).read_bytes()
        )
    assert (new_home.home / "trunks.toml").read_text() == "# none\n"
    assert (new_home.secrets_dir / "master").read_bytes() == (house.office.settings.secrets_dir / "master").read_bytes()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_r23_keys_are_never_in_the_backup_itself(house: House, folders: tuple[Path, Path], tmp_path: Path) -> None:
    house.call(NOW)
    folder, keys = folders
    backup(house.office.settings, folder, keys, NOW, quiet)
    secret = (house.office.settings.secrets_dir / "master").read_bytes().strip()
    assert not [f for f in folder.rglob("*") if f.is_file() and secret in f.read_bytes()]
    assert {f.stat().st_mode & 0o777 for f in (*folder.rglob("*"), *keys.rglob("*")) if f.is_file()} == {0o600}
    for wrong in (folder, folder / "keys"):
        with pytest.raises(RuleBroken, match="keep them apart"):
            backup(house.office.settings, folder, wrong, NOW, quiet)
    with pytest.raises(RuleBroken, match="lies in the home"):
        backup(house.office.settings, house.office.settings.home / "backup", None, NOW, quiet)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(RuleBroken, match="holds other things"):
        backup(house.office.settings, other, None, NOW, quiet)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_second_backup_adds_what_is_new_and_drops_what_was_erased(house: House, folders: tuple[Path, Path]) -> None:
    folder, _ = folders
    old, kept = house.call(NOW - timedelta(days=2)), house.call(NOW - timedelta(days=1))
    backup(house.office.settings, folder, None, NOW, quiet)
    before = {f.name: f.stat().st_mtime_ns for f in folder.rglob("*.wav")}
    asyncio.run(keep.erase_now(house.office, keep.Erase(case=str(old), reason="asked")))
    new = house.call(NOW)
    backup(house.office.settings, folder, None, NOW, quiet)
    after = {f.name: f.stat().st_mtime_ns for f in folder.rglob("*.wav")}
    assert after.keys() == {f"{kept}.wav", f"{new}.wav"}
    assert after[f"{kept}.wav"] == before[f"{kept}.wav"], "not copied again"


async def test_r23_what_was_erased_after_the_backup_is_erased_again_by_the_restore(
    house: House, new_home: Settings, folders: tuple[Path, Path]
) -> None:
    call, other = house.call(NOW - timedelta(days=2)), house.call(NOW)
    await asyncio.to_thread(backup, house.office.settings, *folders, NOW, quiet)
    await keep.erase_now(house.office, keep.Erase(case=str(call), reason="asked"))
    new_home.home.mkdir(parents=True)
    shutil.copy(house.office.settings.home / "erasures.jsonl", new_home.home)
    done = await copy.bring_back(new_home, *folders, quiet)
    assert done.erased_again == 2, "its recordings, then its keys"
    back = Store.open(new_home)
    for one, gone in ((call, True), (other, False)):
        facts = back.read_now(lambda c, one=one: case.events_of(c, house.sealer, one))  # type: ignore[misc]
        assert any(fact.erased for fact in facts) == gone
        assert (facts[0].fact.caller == CALLER) != gone  # type: ignore[union-attr]
        assert bool(list(new_home.recordings_dir.rglob(f"{one}.wav"))) != gone
    assert back.read_now(verify_all) == []
    back.close_now()


def test_a_restore_overwrites_nothing(house: House, new_home: Settings, folders: tuple[Path, Path]) -> None:
    house.call(NOW)
    backup(house.office.settings, *folders, NOW, quiet)
    before = rows(house.store)
    with pytest.raises(RuleBroken, match="overwrites nothing"):
        restore(house.office.settings, *folders, quiet)
    assert rows(house.store) == before
    new_home.secrets_dir.mkdir(parents=True)
    (new_home.secrets_dir / "master").write_text("another\n")
    with pytest.raises(RuleBroken, match="another secret"):
        restore(new_home, *folders, quiet)
    with pytest.raises(RuleBroken, match="no finished backup"):
        restore(new_home, folders[1], None, quiet)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_restore_needs_the_keys(house: House, new_home: Settings, folders: tuple[Path, Path]) -> None:
    backup(house.office.settings, *folders, NOW, quiet)
    with pytest.raises(RuleBroken, match="has no keys"):
        restore(new_home, folders[0], None, quiet)


def test_a_spoilt_backup_is_refused_and_leaves_nothing(
    house: House, new_home: Settings, folders: tuple[Path, Path]
) -> None:
    call = house.call(NOW)
    folder, keys = folders
    backup(house.office.settings, folder, keys, NOW, quiet)
    name = read_manifest(folder).database.name
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(RuleBroken, match="not the file that was written"):
        restore(new_home, folder, keys, quiet)
    (folder / name).write_bytes(whole)
    (sound,) = folder.rglob(f"{call}.wav")
    sound.write_bytes(b"noise")
    done = restore(new_home, folder, keys, quiet)
    assert (done.recordings, len(done.spoilt)) == (0, 1)


def test_a_backup_whose_chains_do_not_hold_is_refused(
    house: House, new_home: Settings, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heads of the backup were handed out; the database in it was cut."""
    house.call(NOW)
    made = backup(house.office.settings, *folders, NOW, quiet)
    later = replace_heads(made)
    monkeypatch.setattr("smartdesk_pbx.store.restore.read_manifest", lambda _: later)
    with pytest.raises(RuleBroken, match="cut off"):
        restore(new_home, *folders, quiet)
    file = sqlite_file(new_home)
    assert file is None or not list(file.parent.glob(f"*{file.name}*")), "nothing was put in place"


def replace_heads(made: Manifest) -> Manifest:
    heads = [msgspec.structs.replace(head, seq=head.seq + 1) for head in made.heads.heads]
    return msgspec.structs.replace(made, heads=msgspec.structs.replace(made.heads, heads=heads))


async def test_a_backup_is_of_one_moment_while_others_write(house: House, folders: tuple[Path, Path]) -> None:
    """Calls that go on while the copy is made: its heads are those of its rows, and each is whole."""
    for _ in range(3):
        house.call(NOW, recording=False)
    stop = asyncio.Event()

    async def writing() -> None:
        while not stop.is_set():
            await asyncio.to_thread(house.call, NOW, recording=False)

    writer = asyncio.create_task(writing())
    try:
        made = await asyncio.to_thread(backup, house.office.settings, *folders, NOW, quiet)
    finally:
        stop.set()
        await writer
    assert made.heads.heads[0].seq % 8 == 0, "whole calls: each group is stored at once"
    assert len(house.calls) > 3, "calls were written meanwhile"


def test_another_kind_of_database_is_told(
    house: House, folders: tuple[Path, Path], tmp_path: Path, backend: str
) -> None:
    backup(house.office.settings, *folders, NOW, quiet)
    url = f"sqlite:///{tmp_path}/n/x.db" if backend == "postgresql" else "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(RuleBroken, match="archive export and import"):
        restore(Settings(home=tmp_path / "n", database_url=url), *folders, quiet)
