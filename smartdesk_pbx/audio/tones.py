"""Sounds synthesised by us: the tone before a recording, a confirmation, silence, and the hold music.

All of them are float arrays of one channel, -1 to 1. The music is our own, so that it needs no licence.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sound = NDArray[np.float64]

TONE_LEVEL = 0.18
BEEP_HZ = 1000.0
CONFIRM_HZ = (660.0, 880.0)
BEEP_S = 0.4
CONFIRM_S = 0.14

BEAT_S = 0.5
MUSIC_LEVEL = 0.063
"""-24 dBFS: hold music lies under speech, and leaves headroom for what ulaw does to chords."""
_BARS = (
    # bass and the four notes of a chord, as semitones above A3 (220 Hz)
    (-9, (3, 7, 10, 14)),
    (-12, (0, 3, 7, 10)),
    (-4, (-4, 3, 8, 12)),
    (-7, (2, 5, 10, 14)),
    (-9, (3, 7, 10, 15)),
    (-5, (-5, 2, 7, 11)),
    (-4, (0, 3, 8, 12)),
    (-7, (-2, 5, 10, 14)),
)
_PATTERN = (0, 2, 1, 3, 2, 3, 1, 2)
_ROUNDS = 3
BAR_BEATS = 4


def tone(name: str, rate: int) -> "Sound":
    """The tone `beep`, `confirm` or `silence-1` (one second). Raises `KeyError` for another name."""
    import numpy as np

    if name == "silence-1":
        return np.zeros(rate)
    parts = {"beep": ((BEEP_HZ, BEEP_S),), "confirm": tuple((hz, CONFIRM_S) for hz in CONFIRM_HZ)}[name]
    return np.concatenate([_sine(hz, seconds, rate) for hz, seconds in parts])


def _sine(hz: float, seconds: float, rate: int) -> "Sound":
    import numpy as np

    at = np.arange(round(seconds * rate)) / rate
    edge = np.clip(np.minimum(at, seconds - at) / 0.01, 0.0, 1.0)
    sine: Sound = TONE_LEVEL * edge * np.sin(2 * np.pi * hz * at)
    return sine


def hold_music(rate: int) -> "Sound":
    """48 s of quiet music whose end runs into its beginning: an arpeggio over a soft bass."""
    import numpy as np

    beats = _ROUNDS * len(_BARS) * BAR_BEATS
    music = np.zeros(round(beats * BEAT_S * rate))
    for bar in range(_ROUNDS * len(_BARS)):
        bass, chord = _BARS[bar % len(_BARS)]
        start_s = bar * BAR_BEATS * BEAT_S
        _add(music, _note(bass, 2.6, rate, 0.55), start_s, rate)
        for step, voice in enumerate(_PATTERN):
            octave = 12 if bar // len(_BARS) == 1 and step % 4 == 3 else 0
            _add(music, _note(chord[voice] + octave, 1.4, rate, 0.8), start_s + step * BEAT_S / 2, rate)
    music *= MUSIC_LEVEL / float(np.sqrt(np.mean(music**2)))
    return music


def _note(semitones: int, decay_s: float, rate: int, level: float) -> "Sound":
    import numpy as np

    at = np.arange(round(2 * decay_s * rate)) / rate
    hz = 220.0 * 2 ** (semitones / 12)
    partials = ((1, 1.0), (2, 0.35), (3, 0.08))
    wave = sum(share * np.sin(2 * np.pi * hz * n * at) for n, share in partials)
    note: Sound = level * wave * np.exp(-4 * at / decay_s) * np.clip(at / 0.012, 0, 1)
    return note


def _add(music: "Sound", note: "Sound", start_s: float, rate: int) -> None:
    # Tails that pass the end begin again at the start: that makes the loop seamless.
    import numpy as np

    places = (round(start_s * rate) + np.arange(len(note))) % len(music)
    music[places] += note
