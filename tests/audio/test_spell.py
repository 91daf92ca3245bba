"""R8.2: a number is read digit by digit from one file, made without synthesis."""

import time
from pathlib import Path

import pytest

from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.audio.spell import groups, spell, unspell
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("+81312345001", "03 1234 5001"),
        ("0312345001", "03 1234 5001"),
        ("+819012345678", "090 1234 5678"),
        ("+81120123456", "0120 123 456"),
        ("+16502530000", "+1 650 253 0000"),
        ("312345001", "3123 4500 1"),
        ("+81901234567", "0901 2345 67"),
        ("110", "110"),
        ("*12#", "*12#"),
        ("12345678901234567890", "1234 5678 9012 3456 7890"),
    ],
)
def test_numbers_are_read_in_their_groups(number: str, read: str) -> None:
    assert " ".join(groups(number, "JP")) == read


@pytest.mark.parametrize("typed", ["0", "00", "0000000000", "0812345", "0311112222", "09011112222", "18005551234"])
def test_typed_keys_are_read_as_typed(typed: str) -> None:
    assert "".join(groups(typed, "JP")) == typed


def heard(settings: Settings, language: str, file: str) -> str:
    """The digits in a spelt file, found again by their sounds."""
    folder = settings.sounds_dir / language
    pieces = {character: (folder / f"digit-{character}.ulaw").read_bytes() for character in "0123456789"}
    rest, found = (folder / f"{file}.ulaw").read_bytes(), ""
    while rest:
        match = next((character for character, sound in pieces.items() if rest.startswith(sound)), None)
        found += match or ""
        rest = rest[len(pieces[match]) if match else 1 :]
    return found


def test_a_spelt_number_holds_its_digits_in_order(built: Settings) -> None:
    seconds = spell(built, "+81398765432", ["ja", "en"], "sp1")
    assert heard(built, "ja", "sp1") == heard(built, "en", "sp1") == "0398765432"
    lengths = [Catalogue(built).seconds(language, "sp1") for language in ("ja", "en")]
    assert seconds == pytest.approx(max(lengths))
    assert all(5 < length < 10 for length in lengths)
    wide = (built.sounds_dir / "ja" / "sp1.sln16").stat().st_size / 2 / 16000
    assert wide == pytest.approx(lengths[0], abs=0.05)


def test_it_is_for_the_owner_alone_and_can_be_deleted(built: Settings) -> None:
    spell(built, "0398765432", ["ja", "en"], "sp2")
    files = sorted(built.sounds_dir.glob("*/sp2.*"))
    assert len(files) == 4
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    unspell(built, "sp2")
    unspell(built, "sp2")
    assert not list(built.sounds_dir.glob("*/*sp2*"))


def test_spelling_again_replaces(built: Settings) -> None:
    spell(built, "0398765432", ["ja"], "sp3")
    spell(built, "0312345678", ["ja"], "sp3")
    assert heard(built, "ja", "sp3") == "0312345678"


def test_spelling_is_quick(built: Settings) -> None:
    spell(built, "+81398765432", ["ja", "en"], "sp4")
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        spell(built, "+81398765432", ["ja", "en"], "sp4")
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.02


@pytest.mark.parametrize("number", ["", "12a", "+", "../1", "1" * 30, "１２"])
def test_hostile_numbers_are_refused_without_telling_them(built: Settings, number: str) -> None:
    with pytest.raises(RuleBroken, match=r"^not a number that can be read aloud$"):
        spell(built, number, ["ja"], "sp5")


@pytest.mark.parametrize("file", ["", "../x", "abcdefghi", "A", "a/b", "*"])
def test_hostile_names_are_refused(built: Settings, file: str) -> None:
    with pytest.raises(RuleBroken):
        spell(built, "110", ["ja"], file)
    with pytest.raises(RuleBroken):
        unspell(built, file)


def test_nothing_is_half_written_without_digits(built: Settings, tmp_path: Path) -> None:
    with pytest.raises(RuleBroken, match="smartdesk prompt build"):
        spell(built, "110", ["ja", "fr"], "sp6")
    assert not list(built.sounds_dir.glob("*/*sp6*"))
