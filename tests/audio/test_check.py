"""The checks find what they are for, and let good sounds pass."""

from pathlib import Path

import numpy as np
import pytest

from smartdesk_pbx.audio.check import check_built, longest_silence_s
from smartdesk_pbx.audio.shape import Sound, db, even, limit, spoken_level_db, trim, write_both

RATE = 16000


def speech_like(seconds: float = 1.0) -> Sound:
    at = np.arange(round(seconds * RATE)) / RATE
    sound: Sound = np.sin(2 * np.pi * 300 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at))
    return sound


def write(tmp_path: Path, sound: Sound) -> Path:
    write_both(sound, RATE, tmp_path / "x")
    return tmp_path / "x"


def test_an_even_sound_passes(tmp_path: Path) -> None:
    assert check_built(write(tmp_path, even(speech_like(), RATE))) == []


@pytest.mark.parametrize(
    ("sound", "wrong"),
    [
        (even(speech_like(), RATE) * 0.1, "speech at"),
        (even(speech_like(), RATE)[:800], "0.05 s long"),
        (np.concatenate([s := even(speech_like(), RATE), np.zeros(3 * RATE), s]), "s of silence"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, sound: Sound, wrong: str) -> None:
    assert wrong in "\n".join(str(mistake) for mistake in check_built(write(tmp_path, sound)))


def test_peaks_and_uneven_pairs_are_told(tmp_path: Path) -> None:
    stem = write(tmp_path, even(speech_like(), RATE))
    stem.with_suffix(".ulaw").write_bytes(b"\x80" * 4000)
    text = "\n".join(str(mistake) for mistake in check_built(stem))
    assert "a peak of" in text
    assert "its wide form" in text


def test_an_absent_form_is_told(tmp_path: Path) -> None:
    stem = write(tmp_path, even(speech_like(), RATE))
    stem.with_suffix(".sln16").unlink()
    assert [mistake.wrong for mistake in check_built(stem)] == ["is not there"]


@pytest.mark.parametrize("gain", [0.001, 0.05, 1.0])
def test_any_loudness_becomes_the_same(gain: float) -> None:
    assert spoken_level_db(even(speech_like() * gain, RATE), RATE) == pytest.approx(-20, abs=0.5)


def test_peaks_are_pressed_down_not_cut_off() -> None:
    loud = speech_like()
    limited = limit(loud, RATE)
    assert db(float(np.abs(limited).max())) == pytest.approx(-3.5, abs=0.1)
    flat = np.abs(np.abs(limited) - 10 ** (-3.5 / 20)) < 1e-9
    assert flat.mean() < 0.01


def test_silence_around_is_trimmed_and_within_is_kept() -> None:
    speech, pause = speech_like(), np.zeros(RATE // 2)
    trimmed = trim(np.concatenate([pause, speech, pause, speech, pause]), RATE)
    assert len(trimmed) / RATE == pytest.approx(2.5, abs=0.05)
    assert longest_silence_s(trimmed, RATE) == pytest.approx(0.5, abs=0.05)
    assert len(trim(pause, RATE)) == 0
