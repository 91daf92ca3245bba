"""What Asterisk recorded, made into files to keep: talks in two tracks, messages in one."""

import hashlib
import os
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from smartdesk_pbx.errors import EdgeDown, RuleBroken

RATE = 8000
SAMPLE_BYTES = 2
TALK_TRACKS = 2
"""The caller left, what the caller heard right, as MixMonitor's option D writes them."""
BLOCK_BYTES = 1 << 18
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700


@dataclass(frozen=True)
class Finished:
    """A finished recording: length in seconds, size in bytes, and the SHA-256 of the file in hex."""

    seconds: float
    bytes: int
    sha256: str


def finish_talk(raw: Path, wav: Path) -> Finished:
    """MixMonitor's raw stereo (16-bit little-endian, 8 kHz, caller then heard) as a wav of 0600. `raw` stays.

    An empty recording becomes a wav of 0 s, so that the caller can compare it with the talk. Raises `EdgeDown`.
    """
    return _finish(raw, 0, wav, TALK_TRACKS)


def finish_message(recorded: Path, wav: Path) -> Finished:
    """Record's wav (mono, 16 bit, 8 kHz) with its true length in the header, even after a crash. `recorded` stays.

    Raises `EdgeDown` when it cannot be read, `RuleBroken` when it is no such wav.
    """
    return _finish(recorded, _samples_begin(recorded), wav, 1)


def _finish(source: Path, begin: int, wav: Path, tracks: int) -> Finished:
    unfinished = wav.with_name(f".{wav.name}.{os.getpid()}")
    try:
        wav.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        unfinished.unlink(missing_ok=True)
        with (
            source.open("rb") as raw,
            open(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE), "w+b") as out,
        ):
            seconds = _write(raw, begin, out, tracks)
            out.seek(0)
            digest = hashlib.file_digest(out, "sha256").hexdigest()
            os.fsync(out.fileno())
            size = out.seek(0, os.SEEK_END)
        unfinished.replace(wav)
    except OSError as down:
        unfinished.unlink(missing_ok=True)
        raise EdgeDown(f"recording {source.name}: {down.strerror}") from down
    return Finished(seconds, size, digest)


def _write(raw: BinaryIO, begin: int, out: BinaryIO, tracks: int) -> float:
    frame = SAMPLE_BYTES * tracks
    frames = (raw.seek(0, os.SEEK_END) - begin) // frame
    raw.seek(begin)
    with wave.open(out, "wb") as wav:
        wav.setnchannels(tracks)
        wav.setsampwidth(SAMPLE_BYTES)
        wav.setframerate(RATE)
        for block in _blocks(raw, frames * frame):
            wav.writeframesraw(block)
    out.flush()
    return frames / RATE


def _blocks(raw: BinaryIO, most: int) -> Iterator[bytes]:
    while most > 0 and (block := raw.read(min(BLOCK_BYTES, most))):
        most -= len(block)
        yield block


def _samples_begin(path: Path) -> int:
    """Where the samples begin. The lengths in the header are not believed: they are 0 after a crash."""
    try:
        with path.open("rb") as wav:
            head = wav.read(4096)
    except OSError as down:
        raise EdgeDown(f"recording {path.name}: {down.strerror}") from down
    form = head.find(b"fmt ")
    samples = head.find(b"data")
    good = head[:4] == b"RIFF" and 0 < form < samples
    if not good or head[form + 8 : form + 16] != b"\x01\0\x01\0" + RATE.to_bytes(4, "little"):
        raise RuleBroken(f"recording {path.name} is not a mono wav of 8 kHz")
    return samples + 8
