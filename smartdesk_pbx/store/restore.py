"""Restoring a backup into a home that has no database. Nothing is put in place before its chains were checked against
the heads that the backup was made with."""

from dataclasses import dataclass
from pathlib import Path

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import copies, heads_file
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.backup import Manifest, copy_keys, read_manifest
from smartdesk_pbx.store.chain import Broken
from smartdesk_pbx.store.dump import Progress, look_sqlite, restore_postgres
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.session import Store, revision_of, sqlite_file, url_of
from smartdesk_pbx.store.tables import REVISION


@dataclass(frozen=True)
class Restored:
    """What is in place again. `spoilt`: recordings that are missing in the backup, or not what they were."""

    chains: int
    recordings: int
    spoilt: tuple[str, ...]
    upgraded: bool


def restore(settings: Settings, folder: Path, keys: Path | None, progress: Progress) -> Restored:
    """Bring back a backup. `keys`: the folder with the secrets; None: they are in the home already.

    Raises `RuleBroken` when there is something to be overwritten, the copy is not whole, or a chain does not hold.
    """
    manifest = read_manifest(folder)
    _check_kind(settings, manifest)
    _check_empty(settings)
    for note in (manifest.database, *manifest.files):
        copies.check(folder, note)
    _put_keys(settings, keys)
    _put_database(settings, folder, manifest)
    spoilt = _put_recordings(settings.recordings_dir, folder / "recordings", manifest, progress)
    for note in manifest.files:
        target = copies.inside(settings.home, note.name.removeprefix("home/"))
        if not target.exists():
            copies.copy(folder / note.name, target)
    upgraded = upgrade(settings)
    return Restored(len(manifest.heads.heads), len(manifest.recordings) - len(spoilt), spoilt, upgraded)


def _check_kind(settings: Settings, manifest: Manifest) -> None:
    is_dump = manifest.database.name.endswith(".dump")
    if is_dump != (sqlite_file(settings) is None):
        kind, other = ("PostgreSQL", "SQLite") if is_dump else ("SQLite", "PostgreSQL")
        raise RuleBroken(
            f"this is a backup of a {kind} database and the home's is {other}: "
            f"set database_url, or carry it over with smartdesk archive export and import"
        )
    if manifest.revision > REVISION:
        raise RuleBroken(f"the backup is of revision {manifest.revision}, newer than this program's {REVISION}")


def _check_empty(settings: Settings) -> None:
    file = sqlite_file(settings)
    if file is not None:
        if file.exists():
            raise RuleBroken(f"{file} is there: move it away first; a restore overwrites nothing")
        return
    store = Store.open(settings, check=False)
    try:
        if store.read_now(revision_of) is not None:
            raise RuleBroken("the database is not empty: make a new one; a restore overwrites nothing")
    finally:
        store.close_now()


def _put_keys(settings: Settings, keys: Path | None) -> None:
    if keys is not None:
        if not (keys / "master").is_file():
            raise RuleBroken(f"keys: {keys} holds no secrets (smartdesk db backup --keys writes them)")
        copy_keys(keys, settings.secrets_dir)
    elif not (settings.secrets_dir / "master").is_file():
        raise RuleBroken(f"{settings.secrets_dir} has no keys, and without them nothing sealed can be read: --keys DIR")


def _put_database(settings: Settings, folder: Path, manifest: Manifest) -> None:
    source, file = folder / manifest.database.name, sqlite_file(settings)
    if file is None:
        restore_postgres(url_of(settings), source)
        store = Store.open(settings, check=False)
        try:
            broken = store.read_now(lambda c: heads_file.compare(c, manifest.heads) + verify_all(c))
        finally:
            store.close_now()
        _refuse(broken, "the database that was filled is to be dropped")
        return
    spare = file.with_name(f".{file.name}.restored")
    try:
        copies.copy(source, spare)
        broken = look_sqlite(spare, lambda c: heads_file.compare(c, manifest.heads) + verify_all(c))
        _refuse(broken, "nothing was put in place")
        spare.rename(file)
    finally:
        for name in (spare.name, f"{spare.name}-wal", f"{spare.name}-shm"):
            spare.with_name(name).unlink(missing_ok=True)


def _refuse(broken: list[Broken], then: str) -> None:
    if broken:
        raise RuleBroken(f"the backup does not hold: {broken[0]} ({len(broken)} in all); {then}")


def _put_recordings(target: Path, source: Path, manifest: Manifest, progress: Progress) -> tuple[str, ...]:
    spoilt = list(manifest.missing)
    for done, note in enumerate(manifest.recordings, start=1):
        try:
            file = copies.check(source, note)
        except RuleBroken:
            spoilt.append(note.name)
        else:
            copies.copy(file, copies.inside(target, note.name))
        progress(done, len(manifest.recordings))
    return tuple(sorted(spoilt))
