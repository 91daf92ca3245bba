"""Backup and restore of an installation, as long jobs in a process of their own."""

from dataclasses import dataclass
from pathlib import Path

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.office import keep
from smartdesk_pbx.office.office import open_office
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import backup, restore
from smartdesk_pbx.store.dump import Progress


@dataclass(frozen=True)
class BackedUp:
    """What lies in the backup now. `missing`: recordings that the disk did not have."""

    folder: str
    chains: int
    entries: int
    database_bytes: int
    recordings: int
    missing: tuple[str, ...]
    keys: str | None


@dataclass(frozen=True)
class Restored:
    """What is in place again. `erased_again`: cases that had been erased after the backup was made."""

    chains: int
    recordings: int
    spoilt: tuple[str, ...]
    upgraded: bool
    erased_again: int


def back_up(settings: Settings, folder: Path, keys: Path | None, progress: Progress) -> BackedUp:
    """Back up an installation, in use or not; a folder with an earlier backup is brought up to date."""
    made = backup.backup(settings, folder, keys, Clock().now(), progress)
    entries = sum(head.seq for head in made.heads.heads)
    return BackedUp(
        str(folder), len(made.heads.heads), entries, made.database.bytes, len(made.recordings), tuple(made.missing),
        str(keys) if keys else None,
    )  # fmt: skip


async def bring_back(settings: Settings, folder: Path, keys: Path | None, progress: Progress) -> Restored:
    """Restore a backup into a home without a database; what was erased meanwhile is erased again (R23)."""
    done = restore.restore(settings, folder, keys, progress)
    async with open_office(settings) as office:
        again = await keep.forget_again(office)
    return Restored(done.chains, done.recordings, done.spoilt, done.upgraded, again.cases)
