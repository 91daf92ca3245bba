"""Hearing a prompt at one's desk: as a wav file, or through a player of this machine."""

import io
import shutil
import subprocess
import tempfile
import time
import wave
from pathlib import Path

from smartdesk_pbx.audio.catalogue import SLN16_RATE

PLAYERS = (("aplay", "-q"), ("paplay",), ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"))
"""The first that is installed plays."""
HEARD = 0.8
"""A player that needed less of the sound's time than this did not play it."""
_WIDTH = 2


def as_wav(sln16: bytes) -> bytes:
    """A wav file of the wideband form of a sound."""
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(_WIDTH)
        wav.setframerate(SLN16_RATE // _WIDTH)
        wav.writeframes(sln16)
    return out.getvalue()


def play(wav: bytes, seconds: float) -> bool:
    """Play a wav file to its end; False where no player is installed, or it found no loudspeaker to play on."""
    found = next((player for player in PLAYERS if shutil.which(player[0])), None)
    if found is None:
        return False
    with tempfile.TemporaryDirectory(prefix="smartdesk-") as folder:
        file = Path(folder) / "prompt.wav"
        file.write_bytes(wav)
        began = time.monotonic()
        status = subprocess.run([*found, str(file)], capture_output=True, check=False).returncode
    # ffplay that finds no loudspeaker ends at once and says that all went well
    return status == 0 and time.monotonic() - began >= HEARD * seconds
