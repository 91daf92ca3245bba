"""Text to speech. Runs in worker processes only: the Japanese engine takes 1.5 s to load and holds the interpreter."""

import contextlib
import io
import re
import shutil
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from smartdesk_pbx.audio.texts import Espeak, OpenJTalk
from smartdesk_pbx.errors import EdgeDown, RuleBroken

if TYPE_CHECKING:
    from smartdesk_pbx.audio.shape import Sound

_SENTENCE_ENDS = re.compile(r"(?<=[。!?！？])|(?<=[.!?]) ")
_LONG_VOWEL = re.compile(r"([aiueo])\1+")
_INT16 = 32768.0
SYNTHESIS_LIMIT_S = 60.0


def engine_version(voice: OpenJTalk | Espeak) -> str:
    """What must change a built prompt's key when the engine changes. Raises `RuleBroken` when it is missing."""
    if isinstance(voice, OpenJTalk):
        return _open_jtalk_version()
    return subprocess.run([_espeak(), "--version"], capture_output=True, text=True, check=True).stdout.split("  ")[0]


def _open_jtalk_version() -> str:
    try:
        return version("pyopenjtalk-plus")
    except PackageNotFoundError:
        raise RuleBroken("no Japanese voice: install the extra `tts` (pyopenjtalk-plus)") from None


def speak(text: str, voice: OpenJTalk | Espeak, *, slow: bool = False) -> "tuple[Sound, int]":
    """A text spoken, sentences apart by the voice's pause: float samples of one channel, and their rate."""
    from smartdesk_pbx.audio.shape import join, trim

    sentences = [part for part in _SENTENCE_ENDS.split(text) if part.strip()]
    spoken = [_say(sentence, voice, slow) for sentence in sentences]
    rate = spoken[0][1]
    return join((trim(sound, rate) for sound, _ in spoken), voice.pause_ms / 1000, rate), rate


def _say(sentence: str, voice: OpenJTalk | Espeak, slow: bool) -> "tuple[Sound, int]":
    return _japanese(sentence, voice, slow) if isinstance(voice, OpenJTalk) else _other(sentence, voice)


def _japanese(sentence: str, voice: OpenJTalk, slow: bool) -> "tuple[Sound, int]":
    speed = voice.slow_speed if slow else voice.speed
    sound, rate = _open_jtalk().tts(sentence, speed=speed, half_tone=voice.half_tone)
    return sound / _INT16, rate


def _other(sentence: str, voice: Espeak) -> "tuple[Sound, int]":
    from smartdesk_pbx.audio.shape import read_wav

    latin = sentence if sentence.isascii() else romanised(sentence)
    with tempfile.TemporaryDirectory(prefix="smartdesk-") as folder:
        wav = Path(folder) / "speech.wav"
        how = ["-v", voice.voice, "-s", str(voice.words_per_minute), "-p", str(voice.pitch), "-w", str(wav)]
        _run_espeak(how, latin)
        sound, rate = read_wav(wav)
        return sound[:, 0], rate


def _run_espeak(how: list[str], text: str) -> None:
    command = [_espeak(), *how, "--stdin"]
    try:
        subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=SYNTHESIS_LIMIT_S)
    except subprocess.SubprocessError as down:
        raise EdgeDown(f"espeak-ng cannot speak with voice {how[1]}") from down


def romanised(japanese: str) -> str:
    """Latin letters for a Japanese name, word by word, so that a voice of another language can say it."""
    return " ".join(_latin_word(word) for word in japanese.split())


def _latin_word(word: str) -> str:
    if word.isascii():
        return word
    sounds = _open_jtalk().g2p(word, join=False)
    pairs = zip(sounds, [*sounds[1:], ""], strict=True)
    letters = "".join(after[:1] if sound == "cl" else sound for sound, after in pairs if sound != "pau").lower()
    return _LONG_VOWEL.sub(r"\1", letters).capitalize()


def _open_jtalk() -> ModuleType:
    # its import prints about an optional model; stdout may be read by a program
    with contextlib.redirect_stdout(io.StringIO()):
        import pyopenjtalk
    return pyopenjtalk


def _espeak() -> str:
    found = shutil.which("espeak-ng")
    if found is None:
        raise RuleBroken("no espeak-ng: install the package espeak-ng")
    return found
