"""Taking in a recording of any common form: decoded by ffmpeg, judged, made right, and put where builds find it."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import soundfile

from smartdesk_pbx.audio.check import LONGEST_S, check_length, check_source
from smartdesk_pbx.audio.make import Recording, make
from smartdesk_pbx.audio.own import keep_text, put_back
from smartdesk_pbx.audio.shape import Sound, even, read_wav, resample, spoken_level_db, trim
from smartdesk_pbx.audio.texts import PROMPT_ID, TEXT_MOST, known_languages, own_texts
from smartdesk_pbx.errors import EdgeDown, Mistake, Mistakes, RuleBroken
from smartdesk_pbx.settings import Settings

LARGEST_BYTES = 100_000_000
DECODE_LIMIT_S = 60.0
BEST_RATE = 48_000
CANCELLED_DB = 9.0
"""Channels that lose so much when they are mixed are in opposite phase: then the louder one is taken alone."""
RIGHT_FORM = "wav, mp3, m4a, ogg or flac"
_SIGNS = (
    (0, b"RIFF", "wav"), (0, b"RF64", "wav"), (0, b"fLaC", "flac"), (0, b"OggS", "ogg"), (4, b"ftyp", "mp4"),
    (0, b"ID3", "mp3"),
)  # fmt: skip
"""Where a file says what it is: place, bytes, ffmpeg's name for it. File names lie."""


@dataclass(frozen=True)
class Taken:
    """A recording made right: where it lies, its length without the silence around it, and what it came as."""

    wav: Path
    seconds: float
    rate: int
    channels: int


@contextmanager
def taken(settings: Settings, file: Path, prompt: str, language: str, text: str | None) -> Iterator[Taken]:
    """The recording, and its text, in HOME/prompts; both as they were before when what follows fails.

    Raises `RuleBroken` or `Mistakes` for what is wrong with it, before anything is changed; `EdgeDown`.
    """
    _refuse(settings, prompt, language, text)
    sound, rate = decode(file)
    right, right_rate = made_right(str(file), sound, rate)
    wav = settings.home / "prompts" / language / f"{prompt}.wav"
    with put_back(wav, own_texts(settings, language)):
        try:
            _place(right, right_rate, wav, str(file))
            if text:
                keep_text(settings, language, prompt, text)
        except OSError as down:
            raise EdgeDown(f"{wav} cannot be written: {down.strerror or down}") from down
        yield Taken(wav, round(len(right) / right_rate, 2), rate, sound.shape[1])


def decode(file: Path) -> tuple[Sound, int]:
    """A sound file's samples, a column for each channel, and its rate; not more than is ever needed.

    Raises `RuleBroken` (`Mistakes`) when it is none, or when there is no ffmpeg.
    """
    form = _form(file)
    program = shutil.which("ffmpeg")
    if program is None:
        raise RuleBroken("no ffmpeg: install the package ffmpeg")
    with tempfile.TemporaryDirectory(prefix="smartdesk-") as folder:
        wav = Path(folder) / "decoded.wav"
        # The form is fixed, so that no file can be a playlist that makes ffmpeg open others.
        read = ["-protocol_whitelist", "file", "-f", form, "-t", str(LONGEST_S + 10), "-i", f"file:{file}"]
        write = ["-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", str(wav)]
        try:
            subprocess.run(
                [program, "-nostdin", "-v", "error", *read, *write],
                capture_output=True, text=True, errors="replace", check=True, timeout=DECODE_LIMIT_S,
            )  # fmt: skip
            return read_wav(wav)
        except (subprocess.SubprocessError, OSError) as wrong:
            raise Mistakes([Mistake(str(file), _why(getattr(wrong, "stderr", "") or str(wrong)), RIGHT_FORM)]) from None


def _why(said: str) -> str:
    if "matches no streams" in said:
        return "holds no sound"
    last = said.strip().splitlines()[-1] if said.strip() else "for no reason that ffmpeg gives"
    return f"cannot be decoded: {last.rpartition(': ')[2]}"


def made_right(where: str, sound: Sound, rate: int) -> tuple[Sound, int]:
    """Mono, even in level, without the silence around it, at 48 kHz or less; and its rate. Raises `Mistakes`."""
    one = trim(mono(sound, rate), rate)
    wrong = check_source(where, sound, rate) or check_length(where, len(one) / rate)
    if wrong:
        raise Mistakes(wrong)
    to = min(rate, BEST_RATE)
    return even(resample(one, rate, to), to), to


def mono(sound: Sound, rate: int) -> Sound:
    """All channels in one; the loudest alone where they would cancel each other."""
    mixed: Sound = sound.mean(axis=1)
    loudest: Sound = max(sound.T, key=lambda column: spoken_level_db(column, rate))
    return loudest if spoken_level_db(loudest, rate) - spoken_level_db(mixed, rate) > CANCELLED_DB else mixed


def _place(sound: Sound, rate: int, wav: Path, where: str) -> None:
    wav.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=wav.parent) as folder:
        made = Path(folder) / wav.name
        soundfile.write(made, sound, rate, subtype="PCM_16")
        wrong = {m.wrong: m.right for m in make(Recording(made), Path(folder) / "made")}
        if wrong:
            raise Mistakes([Mistake(where, said, right) for said, right in wrong.items()])
        made.replace(wav)


def _form(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            head = stream.read(12)
        size = file.stat().st_size
    except OSError as wrong:
        raise RuleBroken(f"{file}: {wrong.strerror}") from None
    if size > LARGEST_BYTES:
        raise Mistakes([Mistake(str(file), f"{size / 1e6:.0f} MB", f"at most {LARGEST_BYTES / 1e6:.0f} MB")])
    for place, sign, form in _SIGNS:
        if head[place:].startswith(sign):
            return form
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "mp3"
    raise Mistakes([Mistake(str(file), "is no sound file that is understood", RIGHT_FORM)])


def _refuse(settings: Settings, prompt: str, language: str, text: str | None) -> None:
    if not PROMPT_ID.fullmatch(prompt):
        raise RuleBroken(f"--as {prompt}: not a prompt id: a-z, 0-9 and -, at most 40")
    known = known_languages(settings)
    if language not in known:
        more = f"or begin {own_texts(settings, 'xx').parent}/LANGUAGE.yaml"
        raise RuleBroken(f"--language {language}: {', '.join(known)} are known; {more}")
    if text is not None and (len(text) > TEXT_MOST or not text.strip() or not text.isprintable()):
        raise RuleBroken(f"--text: one line of 1 to {TEXT_MOST} characters")
