"""Making a sound fit for the telephone: trimmed, even in level, limited, resampled, written.

Sounds are float arrays of one channel, -1 to 1; levels are dBFS. Imported only where sounds are made.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Sound = NDArray[np.float64]

NARROW_RATE, WIDE_RATE = 8000, 16000
LEVEL_DB = -20.0
PEAK_DB = -3.5
"""Half a decibel under the -3 that are promised: resampling and ulaw move peaks a little."""
QUIET_DB = -45.0
FRAME_S = 0.01
LEAD_S, TAIL_S = 0.04, 0.25
PIECE_EDGE_S = 0.01
FADE_S = 0.005


def db(ratio: float) -> float:
    """Decibels of an amplitude ratio; -120 for nothing at all."""
    return 20 * float(np.log10(max(ratio, 1e-6)))


def frame_levels(sound: Sound, rate: int) -> Sound:
    """RMS amplitude of each frame of 10 ms; a rest shorter than that is left out."""
    length = round(FRAME_S * rate)
    frames = sound[: len(sound) // length * length].reshape(-1, length)
    levels: Sound = np.sqrt(np.mean(frames**2, axis=1))
    return levels


def spoken_level_db(sound: Sound, rate: int) -> float:
    """RMS level of the frames that are not pauses (within 30 dB of the loudest)."""
    levels = frame_levels(sound, rate)
    if not len(levels) or not levels.max():
        return -120.0
    return db(float(np.sqrt(np.mean(levels[levels > levels.max() * 10 ** (-30 / 20)] ** 2))))


def trim(sound: Sound, rate: int) -> Sound:
    """Without the silence before and after; empty when it is nothing but silence."""
    levels = frame_levels(sound, rate)
    loud = np.flatnonzero(levels > 10 ** (QUIET_DB / 20) * (levels.max(initial=0.0) or 1.0))
    if not len(loud):
        return sound[:0]
    length = round(FRAME_S * rate)
    cut = sound[max(loud[0] - 1, 0) * length : (loud[-1] + 2) * length].copy()
    fade = np.linspace(0, 1, min(round(FADE_S * rate), len(cut)))
    cut[: len(fade)] *= fade
    cut[len(cut) - len(fade) :] *= fade[::-1]
    return cut


def even(sound: Sound, rate: int) -> Sound:
    """At -20 dBFS where somebody speaks, with peaks above -3.5 dBFS pressed down smoothly."""
    sound = sound * 10 ** ((LEVEL_DB - spoken_level_db(sound, rate)) / 20)
    return limit(sound, rate)


def limit(sound: Sound, rate: int) -> Sound:
    """No sample above -3.5 dBFS: the gain falls before a peak comes and recovers after it, without clipping."""
    reach = round(0.004 * rate)
    ceiling = 10 ** (PEAK_DB / 20)
    around = np.pad(np.abs(sound), reach)
    loudest = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).max(axis=1)
    gain = np.minimum(1.0, ceiling / np.maximum(loudest, 1e-9))
    gain = np.convolve(np.pad(gain, reach, mode="edge"), np.full(2 * reach + 1, 1 / (2 * reach + 1)), mode="valid")
    limited: Sound = np.clip(sound * gain, -ceiling, ceiling)
    return limited


def join(parts: Iterable[Sound], pause_s: float, rate: int) -> Sound:
    """Sentences one after the other with silence between them."""
    silence = np.zeros(round(pause_s * rate))
    joined = [piece for part in parts for piece in (part, silence)]
    return np.concatenate(joined[:-1]) if joined else silence[:0]


def edge(sound: Sound, rate: int, *, piece: bool) -> Sound:
    """Silence before and after: what prompts played one after the other need between them."""
    lead_s, tail_s = (PIECE_EDGE_S, PIECE_EDGE_S) if piece else (LEAD_S, TAIL_S)
    return np.pad(sound, (round(lead_s * rate), round(tail_s * rate)))


def resample(sound: Sound, rate: int, to: int) -> Sound:
    """The sound at another rate, best quality."""
    return sound if rate == to else soxr.resample(sound, rate, to, quality="VHQ")


def write_both(sound: Sound, rate: int, stem: Path) -> None:
    """`STEM.ulaw` (8 kHz) and `STEM.sln16` (16 kHz, 16 bit), both raw; each is whole or not there. `OSError`."""
    for ending, to, subtype in ((".sln16", WIDE_RATE, "PCM_16"), (".ulaw", NARROW_RATE, "ULAW")):
        target = stem.with_name(stem.name + ending)
        unfinished = stem.with_name(f".{stem.name}{ending}.{os.getpid()}")
        limited = limit(resample(sound, rate, to), to)
        try:
            soundfile.write(unfinished, limited, to, format="RAW", subtype=subtype, endian="LITTLE")
        except soundfile.LibsndfileError as wrong:
            raise OSError(str(wrong)) from wrong
        unfinished.replace(target)


def read_wav(path: Path) -> tuple[Sound, int]:
    """A sound file of any common form: samples by channel (a column each), and its rate. `OSError` if it is none."""
    try:
        sound, rate = soundfile.read(path, always_2d=True)
    except soundfile.LibsndfileError as wrong:
        raise OSError(str(wrong)) from wrong
    return np.asarray(sound, dtype=np.float64), int(rate)


def read_ulaw(path: Path) -> Sound:
    """A built `.ulaw` file decoded, 8 kHz."""
    return _read_raw(path, NARROW_RATE, "ULAW", "FILE")


def read_sln16(path: Path) -> Sound:
    """A built `.sln16` file, 16 kHz."""
    return _read_raw(path, WIDE_RATE, "PCM_16", "LITTLE")


def _read_raw(path: Path, rate: int, subtype: str, endian: str) -> Sound:
    sound, _ = soundfile.read(path, samplerate=rate, channels=1, format="RAW", subtype=subtype, endian=endian)
    return np.asarray(sound, dtype=np.float64)
