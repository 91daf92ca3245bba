"""Building all prompts of an installation into HOME/sounds, from the cache where nothing changed."""

import filecmp
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from smartdesk_pbx.audio.catalogue import (
    ENDINGS,
    TONES,
    ULAW_RATE,
    Built,
    Manifest,
    Origin,
    file_id,
    manifest_file,
    read_manifest,
    refuse_collisions,
)
from smartdesk_pbx.audio.make import Progress, Recording, Source, Speech, Tone, cache_dir, install, make_all
from smartdesk_pbx.audio.speech import engine_version
from smartdesk_pbx.audio.texts import Espeak, OpenJTalk, Prompt, known_languages, load_prompts, load_voices, recorded
from smartdesk_pbx.errors import EdgeDown, Mistakes
from smartdesk_pbx.settings import Settings

HOLD = "hold"
MADE_BY: Mapping[type[Source], Origin] = {Speech: "voice", Recording: "recorded", Tone: "tone"}


@dataclass(frozen=True)
class BuildResult:
    """How many prompts there are now, how many files were new or changed, and how many were taken away."""

    prompts: int
    changed: int
    removed: int


@dataclass(frozen=True)
class Speaker:
    """A voice, and the version of the engine that it speaks through."""

    voice: OpenJTalk | Espeak
    engine: str


def build(settings: Settings, progress: Progress = lambda done, total, name: None) -> BuildResult:
    """Bring HOME/sounds up to date: all languages, tones, hold music, manifest.

    Raises `Mistakes`, changing nothing, and `EdgeDown` when the disk fails.
    """
    voices = {language: Speaker(voice, engine_version(voice)) for language, voice in load_voices().items()}
    wanted = {language: _wanted(settings, language, voices) for language in known_languages(settings)}
    wanted = {language: all_ for language, all_ in wanted.items() if all_}  # a language of texts alone has no sounds
    hold = Tone(HOLD)
    sources = [(f"{lang}/{id_}", one[0]) for lang, all_ in wanted.items() for id_, one in all_.items()]
    wrong = make_all(settings, [*sources, (HOLD, hold)], progress)
    if wrong:
        raise Mistakes(wrong)
    try:
        return _install(settings, wanted, hold)
    except OSError as down:
        raise EdgeDown(f"prompts cannot be written to {settings.sounds_dir}: {down}") from down


def _wanted(settings: Settings, language: str, voices: Mapping[str, Speaker]) -> dict[str, tuple[Source, str]]:
    # prompt id: what it is made from, and its text; empty for a language with neither voice nor recordings
    recordings, found = recorded(settings, language), dict[str, tuple[Source, str]]()
    if not recordings and language not in voices:
        return found
    elsewhere = {other: recorded(settings, other) for other in known_languages(settings)}
    for id_, prompt in load_prompts(settings, language).items():
        path = recordings.pop(id_, None) or elsewhere[prompt.language].get(id_)
        if source := _source(prompt, path, voices):
            found[id_] = (source, prompt.text)
    found |= {id_: (Recording(path), "") for id_, path in recordings.items()}
    found |= {name: (Tone(name), "") for name in TONES if name not in found}
    refuse_collisions(found)
    return found


def _source(prompt: Prompt, path: Path | None, voices: Mapping[str, Speaker]) -> Source | None:
    speaker = voices.get(prompt.language)
    if path:
        return Recording(path, prompt.piece)
    return Speech(prompt.spoken, speaker.voice, speaker.engine, prompt.piece, prompt.slow) if speaker else None


def _install(settings: Settings, wanted: Mapping[str, Mapping[str, tuple[Source, str]]], hold: Tone) -> BuildResult:
    before, cache = read_manifest(settings), cache_dir(settings)
    changed = 0
    manifest: dict[str, dict[str, Built]] = {}
    for language, prompts in wanted.items():
        folder = settings.sounds_dir / language
        manifest[language] = {}
        for id_, (source, text) in prompts.items():
            stem, key = folder / file_id(id_), source.key
            changed += _put(cache / key, stem)
            seconds = stem.with_name(stem.name + ".ulaw").stat().st_size / ULAW_RATE
            manifest[language][id_] = Built(stem.name, key, seconds, text, MADE_BY[type(source)])
    music = settings.sounds_dir / HOLD / HOLD
    changed += _put(cache / hold.key, music)
    if manifest != before:
        _write_manifest(manifest_file(settings), manifest)
    removed = _remove_old(settings, before, manifest)
    return BuildResult(sum(map(len, manifest.values())), changed, removed)


def _same(made: Path, stem: Path) -> bool:
    pairs = [(made.with_name(made.name + e), stem.with_name(stem.name + e)) for e in ENDINGS]
    return all(there.is_file() and filecmp.cmp(source, there, shallow=False) for source, there in pairs)


def _put(made: Path, stem: Path) -> bool:
    # compared whole, so that a build also mends what was damaged on the disk
    if _same(made, stem):
        return False
    install(made, stem)
    return True


def _write_manifest(path: Path, manifest: Manifest) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    document = {lang: {id_: asdict(one) for id_, one in all_.items()} for lang, all_ in manifest.items()}
    unfinished.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)


def _remove_old(settings: Settings, before: Manifest, now: Manifest) -> int:
    gone = [
        (lang, one.file) for lang, all_ in before.items() for id_, one in all_.items() if id_ not in now.get(lang, {})
    ]
    kept = {(lang, one.file) for lang, all_ in now.items() for one in all_.values()}
    for lang, file in gone:
        if (lang, file) not in kept:
            for ending in ENDINGS:
                (settings.sounds_dir / lang / f"{file}{ending}").unlink(missing_ok=True)
    return len(gone)
