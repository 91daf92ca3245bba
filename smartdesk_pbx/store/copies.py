"""Copying files so that a crash leaves either the old one or the new one, and checking what was copied."""

import hashlib
import os
import shutil
from pathlib import Path

import msgspec

from smartdesk_pbx.errors import RuleBroken


class FileNote(msgspec.Struct, frozen=True):
    """A file of a backup or an archive: its name in it, size, and hex SHA-256."""

    name: str
    bytes: int
    sha256: str


def sha256_of(file: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def note_of(folder: Path, name: str) -> FileNote:
    """What is to be noted of a file."""
    file = folder / name
    return FileNote(name, file.stat().st_size, sha256_of(file))


def check(folder: Path, note: FileNote) -> Path:
    """The file, if it is there and as it was noted. Raises `RuleBroken`."""
    file = inside(folder, note.name)
    if not file.is_file():
        raise RuleBroken(f"{file} is missing: this copy is not whole")
    if file.stat().st_size != note.bytes or sha256_of(file) != note.sha256:
        raise RuleBroken(f"{file} is not the file that was written: take another copy")
    return file


def inside(folder: Path, name: str) -> Path:
    """The file of that name below a folder. Raises `RuleBroken` for a name that leads elsewhere."""
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise RuleBroken(f"{name!r} leads out of {folder}: not a copy that smartdesk made")
    return file


def copy(source: Path, target: Path) -> None:
    """Copy a file for its owner alone, all at once and durably."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = target.with_name(f".{target.name}.part")
    with source.open("rb") as read, open(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        shutil.copyfileobj(read, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
    spare.replace(target)


def write(target: Path, content: bytes) -> None:
    """Write a file for its owner alone, all at once and durably."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = target.with_name(f".{target.name}.part")
    with open(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    spare.replace(target)
