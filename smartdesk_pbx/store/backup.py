"""Backups of an installation: database as of one moment, recordings, settings; the keys apart, where one says so.

A folder of backups can be used again: recordings that are there already stay, those that were erased meanwhile go.
"""

from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import copies, heads_file, signing
from smartdesk_pbx.store.copies import FileNote
from smartdesk_pbx.store.dump import Progress, copy_sqlite, dump_postgres
from smartdesk_pbx.store.forgotten import ERASURES
from smartdesk_pbx.store.session import revision_of, sqlite_file, url_of
from smartdesk_pbx.store.tables import recording
from smartdesk_pbx.store.tables.keeping import erased_file

MANIFEST = "manifest.json"

_HOME_FILES = ("smartdesk.toml", "trunks.toml", ERASURES)


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. `missing`: recordings that the database knows and the disk did not have."""

    taken_at: datetime
    revision: str
    database: FileNote
    files: list[FileNote]
    recordings: list[FileNote]
    missing: list[str]
    heads: heads_file.HeadsFile


class _Seen(msgspec.Struct, frozen=True):
    revision: str
    heads: heads_file.HeadsFile
    recordings: list[FileNote]


def backup(settings: Settings, folder: Path, keys: Path | None, at: datetime, progress: Progress) -> Manifest:
    """Back up an installation, in use or not. `keys`: a folder for the secrets, elsewhere than `folder`.

    Raises `RuleBroken` for folders that will not do, `EdgeDown` when the database is away.
    """
    _check_folders(settings, folder, keys)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer = signing.load_signer(settings.home)

    def look(connection: Connection) -> _Seen:
        return _Seen(str(revision_of(connection)), heads_file.take(connection, signer, at), _recordings(connection))

    live = sqlite_file(settings)
    name = "database.dump" if live is None else "database.db"
    spare = folder / f".{name}.part"
    spare.unlink(missing_ok=True)
    seen = dump_postgres(url_of(settings), spare, look) if live is None else copy_sqlite(live, spare, look, progress)
    # An old manifest must not speak for a new database.
    (folder / MANIFEST).unlink(missing_ok=True)
    spare.replace(folder / name)
    missing = _copy_recordings(settings.recordings_dir, folder / "recordings", seen.recordings, progress)
    files = _copy_home(settings, folder)
    if keys is not None:
        copy_keys(settings.secrets_dir, keys)
    kept = [one for one in seen.recordings if one.name not in missing]
    database = copies.note_of(folder, name)
    manifest = Manifest(at, seen.revision, database, files, kept, sorted(missing), seen.heads)
    copies.write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """What a folder of backups holds. Raises `RuleBroken` when it holds no finished backup."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError:
        raise RuleBroken(f"{folder}: no finished backup (smartdesk db backup makes one)") from None
    except msgspec.MsgspecError as error:
        raise RuleBroken(f"{folder / MANIFEST}: not readable: {error}") from None


def copy_keys(source: Path, target: Path) -> list[str]:
    """Copy secrets for their owner alone; their names. Raises `RuleBroken` where another secret is in the way."""
    names = sorted(file.name for file in source.iterdir() if file.is_file() and not file.name.startswith("."))
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        there = target / name
        if there.exists() and there.read_bytes() != (source / name).read_bytes():
            raise RuleBroken(f"{there} is another secret; it is not overwritten: choose an empty folder")
    for name in names:
        copies.copy(source / name, target / name)
    return names


def _check_folders(settings: Settings, folder: Path, keys: Path | None) -> None:
    home = settings.home.resolve()
    for one in (folder, *([keys] if keys else [])):
        if one.resolve() == home or home in one.resolve().parents:
            raise RuleBroken(f"{one} lies in the home that is backed up: choose another disk, or another machine")
    if keys is not None and (keys.resolve() == folder.resolve() or folder.resolve() in keys.resolve().parents):
        raise RuleBroken(f"keys: {keys} lies in the backup: who has both can read everything; keep them apart")
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
        raise RuleBroken(f"{folder} holds other things: choose an empty folder, or one with an earlier backup")


def _is_ours(folder: Path) -> bool:
    return any((folder / name).exists() for name in (MANIFEST, "database.db", "database.dump", "recordings"))


def _recordings(connection: Connection) -> list[FileNote]:
    gone = select(erased_file.c.file)
    query = select(recording.c.file, recording.c.bytes, recording.c.sha256).where(recording.c.file.not_in(gone))
    return [FileNote(*row) for row in connection.execute(query.order_by(recording.c.file))]


def _copy_recordings(source: Path, target: Path, wanted: list[FileNote], progress: Progress) -> set[str]:
    """Bring the folder up to date; the names of those that the disk does not have."""
    missing = set()
    names = {one.name for one in wanted}
    for file in sorted(target.rglob("*")) if target.is_dir() else []:
        if file.is_file() and file.relative_to(target).as_posix() not in names:
            file.unlink()
    for done, one in enumerate(wanted, start=1):
        there, here = copies.inside(target, one.name), copies.inside(source, one.name)
        if not (there.is_file() and there.stat().st_size == one.bytes):
            if here.is_file():
                copies.copy(here, there)
            else:
                missing.add(one.name)
        progress(done, len(wanted))
    return missing


def _copy_home(settings: Settings, folder: Path) -> list[FileNote]:
    """Settings, trunks, own prompts, and with PostgreSQL the journal: facts that the ledger may not have yet."""
    home = settings.home
    names = [name for name in _HOME_FILES if (home / name).is_file()]
    prompts = home / "prompts"
    if prompts.is_dir():
        names += sorted(f.relative_to(home).as_posix() for f in prompts.rglob("*") if f.is_file())
    for name in names:
        copies.copy(home / name, folder / "home" / name)
    if settings.journal_file.is_file() and sqlite_file(settings) is None:
        journal = folder / "home" / settings.journal_file.name
        journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        journal.unlink(missing_ok=True)
        copy_sqlite(settings.journal_file, journal, lambda _: None, lambda done, total: None)
        names.append(settings.journal_file.name)
    return [copies.note_of(folder, f"home/{name}") for name in names]
