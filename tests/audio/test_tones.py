"""Sounds made by us: the right pitch, and music that can go round without a click."""

from pathlib import Path

import numpy as np
import pytest

from smartdesk_pbx.audio.shape import db, read_sln16, read_ulaw
from smartdesk_pbx.audio.tones import BEEP_HZ, hold_music, tone
from smartdesk_pbx.settings import Settings


@pytest.mark.parametrize("rate", [8000, 16000])
def test_the_beep_has_its_pitch(rate: int) -> None:
    beep = tone("beep", rate)
    assert np.abs(np.fft.rfft(beep)).argmax() * rate / len(beep) == pytest.approx(BEEP_HZ, abs=3)
    assert len(beep) / rate == pytest.approx(0.4)


def test_silence_is_one_second_of_nothing() -> None:
    silence = tone("silence-1", 8000)
    assert len(silence) == 8000
    assert not silence.any()


def test_hold_music_goes_round_without_a_click() -> None:
    music = hold_music(16000)
    assert 30 <= len(music) / 16000 <= 60
    around = np.concatenate([music[-320:], music[:320]])
    steps = np.abs(np.diff(around))
    assert steps[319] <= 2 * np.median(steps)
    assert db(float(np.sqrt(np.mean(music[:8] ** 2)))) > -42, "the last notes do not ring on at the beginning"
    bars = music[: 24 * 32000].reshape(24, -1)
    assert all(-32 < db(float(np.sqrt(np.mean(bar**2)))) < -20 for bar in bars)


def test_hold_music_is_built_without_clipping(built: Settings) -> None:
    folder: Path = built.sounds_dir / "hold"
    for sound in (read_ulaw(folder / "hold.ulaw"), read_sln16(folder / "hold.sln16")):
        assert 0.1 < np.abs(sound).max() < 0.7
