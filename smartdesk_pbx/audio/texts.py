"""What the prompts say: `prompts/LANGUAGE.yaml` and `prompts/voices.yaml`, read with all mistakes at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from smartdesk_pbx.errors import Mistake, Mistakes
from smartdesk_pbx.settings import Settings, share

PROMPT_ID = re.compile(r"[a-z0-9-]{1,40}")
LANGUAGE = re.compile(r"[a-z]{2}")
TEXT_MOST = 500
_YAML_SHAPE = "must be a mapping of names to entries"
T = TypeVar("T")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Written(_Entry):
    """One phrase as a file holds it: its text, or `as_in`, the language that says it (For English, press 2)."""

    text: str | None = Field(None, min_length=1, max_length=TEXT_MOST)
    reading: str | None = Field(None, min_length=1, max_length=TEXT_MOST)
    piece: bool = False
    slow: bool = False
    as_in: str | None = Field(None, pattern=r"^[a-z]{2}$")

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if (self.text is None) == (self.as_in is None):
            raise PydanticCustomError("one", "give text, or else as_in: the language in which it is said here too")
        return self


@dataclass(frozen=True)
class Prompt:
    """One phrase of one language. `reading` is spoken in place of `text` where a voice would misread it."""

    text: str
    reading: str | None
    piece: bool
    """A piece for joining: no silence around it."""
    slow: bool
    """Spoken slowly: the digits of a number that the caller writes down."""
    language: str
    """Whose voice or recording says it."""

    @property
    def spoken(self) -> str:
        return self.reading or self.text


class OpenJTalk(_Entry):
    """A Japanese voice of pyopenjtalk-plus; speeds are factors, `half_tone` semitones."""

    engine: Literal["open-jtalk"]
    speed: float = Field(1.0, ge=0.5, le=2.0)
    slow_speed: float = Field(1.0, ge=0.5, le=2.0)
    half_tone: float = Field(0.0, ge=-12, le=12)
    pause_ms: int = Field(400, ge=0, le=2000)
    announced_name: str = "{name}"


class Espeak(_Entry):
    """A voice of espeak-ng: `voice` as `espeak-ng --voices` names it, `pitch` 0 to 99."""

    engine: Literal["espeak-ng"]
    voice: str = Field(pattern=r"^[a-z0-9+-]+$")
    words_per_minute: int = Field(150, ge=80, le=300)
    pitch: int = Field(50, ge=0, le=99)
    pause_ms: int = Field(400, ge=0, le=2000)
    announced_name: str = "{name}"


Voice = Annotated[OpenJTalk | Espeak, Field(discriminator="engine")]
_VOICE: TypeAdapter[OpenJTalk | Espeak] = TypeAdapter(Voice)
_WRITTEN = TypeAdapter(Written)


def load_voices(folder: Path | None = None) -> dict[str, OpenJTalk | Espeak]:
    """The voice of each language that has one. Raises `Mistakes`."""
    return {name: one for name, (one, _) in _load((folder or share("prompts")) / "voices.yaml", _VOICE, LANGUAGE)}


def known_languages(settings: Settings) -> tuple[str, ...]:
    """Languages that have texts, with or without a voice, in alphabetical order."""
    return tuple(sorted({f.stem for f in _files(settings, "??") if LANGUAGE.fullmatch(f.stem)}))


def load_prompts(settings: Settings, language: str) -> dict[str, Prompt]:
    """A language's prompts: the product's, then those of HOME/prompts/LANGUAGE.yaml. Raises `Mistakes`."""
    wrong: list[Mistake] = []
    found: dict[str, Prompt] = {}
    for id_, (one, where) in _written(settings, language).items():
        said_by = one.as_in or language
        said = _written(settings, said_by).get(id_, (None, ""))[0] if one.as_in else one
        if said is None or said.text is None:
            wrong.append(
                Mistake(where, f"as_in: language {said_by} has no text for it", "write one there, or text here")
            )
        else:
            found[id_] = Prompt(said.text, said.reading, said.piece, said.slow, said_by)
    if wrong:
        raise Mistakes(wrong)
    return found


def texts(settings: Settings, language: str) -> Mapping[str, str]:
    """What each prompt of a language says, built or not: a recording without a text says "". Empty for a language
    that nobody has written. Raises `Mistakes`."""
    recordings = dict.fromkeys(recorded(settings, language), "")
    return recordings | {id_: one.text for id_, one in load_prompts(settings, language).items()}


def recorded(settings: Settings, language: str) -> dict[str, Path]:
    """Recorded files that stand in for a prompt or add one, by prompt id; those of HOME win."""
    folders = (share("prompts") / "recorded" / language, settings.home / "prompts" / language)
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("[!.]*.wav"))}
    wrong = [
        Mistake(str(path), "not a prompt id", "a-z, 0-9 and -, at most 40")
        for prompt, path in found.items()
        if not PROMPT_ID.fullmatch(prompt)
    ]
    if wrong:
        raise Mistakes(wrong)
    return found


def own_texts(settings: Settings, language: str) -> Path:
    """The file of the installation's own texts, existing or not."""
    return settings.home / "prompts" / f"{language}.yaml"


def _files(settings: Settings, language: str) -> list[Path]:
    folders = (share("prompts"), settings.home / "prompts")
    return [file for folder in folders for file in sorted(folder.glob(f"{language}.yaml"))]


def _written(settings: Settings, language: str) -> dict[str, tuple[Written, str]]:
    found: dict[str, tuple[Written, str]] = {}
    for file in _files(settings, language):
        there = file.stat()
        found |= _entries(file, there.st_mtime_ns, there.st_size)
    return found


@lru_cache(maxsize=32)
def _entries(file: Path, mtime_ns: int, size: int) -> dict[str, tuple[Written, str]]:
    # each language is asked for by each other one, and reading takes 60 ms
    return dict(_load(file, _WRITTEN, PROMPT_ID))


def _load(path: Path, entry: TypeAdapter[T], name: re.Pattern[str]) -> Iterator[tuple[str, tuple[T, str]]]:
    # name, entry, and where it stands
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise Mistakes([Mistake(f"{path}:1", _YAML_SHAPE)])
    good: dict[str, tuple[T, str]] = {}
    wrong: list[Mistake] = []
    for key, value in document.items():
        where = f"{path}:{document.lc.key(key)[0] + 1}: {key}"  # type: ignore[attr-defined]
        if not isinstance(key, str) or not name.fullmatch(key):
            wrong.append(Mistake(where, "not a good name", f"it must match {name.pattern}"))
            continue
        try:
            good[key] = entry.validate_python(value), where
        except ValidationError as errors:
            wrong.extend(Mistake(where, _told(error)) for error in errors.errors())
    if wrong:
        raise Mistakes(wrong)
    return iter(good.items())


def _told(error: ErrorDetails) -> str:
    loc = ".".join(str(part) for part in error["loc"])
    return f"{loc}: {error['msg']}" if loc else error["msg"]


def read_yaml(path: Path) -> Any:
    """A file as ruamel's round-trip document. Raises `Mistakes` naming the line where it is no YAML."""
    try:
        return YAML(typ="rt", pure=True).load(path)
    except MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 0
        raise Mistakes([Mistake(f"{path}:{line}", str(wrong.problem))]) from wrong
