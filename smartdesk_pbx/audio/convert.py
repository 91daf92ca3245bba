"""What Asterisk recorded, made into files to keep: talks in two tracks, messages in one."""

import hashlib
import os
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import soundfile

from smartdesk_pbx.audio.shape import FRAME_S, frame_levels, read_ulaw
from smartdesk_pbx.call.phone import Finished
from smartdesk_pbx.errors import EdgeDown

if TYPE_CHECKING:
    from pydub import AudioSegment

RATE = 8000
SAMPLE_BYTES = 2
TALK_TRACKS = 2
"""The caller left, what the caller heard right, as MixMonitor's option D writes them."""
BLOCK_BYTES = 1 << 18
SPOKEN_DB = -42.0
"""Louder than that is a voice: what Asterisk itself takes for silence ends there."""
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700


def finish_talk(raw: Path, wav: Path) -> Finished:
    """MixMonitor's raw stereo (16-bit little-endian, 8 kHz, caller then heard) as a wav of 0600. `raw` stays.

    An empty recording becomes a wav of 0 s, so that the caller can compare it with the talk. Raises `EdgeDown`.
    """

    def write(out: BinaryIO) -> float:
        with raw.open("rb") as source:
            return _write(source, out, TALK_TRACKS)

    return _kept(raw.name, wav, write)


def finish_message(recorded: Path, wav: Path) -> Finished:
    """Record's raw mu-law (8 kHz; it has no header that a crash could spoil) as a wav of 0600. `recorded` stays.

    Raises `EdgeDown` when it cannot be read or written.
    """
    from pydub import AudioSegment

    try:
        sound = (read_ulaw(recorded) * 32767).astype("<i2").tobytes()
    except (OSError, soundfile.LibsndfileError) as down:
        raise EdgeDown(f"recording {recorded.name}: {down}") from down
    segment = AudioSegment(data=sound, sample_width=SAMPLE_BYTES, frame_rate=RATE, channels=1)
    return _kept(recorded.name, wav, lambda out: _export(segment, out))


def spoken_s(recorded: Path) -> float:
    """For how long somebody speaks in Record's raw mu-law: the frames that are louder than a quiet line.

    Raises `EdgeDown` when it cannot be read.
    """
    try:
        levels = frame_levels(read_ulaw(recorded), RATE)
    except (OSError, soundfile.LibsndfileError) as down:
        raise EdgeDown(f"recording {recorded.name}: {down}") from down
    return float((levels > 10 ** (SPOKEN_DB / 20)).sum()) * FRAME_S


def _export(segment: "AudioSegment", out: BinaryIO) -> float:
    segment.export(out, format="wav")
    return len(segment.raw_data) / SAMPLE_BYTES / RATE


def _kept(name: str, wav: Path, write: Callable[[BinaryIO], float]) -> Finished:
    """What `write` writes (it tells the seconds), in its place at once, with its digest."""
    unfinished = wav.with_name(f".{wav.name}.{os.getpid()}")
    try:
        wav.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE), "w+b") as out:
            seconds = write(out)
            out.flush()
            out.seek(0)
            digest = hashlib.file_digest(out, "sha256").hexdigest()
            os.fsync(out.fileno())
            size = out.seek(0, os.SEEK_END)
        unfinished.replace(wav)
    except OSError as down:
        unfinished.unlink(missing_ok=True)
        raise EdgeDown(f"recording {name}: {down.strerror}") from down
    return Finished(seconds, size, digest)


def _write(raw: BinaryIO, out: BinaryIO, tracks: int) -> float:
    frame = SAMPLE_BYTES * tracks
    frames = raw.seek(0, os.SEEK_END) // frame
    raw.seek(0)
    with wave.open(out, "wb") as wav:
        wav.setnchannels(tracks)
        wav.setsampwidth(SAMPLE_BYTES)
        wav.setframerate(RATE)
        for block in _blocks(raw, frames * frame):
            wav.writeframesraw(block)
    return frames / RATE


def _blocks(raw: BinaryIO, most: int) -> Iterator[bytes]:
    while most > 0 and (block := raw.read(min(BLOCK_BYTES, most))):
        most -= len(block)
        yield block
