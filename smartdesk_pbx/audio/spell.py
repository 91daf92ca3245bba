"""Reading a telephone number aloud: ONE sound file per language, joined from built digits; nothing is synthesised."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from smartdesk_pbx.audio.catalogue import ENDINGS, file_id
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings

DIGIT_GAP_S = 0.2
GROUP_GAP_S = 0.55
"""Slow enough to write the number down."""
EDGE_S = 0.1
_FORMS = {".ulaw": (8000, 1, b"\xff"), ".sln16": (16000, 2, b"\0")}
"""Ending: samples per second, bytes per sample, the byte that is silence."""
_PIECES = {**{digit: f"digit-{digit}" for digit in "0123456789"}, "+": "plus", "*": "star", "#": "hash"}
_SPELLABLE = re.compile(r"\+?[0-9*#]{1,24}")
_FILE = re.compile(r"[a-z0-9-]{1,8}")
_MODE = 0o600


def groups(number: str, country: str) -> list[str]:
    """How a number is read: national groups at home (03 1234 5678), + and country code abroad, else by four.

    Keys without + are read as they were typed: nothing is added or left out.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return _by_four(number)
    if not number.lstrip("+").isdigit() or not phonenumbers.is_possible_number(parsed):
        return _by_four(number)
    if parsed.country_code != phonenumbers.country_code_for_region(country):
        return _split(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    read = _split(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    if not number.startswith("+"):
        return read if "".join(read) == number else _by_four(number)
    if phonenumbers.is_valid_number(parsed):
        return read
    return _by_four((phonenumbers.ndd_prefix_for_region(country, True) or "") + str(parsed.national_number))


def _split(formatted: str) -> list[str]:
    return re.findall(r"\+?[0-9]+", formatted)


def _by_four(number: str) -> list[str]:
    return re.findall(r"\+?[0-9*#]{1,4}", number)


def spell(settings: Settings, number: str, languages: Iterable[str], file: str) -> float:
    """Write a number's sound as `FILE` for each language, readable by the owner alone. Returns the longest's seconds.

    `number` is E.164 or keys as typed; `file` can be played as a prompt id. Raises `RuleBroken` without the number.
    """
    if not _SPELLABLE.fullmatch(number):
        raise RuleBroken("not a number that can be read aloud")
    split = groups(number, settings.country)
    written = {path: sound for language in languages for path, sound in _joined(settings, split, language, file)}
    for path, sound in written.items():
        _write(path, sound)
    return max(_seconds(path, sound) for path, sound in written.items())


def unspell(settings: Settings, file: str) -> None:
    """Delete a spelt number in all languages; no error when there is none."""
    _checked(file)
    for ending in ENDINGS:
        for path in settings.sounds_dir.glob(f"*/{file}{ending}"):
            path.unlink(missing_ok=True)


def _joined(settings: Settings, split: list[str], language: str, file: str) -> list[tuple[Path, bytes]]:
    folder = settings.sounds_dir / language
    sounds = []
    for ending, (rate, width, zero) in _FORMS.items():
        silence = {s: zero * (round(s * rate) * width) for s in (EDGE_S, DIGIT_GAP_S, GROUP_GAP_S)}
        read = [silence[DIGIT_GAP_S].join(_piece(folder, character, ending) for character in g) for g in split]
        sound = silence[EDGE_S] + silence[GROUP_GAP_S].join(read) + silence[EDGE_S]
        sounds.append((folder / f"{_checked(file)}{ending}", sound))
    return sounds


def _piece(folder: Path, character: str, ending: str) -> bytes:
    try:
        return (folder / f"{file_id(_PIECES[character])}{ending}").read_bytes()
    except FileNotFoundError:
        raise RuleBroken(f"no digits are built for language {folder.name}: run `smartdesk prompt build`") from None


def _checked(file: str) -> str:
    if not _FILE.fullmatch(file):
        raise RuleBroken(f"{file!r} is not a name of a sound file: a-z, 0-9 and -, at most 8")
    return file


def _seconds(path: Path, sound: bytes) -> float:
    rate, width, _ = _FORMS[path.suffix]
    return len(sound) / width / rate


def _write(path: Path, sound: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as out:
        out.write(sound)
    unfinished.replace(path)
