"""Reading a value aloud: ONE sound file per language, joined from built pieces; nothing is synthesised."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from smartdesk_pbx.audio.catalogue import ENDINGS, file_id
from smartdesk_pbx.audio.pieces import Kind, Phrases, phrases
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings


@dataclass(frozen=True)
class Pace:
    """Pauses in seconds: between the pieces of a phrase, between phrases."""

    piece_gap_s: float
    phrase_gap_s: float


DIGITS_PACE = Pace(0.2, 0.55)
"""Slow enough to write the number down."""
WORDS_PACE = Pace(0.03, 0.25)
EDGE_S = 0.1
_FORMS = {".ulaw": (8000, 1, b"\xff"), ".sln16": (16000, 2, b"\0")}
"""Ending: samples per second, bytes per sample, the byte that is silence."""
_FILE = re.compile(r"[a-z0-9-]{1,8}")
_MODE = 0o600


def render(settings: Settings, kind: Kind, value: str, languages: Iterable[str], file: str) -> float:
    """Write a value's sound as `FILE` for each language, readable by the owner alone. Returns the longest's seconds.

    `file` can be played as a prompt id. All or nothing. Raises `RuleBroken`, which names no number.
    """
    written = {
        settings.sounds_dir / language / f"{_checked(file)}{ending}": sound
        for language in languages
        for ending, sound in read_aloud(settings, kind, value, language).items()
    }
    for path, sound in written.items():
        _write(path, sound)
    return max(_seconds(path.suffix, sound) for path, sound in written.items())


def spell(settings: Settings, number: str, languages: Iterable[str], file: str) -> float:
    """`render` of a telephone number: E.164, or keys as typed."""
    return render(settings, "digits", number, languages, file)


def unspell(settings: Settings, file: str) -> None:
    """Delete a rendered value in all languages; no error when there is none."""
    _checked(file)
    for ending in ENDINGS:
        for path in settings.sounds_dir.glob(f"*/{file}{ending}"):
            path.unlink(missing_ok=True)


def read_aloud(settings: Settings, kind: Kind, value: str, language: str) -> dict[str, bytes]:
    """A value's sound in each form, by ending: raw mu-law of 8 kHz and 16-bit samples of 16 kHz. `RuleBroken`."""
    read = phrases(kind, value, language, country=settings.country)
    pace = DIGITS_PACE if kind == "digits" else WORDS_PACE
    return {ending: _joined(settings.sounds_dir / language, read, pace, ending) for ending in _FORMS}


def _joined(folder: Path, read: Phrases, pace: Pace, ending: str) -> bytes:
    rate, width, zero = _FORMS[ending]
    between, around, edge = (
        zero * (round(seconds * rate) * width) for seconds in (pace.piece_gap_s, pace.phrase_gap_s, EDGE_S)
    )
    return edge + around.join(between.join(_piece(folder, one, ending) for one in phrase) for phrase in read) + edge


def _piece(folder: Path, piece: str, ending: str) -> bytes:
    try:
        return (folder / f"{file_id(piece)}{ending}").read_bytes()
    except FileNotFoundError:
        # not which piece: it could be a digit of a number that must not be told
        where = f"not everything that reads numbers and times aloud is built for language {folder.name}"
        raise RuleBroken(f"{where}: run `smartdesk prompt build`, or import recordings") from None


def _checked(file: str) -> str:
    if not _FILE.fullmatch(file):
        raise RuleBroken(f"{file!r} is not a name of a sound file: a-z, 0-9 and -, at most 8")
    return file


def _seconds(ending: str, sound: bytes) -> float:
    rate, width, _ = _FORMS[ending]
    return len(sound) / width / rate


def _write(path: Path, sound: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as out:
        out.write(sound)
    unfinished.replace(path)
