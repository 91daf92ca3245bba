"""Which prompts are built, what their sound files are called, and how long they last."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings

ULAW_RATE = 8000
"""Bytes of a `.ulaw` file per second."""
FILE_CHARACTERS = 8
"""An extension of Asterisk holds 79 characters, so prompt lists need short file names."""
ENDINGS = (".ulaw", ".sln16")
"""Each sound is there twice: 8 kHz for ordinary calls, 16 kHz for wideband."""
TONES = ("beep", "confirm", "silence-1")
"""Prompts that are made, not spoken: the same in each language."""


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
    """One prompt as built: its file's name, the key of what it was made from, its length, and its text."""

    file: str
    key: str
    seconds: float
    text: str


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
        """Languages that have prompts, in alphabetical order. Raises `RuleBroken` when nothing is built."""
        return tuple(sorted(self._manifest))

    def ids(self, language: str) -> frozenset[str]:
        """Prompt ids that can be played in a language; empty for a language without prompts."""
        return frozenset(self._manifest.get(language, {}))

    def text(self, language: str, prompt_id: str) -> str:
        """What a prompt says, as written; "" for a tone or a recording without text. Raises `RuleBroken`."""
        built = self._manifest.get(language, {}).get(prompt_id)
        if built is None:
            raise RuleBroken(f"prompt {prompt_id} is not built for language {language}")
        return built.text

    def path(self, language: str, prompt_id: str) -> Path:
        """Its `.ulaw` file, existing or not. Also for announced names and spelt numbers."""
        return self._settings.sounds_dir / language / f"{file_id(prompt_id)}.ulaw"

    def seconds(self, language: str, prompt_id: str) -> float:
        """Length of a prompt, an announced name or a spelt number. Raises `RuleBroken` when there is none."""
        built = self._manifest.get(language, {}).get(prompt_id)
        if built is not None:
            return built.seconds
        try:
            return self.path(language, prompt_id).stat().st_size / ULAW_RATE
        except FileNotFoundError:
            raise RuleBroken(f"prompt {prompt_id} is not built for language {language}") from None

    def missing(self, language: str, prompt_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of the given prompts that cannot be played in a language, sorted."""
        return tuple(sorted({one for one in prompt_ids if not self.path(language, one).is_file()}))
