"""Recordings: two tracks, true length, digest, safe against crashes."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smartdesk_pbx.audio.convert import finish_message, finish_talk, spoken_s
from smartdesk_pbx.errors import EdgeDown

RATE = 8000


def sine(hz: float, seconds: float) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    return (8000 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype("<i2")


def loudest_hz(track: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    return float(np.abs(np.fft.rfft(track)).argmax() * RATE / len(track))


def test_a_talk_keeps_each_side_in_its_own_track(tmp_path: Path) -> None:
    raw, wav = tmp_path / "a.raw", tmp_path / "2026" / "a.wav"
    raw.write_bytes(np.stack([sine(400, 40.0), sine(700, 40.0)], axis=1).tobytes())
    finished = finish_talk(raw, wav)
    sound, rate = soundfile.read(wav)
    assert (rate, sound.shape) == (RATE, (40 * RATE, 2))
    assert loudest_hz(sound[:, 0]) == pytest.approx(400, abs=1)
    assert loudest_hz(sound[:, 1]) == pytest.approx(700, abs=1)
    assert finished.seconds == 40.0
    assert finished.bytes == wav.stat().st_size
    assert finished.sha256 == hashlib.sha256(wav.read_bytes()).hexdigest()
    assert wav.stat().st_mode & 0o777 == 0o600
    assert raw.exists()


@pytest.mark.parametrize(
    ("level", "seconds", "spoken"), [(0.3, 2.0, 2.0), (0.3, 0.2, 0.2), (0.003, 3.0, 0.0), (0.0, 3.0, 0.0)]
)
def test_how_long_somebody_speaks_in_a_message(tmp_path: Path, level: float, seconds: float, spoken: float) -> None:
    """A line's own noise is no voice; the silence around the voice does not count."""
    voice = level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)
    noise = 0.002 * np.random.default_rng(7).standard_normal(RATE)
    recorded = tmp_path / "m.ulaw"
    soundfile.write(recorded, np.concatenate([noise, voice, noise]), RATE, format="RAW", subtype="ULAW")
    assert spoken_s(recorded) == pytest.approx(spoken, abs=0.03)


def test_a_torn_last_sample_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"\1" * (4 * RATE + 3))
    assert finish_talk(tmp_path / "a.raw", tmp_path / "a.wav").seconds == 1.0
    assert len(soundfile.read(tmp_path / "a.wav")[0]) == RATE


def test_an_empty_talk_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.raw").touch()
    assert finish_talk(tmp_path / "a.raw", tmp_path / "a.wav").seconds == 0


def test_finishing_twice_gives_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(sine(400, 2.0).tobytes())
    assert finish_talk(tmp_path / "a.raw", tmp_path / "a.wav") == finish_talk(tmp_path / "a.raw", tmp_path / "a.wav")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.raw", "a.wav"]


def test_a_message_is_heard_as_it_was_spoken(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "m.ulaw", sine(400, 3.0), RATE, format="RAW", subtype="ULAW")
    finished = finish_message(tmp_path / "m.ulaw", tmp_path / "kept.wav")
    sound, rate = soundfile.read(tmp_path / "kept.wav")
    assert (finished.seconds, rate, len(sound)) == (3.0, RATE, 3 * RATE)
    assert loudest_hz(sound) == pytest.approx(400, abs=1)
    assert finished.sha256 == hashlib.sha256((tmp_path / "kept.wav").read_bytes()).hexdigest()
    assert (tmp_path / "m.ulaw").exists() and (tmp_path / "kept.wav").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("finish", [finish_talk, finish_message])
def test_a_recording_that_is_away_is_the_edges_fault(tmp_path: Path, finish: object) -> None:
    assert callable(finish)
    with pytest.raises(EdgeDown, match=r"gone\.raw"):
        finish(tmp_path / "gone.raw", tmp_path / "a.wav")
    assert not list(tmp_path.iterdir())
