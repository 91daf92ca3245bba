"""R8.2: a number, a time, a day is read from one file, joined of pieces, made without synthesis."""

import time
from pathlib import Path

import pytest

from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.audio.estimate import LONGEST_S
from smartdesk_pbx.audio.pieces import Kind, phrases
from smartdesk_pbx.audio.spell import EDGE_S, WORDS_PACE, render, spell, unspell
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings


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


def test_a_time_is_joined_of_its_pieces(built: Settings) -> None:
    seconds = render(built, "time", "15:30", ["ja"], "re1")
    folder = built.sounds_dir / "ja"
    sound = (folder / "re1.ulaw").read_bytes()
    gap = b"\xff" * round(8000 * WORDS_PACE.piece_gap_s)
    edge = b"\xff" * round(8000 * EDGE_S)
    assert sound == edge + gap.join((folder / f"{one}.ulaw").read_bytes() for one in ("pm", "hour-3", "min-30")) + edge
    assert seconds == len(sound) / 8000
    assert (folder / "re1.sln16").stat().st_size / 32000 == pytest.approx(seconds, abs=0.05)
    assert {path.stat().st_mode & 0o777 for path in folder.glob("re1.*")} == {0o600}
    unspell(built, "re1")
    assert not list(built.sounds_dir.glob("*/re1.*"))


def test_a_value_that_cannot_be_read_leaves_nothing(built: Settings) -> None:
    with pytest.raises(RuleBroken, match="not a time"):
        render(built, "time", "24:00", ["ja"], "re2")
    assert not list(built.sounds_dir.glob("*/*re2*"))


def test_nothing_half_written_where_one_language_lacks_a_piece(fresh: Settings) -> None:
    (fresh.sounds_dir / "en" / "pm.ulaw").unlink()
    with pytest.raises(RuleBroken, match=r"^not everything that reads .* language en: run `smartdesk prompt build`"):
        render(fresh, "time", "15:30", ["ja", "en"], "re3")
    assert not list(fresh.sounds_dir.glob("*/*re3*"))


LONG: dict[Kind, str] = {
    "digits": "7" * 24, "time": "23:27", "day": "2026-09-27", "when": "2026-11-28T11:37", "position": "17",
}  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("kind", LONG)
def test_no_value_lasts_longer_than_proofs_believe(built: Settings, kind: Kind, language: str) -> None:
    assert 0.5 < render(built, kind, LONG[kind], [language], "re4") < LONGEST_S[kind]
    unspell(built, "re4")


def test_every_value_can_be_read_in_the_built_languages(built: Settings) -> None:
    assert Catalogue(built).reads("when") == Catalogue(built).reads("position") == ("en", "ja")
    assert phrases("when", "2026-11-28T11:37", "ja")
