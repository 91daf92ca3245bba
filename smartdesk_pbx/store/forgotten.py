"""Which cases were erased, kept outside of the database: a restored older one must be brought to forget them again."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec

from smartdesk_pbx.contract.retention import What

ERASURES = "erasures.jsonl"
"""In the home, one line for each case; no personal data."""


class Forgotten(msgspec.Struct, frozen=True):
    """One case of which something was erased."""

    case: UUID
    what: list[What]


def remember(home: Path, cases: Iterable[UUID], what: Iterable[What]) -> None:
    """Add cases to the list of this home, durably. Twice is as good as once."""
    lines = [msgspec.json.encode(Forgotten(case, sorted(what))) + b"\n" for case in cases]
    if lines:
        with (home / ERASURES).open("ab+") as out:
            out.writelines([b"" if _ends_whole(out) else b"\n", *lines])
            out.flush()
            os.fsync(out.fileno())


def listed(home: Path) -> Iterator[Forgotten]:
    """Every case that was ever added; a line that a crash cut off is left out."""
    file = home / ERASURES
    if not file.is_file():
        return
    with file.open("rb") as lines:
        for line in lines:
            with suppress(msgspec.MsgspecError):
                yield msgspec.json.decode(line, type=Forgotten)


def _ends_whole(file: IO[bytes]) -> bool:
    """False where a crash cut the last line off: the next one must not be glued to it."""
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
