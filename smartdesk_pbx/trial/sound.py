"""What sound is to an ear: samples, mu-law, tones, and finding one sound inside another. Pure, numpy only.

Samples are float32 in -1..1, 8000 a second, unless said otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME = 160
"""Samples in one RTP packet: 20 ms."""
SAME = 0.85
"""Correlation from which two pieces of sound are the same; a prompt through Asterisk reaches 0.97 and more."""
TONE_FLOOR = 0.003
"""Root mean square below which nothing counts as a tone: about -50 dB of full scale."""

Samples = NDArray[np.float32]


def _decode_table() -> Samples:
    code = ~np.arange(256, dtype=np.uint8)
    exponent = (code >> 4) & 7
    magnitude = (((code & 15).astype(np.int32) << 3) + 132 << exponent.astype(np.int32)) - 132
    return (np.where(code & 128, -magnitude, magnitude) / 32768.0).astype(np.float32)


_DECODE = _decode_table()
_ORDER = np.argsort(_DECODE, kind="stable")
_MIDDLES = (_DECODE[_ORDER][1:] + _DECODE[_ORDER][:-1]) / 2


def decode(ulaw: bytes) -> Samples:
    """Samples of mu-law bytes."""
    return _DECODE[np.frombuffer(ulaw, dtype=np.uint8)]


def encode(samples: Samples) -> bytes:
    """Mu-law bytes of samples, each to the nearest step."""
    return _ORDER[np.searchsorted(_MIDDLES, samples)].astype(np.uint8).tobytes()


@dataclass(frozen=True)
class Sound:
    """A named sound, such as a prompt in one language."""

    name: str
    samples: Samples = field(repr=False, compare=False)

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    @cached_property
    def voiced(self) -> tuple[int, int]:
        """First and one past the last sample that is not silence."""
        loud = np.flatnonzero(np.abs(self.samples) > 0.01)
        return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)

    def head(self, seconds: float | None) -> Samples:
        """The first `seconds` of what is not silence, or all of it for None."""
        first, last = self.voiced
        return self.samples[first:last] if seconds is None else self.samples[first : min(last, first + _n(seconds))]


@dataclass(frozen=True)
class Match:
    """Where a piece was found: its first sample, and how alike they are (1.0: the same)."""

    first: int
    score: float


def tone(hz: float, seconds: float, level: float = 0.3, start: int = 0) -> Samples:
    """A sine; `start` is the number of samples already sent, so that pieces join without a click."""
    at = np.arange(start, start + _n(seconds), dtype=np.float64)
    return (level * np.sin(2 * np.pi * hz * at / RATE)).astype(np.float32)


def likeness(heard: Samples, piece: Samples) -> Samples:
    """Normalised cross-correlation of `piece` at each place of `heard` where it fits; empty when it fits nowhere."""
    places = len(heard) - len(piece) + 1
    if places < 1 or not len(piece):
        return np.zeros(0, dtype=np.float32)
    size = 1 << (len(heard) + len(piece) - 1).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size))
    dots = np.fft.irfft(product, size)[:places]
    power = np.concatenate(([0.0], np.cumsum(heard.astype(np.float64) ** 2)))
    energy = power[len(piece) :] - power[:places]
    own = float(np.sum(piece.astype(np.float64) ** 2))
    loud = energy > 0.05 * own
    score = np.zeros(places, dtype=np.float32)
    score[loud] = dots[loud] / np.sqrt(energy[loud] * own)
    return score


def find(heard: Samples, piece: Samples, same: float = SAME) -> Match | None:
    """The first place where `piece` is heard, or None."""
    score = likeness(heard, piece)
    good = np.flatnonzero(score >= same)
    if not len(good):
        return None
    near = score[good[0] : good[0] + FRAME]
    first = int(good[0]) + int(np.argmax(near))
    return Match(first, float(score[first]))


def tone_frames(samples: Samples, hz: float, rate: int = RATE, share: float = 0.8) -> NDArray[np.bool_]:
    """For each 50 ms: is at least `share` of its power one tone of `hz`? (Goertzel's measure, one bin.)"""
    length = rate // 20
    frames = samples[: len(samples) // length * length].reshape(-1, length).astype(np.float64)
    turn = np.exp(-2j * np.pi * hz * np.arange(length) / rate)
    power = np.mean(frames**2, axis=1)
    at_hz = 2 * np.abs(frames @ turn) ** 2 / length**2
    return np.asarray((power > TONE_FLOOR**2) & (at_hz >= share * np.maximum(power, 1e-12)))


def tone_seconds(samples: Samples, hz: float, rate: int = RATE, share: float = 0.8) -> float:
    """How many seconds of `samples` are a tone of `hz`; for recordings as well as for ears."""
    return float(np.count_nonzero(tone_frames(samples, hz, rate, share))) / 20


def quiet_spans(samples: Samples, least_s: float, floor: float = 0.002) -> list[tuple[float, float]]:
    """(begin, end) in seconds of each silence of at least `least_s`, found in steps of 20 ms."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    quiet = np.sqrt(np.mean(frames.astype(np.float64) ** 2, axis=1)) < floor
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8)))
    spans = [(float(a) / 50, float(b) / 50) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [(a, b) for a, b in spans if b - a >= least_s]


def transcript(
    heard: Samples, sounds: Sequence[Sound], head_s: float | None = 1.5, same: float = SAME
) -> list[tuple[Sound, Match]]:
    """Which of `sounds` are in `heard`, in order, none over another; a sound cut short counts by its head."""
    found: list[tuple[Sound, Match]] = []
    for sound in sounds:
        score = likeness(heard, sound.head(head_s)).copy()
        while len(score) and (best := int(np.argmax(score)), float(score.max()))[1] >= same:
            found.append((sound, Match(best, float(score[best]))))
            reach = max(FRAME, len(sound.head(head_s)) // 2)
            score[max(0, best - reach) : best + reach] = 0.0
    kept: list[tuple[Sound, Match]] = []
    for sound, match in sorted(found, key=lambda f: f[1].score * len(f[0].head(head_s)) ** 0.1, reverse=True):
        span = (match.first, match.first + len(sound.head(head_s)))
        if all(_apart(span, (m.first, m.first + len(s.head(head_s)))) for s, m in kept):
            kept.append((sound, match))
    return sorted(kept, key=lambda f: f[1].first)


def _apart(one: tuple[int, int], other: tuple[int, int]) -> bool:
    slack = 2 * FRAME
    return one[1] - slack <= other[0] or other[1] - slack <= one[0]


def _n(seconds: float) -> int:
    return round(seconds * RATE)
