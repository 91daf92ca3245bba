"""A caller's message as a sound that can be played back to the same caller, at once and as it was said."""

import io
import os
from pathlib import Path

import soundfile
import soxr

from smartdesk_pbx.audio.shape import NARROW_RATE, WIDE_RATE, Sound, read_wav
from smartdesk_pbx.settings import Settings

_MODE = 0o600


def copy_message(settings: Settings, wav: Path, language: str, file: str) -> None:
    """A finished message as the sound `file` of a language, readable by the owner alone; `unspell` removes it.

    Raises `OSError` when it cannot be read or written.
    """
    channels, rate = read_wav(wav)
    for ending, to, subtype in ((".ulaw", NARROW_RATE, "ULAW"), (".sln16", WIDE_RATE, "PCM_16")):
        # Quick before beautiful: the caller waits.
        sound = channels[:, 0] if to == rate else soxr.resample(channels[:, 0], rate, to, quality="LQ")
        _write(settings.sounds_dir / language / f"{file}{ending}", _raw(sound, to, subtype))


def _raw(sound: Sound, rate: int, subtype: str) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, sound, rate, format="RAW", subtype=subtype, endian="LITTLE")
    return out.getvalue()


def _write(path: Path, sound: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as out:
        out.write(sound)
    unfinished.replace(path)
