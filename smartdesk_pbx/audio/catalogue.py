"""Which prompts are built, what their sound files are called, how long they last, and whether they are whole."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from smartdesk_pbx.audio.pieces import Kind, needed
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings

ULAW_RATE = 8000
"""Bytes of a `.ulaw` file per second."""
SLN16_RATE = 32000
"""Bytes of a `.sln16` file per second: 16 kHz, 16 bit."""
FILE_CHARACTERS = 8
"""An extension of Asterisk holds 79 characters, so prompt lists need short file names."""
ENDINGS = (".ulaw", ".sln16")
"""Each sound is there twice: 8 kHz for ordinary calls, 16 kHz for wideband."""
TONES = ("beep", "confirm", "silence-1")
"""Prompts that are made, not spoken: the same in each language."""
LENGTHS_DIFFER_S = 0.05
"""The two forms of a sound are as long as each other but for so much."""

Origin = Literal["voice", "recorded", "tone"]
"""What a sound was made from."""


def file_id(prompt_id: str) -> str:
    """The sound file's name without folder and ending: the id itself up to 8 characters, else 8 of its hash."""
    if len(prompt_id) <= FILE_CHARACTERS:
        return prompt_id
    digest = hashlib.sha256(prompt_id.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:FILE_CHARACTERS]


def refuse_collisions(prompt_ids: Iterable[str]) -> None:
    """Raises `RuleBroken` when two prompts would share one sound file."""
    seen: dict[str, str] = {}
    for prompt_id in prompt_ids:
        other = seen.setdefault(file_id(prompt_id), prompt_id)
        if other != prompt_id:
            raise RuleBroken(f"prompts {other} and {prompt_id} would share one sound file: rename one of them")


@dataclass(frozen=True)
class Built:
    """One prompt as built: its file's name, the key of what it was made from, its length, its text."""

    file: str
    key: str
    seconds: float
    text: str
    origin: Origin = "voice"


Manifest = Mapping[str, Mapping[str, Built]]
"""Language, prompt id, what was built."""


def manifest_file(settings: Settings) -> Path:
    return settings.sounds_dir / "manifest.json"


def read_manifest(settings: Settings) -> Manifest:
    """What the last build wrote; empty when there was none or it cannot be read."""
    try:
        document = json.loads(manifest_file(settings).read_bytes())
        return {lang: {id_: Built(**one) for id_, one in all_.items()} for lang, all_ in document.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


class Catalogue:
    """The built prompts of one installation, as they were when first asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _manifest(self) -> Manifest:
        manifest = read_manifest(self._settings)
        if not manifest:
            raise RuleBroken("no prompts are built: run `smartdesk prompt build`")
        return manifest

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that have sounds, in alphabetical order. Raises `RuleBroken` when nothing is built."""
        return tuple(sorted(self._manifest))

    @property
    def complete(self) -> tuple[str, ...]:
        """Languages in which every text has its sound: not one of which only some prompts were recorded."""
        from smartdesk_pbx.audio.texts import load_prompts

        def own(language: str) -> set[str]:
            return {id_ for id_, one in load_prompts(self._settings, language).items() if one.language == language}

        return tuple(language for language in self.languages if own(language) <= self.ids(language))

    def reads(self, kind: Kind) -> tuple[str, ...]:
        """Languages in which every value of a kind can be read aloud."""
        return tuple(language for language in self.languages if needed(kind, language) <= self.ids(language))

    def ids(self, language: str) -> frozenset[str]:
        """Prompt ids that can be played in a language; empty for a language without sounds."""
        return frozenset(self._manifest.get(language, {}))

    def built(self, language: str, prompt_id: str) -> Built | None:
        """What the build says of a prompt; None when it is not built."""
        return self._manifest.get(language, {}).get(prompt_id)

    def text(self, language: str, prompt_id: str) -> str:
        """What a prompt says, as written; "" for a tone or a recording without text. Raises `RuleBroken`."""
        built = self.built(language, prompt_id)
        if built is None:
            raise RuleBroken(f"prompt {prompt_id} is not built for language {language}")
        return built.text

    def path(self, language: str, prompt_id: str) -> Path:
        """Its `.ulaw` file, existing or not. Also for announced names and spelt numbers."""
        return self._settings.sounds_dir / language / f"{file_id(prompt_id)}.ulaw"

    def seconds(self, language: str, prompt_id: str) -> float:
        """Length of a prompt, an announced name or a spelt number. Raises `RuleBroken` when there is none."""
        built = self.built(language, prompt_id)
        if built is not None:
            return built.seconds
        try:
            return self.path(language, prompt_id).stat().st_size / ULAW_RATE
        except FileNotFoundError:
            raise RuleBroken(f"prompt {prompt_id} is not built for language {language}") from None

    def missing(self, language: str, prompt_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of the given prompts that cannot be played in a language, sorted."""
        return tuple(sorted({one for one in prompt_ids if not self.path(language, one).is_file()}))

    def fault(self, language: str, prompt_id: str) -> str:
        """What is wrong with a sound's files, as far as their sizes and the build tell; "" when nothing is."""
        built = self.built(language, prompt_id)
        return _fault(self.path(language, prompt_id), built.seconds if built else None)

    def torn(self, language: str, prompt_id: str) -> str:
        """`fault` for the middle of a call: two looks at the disk, right also while a build replaces sounds.

        Asterisk plays an empty file without complaint, and another language's where this one has none.
        """
        return _fault(self.path(language, prompt_id), None)

    def faults(self, language: str, prompt_ids: Iterable[str]) -> dict[str, str]:
        """What is wrong with which of the given prompts."""
        return {one: said for one in sorted(set(prompt_ids)) if (said := self.fault(language, one))}


def _fault(narrow: Path, should_s: float | None) -> str:
    try:
        seconds = narrow.stat().st_size / ULAW_RATE
        wide_s = narrow.with_suffix(".sln16").stat().st_size / SLN16_RATE
    except OSError:
        return "is not there"
    should_s = max(seconds, wide_s) if should_s is None else should_s
    if not min(seconds, wide_s):
        return "is empty"
    if max(abs(seconds - should_s), abs(wide_s - should_s)) > LENGTHS_DIFFER_S:
        return f"is damaged: {min(seconds, wide_s):.2f} s instead of {should_s:.2f} s"
    return ""
