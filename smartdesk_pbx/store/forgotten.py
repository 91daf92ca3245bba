"""Which cases, and which callers on lists, were erased, kept outside of the database: a restored older one must be
brought to forget them again."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar
from uuid import UUID

import msgspec

from smartdesk_pbx.contract.retention import What

T = TypeVar("T", bound=msgspec.Struct)

ERASURES = "erasures.jsonl"
"""In the home, one line for each case; no personal data."""


class Forgotten(msgspec.Struct, frozen=True):
    """One case of which something was erased."""

    case: UUID
    what: list[What]


class ForgottenCaller(msgspec.Struct, frozen=True):
    """One caller on one list, who was erased."""

    listed_caller: UUID


def remember(home: Path, cases: Iterable[UUID], what: Iterable[What]) -> None:
    """Add cases to the list of this home, durably. Twice is as good as once."""
    _append(home, [Forgotten(case, sorted(what)) for case in cases])


def remember_callers(home: Path, entries: Iterable[UUID]) -> None:
    """As `remember`, for entries of lists of callers."""
    _append(home, [ForgottenCaller(entry) for entry in entries])


def listed(home: Path) -> Iterator[Forgotten]:
    """Every case that was ever added; a line that a crash cut off is left out."""
    yield from _lines(home, Forgotten)


def listed_callers(home: Path) -> Iterator[UUID]:
    """Every entry of a list of callers that was ever added."""
    yield from (one.listed_caller for one in _lines(home, ForgottenCaller))


def _append(home: Path, said: Iterable[msgspec.Struct]) -> None:
    lines = [msgspec.json.encode(one) + b"\n" for one in said]
    if lines:
        with (home / ERASURES).open("ab+") as out:
            out.writelines([b"" if _ends_whole(out) else b"\n", *lines])
            out.flush()
            os.fsync(out.fileno())


def _lines(home: Path, kind: type[T]) -> Iterator[T]:
    file = home / ERASURES
    if not file.is_file():
        return
    with file.open("rb") as lines:
        for line in lines:
            with suppress(msgspec.MsgspecError):
                yield msgspec.json.decode(line, type=kind)


def _ends_whole(file: IO[bytes]) -> bool:
    """False where a crash cut the last line off: the next one must not be glued to it."""
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
