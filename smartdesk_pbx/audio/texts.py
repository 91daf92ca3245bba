"""What the prompts say: `prompts/LANGUAGE.yaml` and `prompts/voices.yaml`, read with all mistakes at once."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from smartdesk_pbx.errors import Mistake, Mistakes
from smartdesk_pbx.settings import Settings, share

PROMPT_ID = re.compile(r"[a-z0-9-]{1,40}")
_YAML_SHAPE = "must be a mapping of names to entries"
T = TypeVar("T")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Prompt(_Entry):
    """One phrase of one language. `reading` is spoken in place of `text` where a voice would misread it."""

    text: str = Field(min_length=1, max_length=500)
    reading: str | None = Field(None, min_length=1, max_length=500)
    piece: bool = False
    """A piece for joining: no silence around it."""

    @property
    def spoken(self) -> str:
        return self.reading or self.text


class OpenJTalk(_Entry):
    """A Japanese voice of pyopenjtalk-plus; speeds are factors, `half_tone` semitones."""

    engine: Literal["open-jtalk"]
    speed: float = Field(1.0, ge=0.5, le=2.0)
    piece_speed: float = Field(1.0, ge=0.5, le=2.0)
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
_PROMPT = TypeAdapter(Prompt)


def load_voices(folder: Path | None = None) -> dict[str, OpenJTalk | Espeak]:
    """The voice of each language. Raises `Mistakes`."""
    return _load((folder or share("prompts")) / "voices.yaml", _VOICE, re.compile(r"[a-z]{2}"))


def load_prompts(settings: Settings, language: str) -> dict[str, Prompt]:
    """A language's prompts: the product's, then those of HOME/prompts/LANGUAGE.yaml. Raises `Mistakes`."""
    prompts = _load(share("prompts") / f"{language}.yaml", _PROMPT, PROMPT_ID)
    own = settings.home / "prompts" / f"{language}.yaml"
    return prompts | _load(own, _PROMPT, PROMPT_ID) if own.is_file() else prompts


def recorded(settings: Settings, language: str) -> dict[str, Path]:
    """Recorded files that stand in for a prompt or add one, by prompt id; those of HOME win."""
    folders = (share("prompts") / "recorded" / language, settings.home / "prompts" / language)
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.wav"))}
    wrong = [
        Mistake(str(path), "not a prompt id", "a-z, 0-9 and -, at most 40")
        for prompt, path in found.items()
        if not PROMPT_ID.fullmatch(prompt)
    ]
    if wrong:
        raise Mistakes(wrong)
    return found


def _load(path: Path, entry: TypeAdapter[T], name: re.Pattern[str]) -> dict[str, T]:
    document = _read(path)
    if not isinstance(document, dict):
        raise Mistakes([Mistake(f"{path}:1", _YAML_SHAPE)])
    good: dict[str, T] = {}
    wrong: list[Mistake] = []
    for key, value in document.items():
        where = f"{path}:{document.lc.key(key)[0] + 1}: {key}"  # type: ignore[attr-defined]
        if not isinstance(key, str) or not name.fullmatch(key):
            wrong.append(Mistake(where, "not a good name", f"it must match {name.pattern}"))
            continue
        try:
            good[key] = entry.validate_python(value)
        except ValidationError as errors:
            wrong.extend(Mistake(where, _told(error)) for error in errors.errors())
    if wrong:
        raise Mistakes(wrong)
    return good


def _told(error: ErrorDetails) -> str:
    return ".".join(str(part) for part in error["loc"]) + ": " + error["msg"]


def _read(path: Path) -> Any:
    try:
        return YAML(typ="rt", pure=True).load(path)
    except MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 0
        raise Mistakes([Mistake(f"{path}:{line}", str(wrong.problem))]) from wrong
