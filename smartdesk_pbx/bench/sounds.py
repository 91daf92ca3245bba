"""The prompts of the bench: like speech to a codec, and of an exact length."""

import numpy as np
import soundfile

from smartdesk_pbx.audio.catalogue import ENDINGS, file_id
from smartdesk_pbx.audio.shape import LEAD_S, TAIL_S, WIDE_RATE, Sound, even, write_both
from smartdesk_pbx.settings import Settings

PROMPTS_S = {"one-sec": 1.0, "two-sec": 2.0, "eight-s": 8.0, "ten-sec": 10.0, "whisper-call": 1.0}
"""Seconds of each as it is played, in the language of the bench's flows."""
NAME_S = 0.5
"""The announced name that follows whisper-call."""
LANGUAGE = "ja"
WHISPER = "whisper"
"""Both in one file: all that a dialplan's Dial can play to the agent."""


def record_prompts(settings: Settings) -> None:
    """Put them where a recorded prompt is looked for; the next build takes them up."""
    folder = settings.home / "prompts" / LANGUAGE
    folder.mkdir(parents=True, exist_ok=True)
    for prompt, seconds in PROMPTS_S.items():
        # A build puts silence around what was recorded.
        soundfile.write(folder / f"{prompt}.wav", babble(seconds - LEAD_S - TAIL_S), WIDE_RATE, subtype="PCM_16")


def shorten_name(settings: Settings, prompt: str) -> None:
    """Make the announced name that was built as `prompt` `NAME_S` long, and `WHISPER` of it."""
    folder = settings.sounds_dir / LANGUAGE
    write_both(babble(NAME_S), WIDE_RATE, folder / prompt)
    for ending in ENDINGS:
        parts = [(folder / f"{name}{ending}").read_bytes() for name in (file_id("whisper-call"), prompt)]
        (folder / f"{WHISPER}{ending}").write_bytes(b"".join(parts))


def babble(seconds: float) -> Sound:
    """A voice without words: a few tones whose loudness wavers, never silent. 16 kHz."""
    at = np.arange(round(seconds * WIDE_RATE)) / WIDE_RATE
    voice = sum(np.sin(2 * np.pi * hz * at) / n for n, hz in enumerate((180.0, 370.0, 710.0, 1430.0), start=1))
    return even(voice * (0.6 + 0.3 * np.sin(2 * np.pi * 3.1 * at)), WIDE_RATE)
