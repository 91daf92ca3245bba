"""R26: export of a contract's data or of the whole business, and import elsewhere; long jobs in their own process."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.keys import KEY_BYTES, load_keys, load_secret
from smartdesk_pbx.office import contract
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import archive_read, archive_write, copies, signing
from smartdesk_pbx.store.archive import Manifest
from smartdesk_pbx.store.archive_read import Opened
from smartdesk_pbx.store.archive_write import Ask, House, Progress
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store


@dataclass(frozen=True)
class Told:
    """What an archive holds. `subscriber` None: the whole business."""

    subscriber: str | None
    contracts: int
    rows: int
    chains: int
    recordings: int
    missing: tuple[str, ...]
    signed_by: str


def export(
    settings: Settings, name: str | None, target: Path, key: Path, *, readable: bool, progress: Progress
) -> Told:
    """Write an archive, and its transfer key into a file of its own. `name`: a contract or subscriber; None: all.

    The chain of a subscriber covers all their contracts, so an archive of one contract holds them all. Makes the key
    that signs when there is none yet. Raises `RuleBroken` when a file is in the way.
    """
    if key.exists() or key.resolve() == target.resolve():
        raise RuleBroken(f"key: {key} is there already; a transfer key belongs to one archive")
    for file in (target, key):
        if not file.absolute().parent.is_dir():
            raise RuleBroken(f"{file}: there is no folder {file.parent}")
    keys, store = load_keys(settings.home), Store.open(settings)
    try:
        signer = signing.make_signer(settings.home)
        store.run_now(lambda c: signing.publish(c, signer, store.now(c)))
        transfer = secrets.token_bytes(KEY_BYTES)
        house = House(
            Sealer(keys.master, keys.installation), keys.installation, Sealer(transfer, keys.installation), signer,
            settings.recordings_dir,
        )  # fmt: skip

        def go(connection: Connection) -> Manifest:
            who = contract.find(connection, name).subscriber_id if name is not None else None
            return archive_write.export(connection, Ask(who, readable, Clock().now()), house, target, progress)

        manifest = store.read_now(go)
    finally:
        store.close_now()
    with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(transfer.hex() + "\n")
    return _told(manifest, signer.public)


def verify(file: Path, public: str | None) -> Told:
    """Check an archive on its own: signature, files, chains. Raises `RuleBroken` with the first thing wrong."""
    with _unpacked(file, public) as opened:
        if broken := archive_read.chains_of(opened):
            raise RuleBroken(f"{file} does not hold: {broken[0]} ({len(broken)} in all)")
        return _told(opened.manifest, opened.signed_by)


def bring_in(settings: Settings, file: Path, key: Path, public: str | None, progress: Progress) -> Told:
    """Import an archive: all of it, or nothing. The home's own keys seal it anew.

    Raises `RuleBroken` when something of it is here already, it is not whole, or the key is not the one it was made
    with.
    """
    transfer = _read_key(key)
    with _unpacked(file, public) as opened:
        if opened.manifest.installation_sealed is not None:
            _take_installation_key(settings, transfer, opened.manifest.installation_sealed)
        keys, store = load_keys(settings.home), Store.open(settings)
        try:
            old, new = Sealer(transfer, keys.installation), Sealer(keys.master, keys.installation)
            store.run_now(lambda c: archive_read.bring_in(c, opened, old, new, progress))
        finally:
            store.close_now()
        for note in opened.manifest.recordings:
            copies.copy(opened.folder / "recordings" / note.name, copies.inside(settings.recordings_dir, note.name))
    return _told(opened.manifest, opened.signed_by)


@contextmanager
def _unpacked(file: Path, public: str | None) -> Iterator[Opened]:
    """An archive in a folder beside it, where there was room for it; removed afterwards."""
    if not file.is_file():
        raise RuleBroken(f"{file}: no such file")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".archive-") as folder:
        yield archive_read.unpack(file, Path(folder), public)


def _read_key(file: Path) -> bytes:
    if not file.is_file():
        raise RuleBroken(f"key: {file} is not there; it was written beside the export, apart from the archive")
    try:
        key = bytes.fromhex(load_secret(file, str))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise RuleBroken(f"key: {file} holds no transfer key")
    return key


def _take_installation_key(settings: Settings, transfer: bytes, sealed: str) -> None:
    """Callers stay countable and findable: their keys in the facts were made with this one. Only a home that has none,
    or in which nobody has called yet, takes it over."""
    text = Sealer(transfer, b"").open_value(bytes.fromhex(sealed), "archive/installation")
    file = settings.secrets_dir / "installation"
    if file.exists() and load_secret(file, str) == text:
        return
    store = Store.open(settings)
    try:
        if store.read_now(archive_read.has_callers):
            raise RuleBroken(
                "calls were counted here under another key: import the business into an empty installation"
            )
    finally:
        store.close_now()
    copies.write(file, f"{text}\n".encode())


def _told(manifest: Manifest, signed_by: str) -> Told:
    return Told(
        manifest.slug, len(manifest.contracts), sum(manifest.rows.values()), len(manifest.heads),
        len(manifest.recordings), tuple(manifest.missing), signed_by,
    )  # fmt: skip
