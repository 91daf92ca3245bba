"""Reading and writing the files that a command names."""

import os
from pathlib import Path

from smartdesk_pbx.errors import RuleBroken

LONGEST_BYTES = 1_000_000
LONGEST_FILE_BYTES = 50_000_000


def text_of(file: Path) -> str:
    """The text of a UTF-8 file. Raises `RuleBroken` when it cannot be read or is longer than anybody writes."""
    try:
        raw = file.read_bytes()
        if len(raw) > LONGEST_BYTES:
            raise RuleBroken(f"{file}: longer than {LONGEST_BYTES} bytes")
        return raw.decode("utf-8")
    except OSError as error:
        raise RuleBroken(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RuleBroken(f"{file}: not a text in UTF-8") from None


def bytes_of(file: Path) -> bytes:
    """The content of a file. Raises `RuleBroken` when it cannot be read, or is longer than any bank's."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise RuleBroken(f"{file}: {error.strerror}") from None
    if len(raw) > LONGEST_FILE_BYTES:
        raise RuleBroken(f"{file}: longer than {LONGEST_FILE_BYTES} bytes")
    return raw


def write_private(file: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, whole or not at all. Raises `RuleBroken` when it cannot be."""
    spare = file.with_name(f".{file.name}.new")
    try:
        with open(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
        spare.replace(file)
    except OSError as error:
        raise RuleBroken(f"{file}: {error.strerror}") from None
