"""Is a sound fit to be played to callers? All mistakes at once, as text for the person who supplied it."""

from pathlib import Path

import numpy as np

from smartdesk_pbx.audio.shape import (
    NARROW_RATE,
    WIDE_RATE,
    Sound,
    db,
    frame_levels,
    read_sln16,
    read_ulaw,
    read_wav,
)
from smartdesk_pbx.audio.shape import spoken_level_db as level_of
from smartdesk_pbx.errors import Mistake

LEVEL_DB = (-26.0, -15.0)
PEAK_DB = -3.0
SHORTEST_S, LONGEST_S = 0.08, 120.0
SILENCE_DB = -50.0
LONGEST_SILENCE_S = 2.0
SOURCE_LEVEL_DB = -40.0
CLIPPED = 0.9999
"""What is meant to be full scale; a peak that was raised to just there, as many programs do, passes."""
CLIPPED_SAMPLES = 3
"""So many samples in a row at full scale are clipping, not a peak."""
WIDTH_DIFFERENCE_S = 0.02


def check_recording(path: Path) -> list[Mistake]:
    """What is wrong with a recorded wav that shall stand in for a prompt: form, length, silence, clipping."""
    where = str(path)
    try:
        sound, rate = read_wav(path)
    except OSError as wrong:
        return [Mistake(where, f"cannot be read: {wrong}", "a wav file, mono, 16 bit, 8 kHz or more")]
    found = []
    if sound.shape[1] != 1:
        found.append(Mistake(where, f"{sound.shape[1]} channels", "mono; smartdesk prompt import makes it so"))
    return found + check_source(where, sound, rate) + check_length(where, len(sound) / rate)


def check_source(where: str, sound: Sound, rate: int) -> list[Mistake]:
    """What is wrong with a sound that somebody recorded, a column for each channel: its rate, silence, clipping."""
    found = []
    if rate < NARROW_RATE:
        found.append(Mistake(where, f"{rate} Hz", "8000 Hz or more, best 16000 or 48000"))
    if max((level_of(column, rate) for column in sound.T), default=-120.0) < SOURCE_LEVEL_DB:
        return [*found, Mistake(where, "is silence, or far too quiet", "record again, speech near -20 dBFS")]
    if any(_clipped(column) for column in sound.T):
        found.append(Mistake(where, "is clipped", "record again with less gain"))
    return found


def _clipped(sound: Sound) -> bool:
    full = np.abs(sound) >= CLIPPED
    return bool((np.convolve(full, np.ones(CLIPPED_SAMPLES), mode="valid") >= CLIPPED_SAMPLES).any())


def check_built(stem: Path, *, silent: bool = False) -> list[Mistake]:
    """What is wrong with the built pair `STEM.ulaw` and `STEM.sln16`: length, level, peak, silences."""
    narrow, wide = stem.with_name(stem.name + ".ulaw"), stem.with_name(stem.name + ".sln16")
    absent = [Mistake(str(path), "is not there", "build the prompts") for path in (narrow, wide) if not path.is_file()]
    if absent:
        return absent
    found: list[Mistake] = []
    sounds = ((narrow, read_ulaw(narrow), NARROW_RATE), (wide, read_sln16(wide), WIDE_RATE))
    for path, sound, rate in sounds:
        found += check_length(str(path), len(sound) / rate) + ([] if silent else _built_level(str(path), sound, rate))
    seconds = [len(sound) / rate for _, sound, rate in sounds]
    if abs(seconds[0] - seconds[1]) > WIDTH_DIFFERENCE_S:
        found.append(Mistake(str(narrow), f"{seconds[0]:.2f} s, its wide form {seconds[1]:.2f} s", "one length"))
    return found


def check_length(where: str, seconds: float) -> list[Mistake]:
    """One mistake when a sound is too short to be anything, or too long to be listened to."""
    if SHORTEST_S <= seconds <= LONGEST_S:
        return []
    said = f"longer than {LONGEST_S:.0f} s" if seconds > LONGEST_S else f"{seconds:.2f} s long"
    return [Mistake(where, said, f"between {SHORTEST_S} s and {LONGEST_S:.0f} s")]


def _built_level(where: str, sound: Sound, rate: int) -> list[Mistake]:
    found = []
    level, peak = level_of(sound, rate), db(float(np.abs(sound).max(initial=0.0)))
    if not LEVEL_DB[0] <= level <= LEVEL_DB[1]:
        found.append(Mistake(where, f"speech at {level:.1f} dBFS", f"between {LEVEL_DB[0]} and {LEVEL_DB[1]} dBFS"))
    if peak > PEAK_DB:
        found.append(Mistake(where, f"a peak of {peak:.1f} dBFS", f"at most {PEAK_DB} dBFS"))
    silence_s = longest_silence_s(sound, rate)
    if silence_s > LONGEST_SILENCE_S:
        found.append(Mistake(where, f"{silence_s:.1f} s of silence", f"at most {LONGEST_SILENCE_S} s"))
    return found


def longest_silence_s(sound: Sound, rate: int) -> float:
    """The longest stretch below -50 dBFS, in seconds."""
    loud = np.flatnonzero(frame_levels(sound, rate) > 10 ** (SILENCE_DB / 20))
    ends = np.concatenate([[-1], loud, [len(sound) // round(rate / 100)]])
    return float((np.diff(ends) - 1).max()) / 100
