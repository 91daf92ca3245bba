"""Prompts: what there is, building what changed, taking in recordings."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from smartdesk_pbx.audio.build import BuildResult, build
from smartdesk_pbx.audio.catalogue import Catalogue, read_manifest
from smartdesk_pbx.audio.make import Progress
from smartdesk_pbx.audio.texts import known_languages, load_prompts, load_voices, recorded
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.office import Office, open_office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.session import sqlite_file

State = Literal["voice", "recorded", "tone", "not built", "text only"]


class Listing(Params):
    """`pieces`: also what numbers and times are read aloud with."""

    language: str | None = None
    pieces: bool = True


class Which(Params):
    prompt: str


@dataclass(frozen=True)
class Shown:
    """One prompt in one language. `state`: what its sound was made from, or why it has none."""

    prompt: str
    language: str
    seconds: float | None
    state: State
    file: str
    text: str


@dataclass(frozen=True)
class Rebuilt:
    """`restored`: announced names and emergency numbers whose sounds were gone. `text_only`: by language, how many
    texts nobody has recorded and no voice speaks."""

    prompts: int
    changed: int
    removed: int
    restored: int
    text_only: dict[str, int]


@dataclass(frozen=True)
class Imported:
    """A recording that was taken in: `seconds` without the silence around it; `rate` and `channels` as it came."""

    prompt: str
    language: str
    seconds: float
    rate: int
    channels: int
    text: str
    file: str


async def listing(office: Office, params: Listing) -> list[Shown]:
    """All prompts, built or not, by language and id."""
    known = known_languages(office.settings)
    if params.language and params.language not in known:
        raise RuleBroken(f"language {params.language}: {', '.join(known)} are known")
    return [one for language in known if params.language in (None, language)
            for one in _all(office.settings, language, pieces=params.pieces)]  # fmt: skip


async def show(office: Office, params: Which) -> list[Shown]:
    """One prompt in each language that has it. Raises `RuleBroken` when none has."""
    languages = known_languages(office.settings)
    found = [one for language in languages for one in _all(office.settings, language) if one.prompt == params.prompt]
    if not found:
        raise RuleBroken(f"no prompt {params.prompt} (smartdesk prompt list shows them)")
    return found


async def rebuild(settings: Settings, progress: Progress) -> Rebuilt:
    """Bring the sounds up to date; works before there is a database. Raises `Mistakes`, changing nothing."""
    result: BuildResult = build(settings, progress)
    restored = await _restored(settings)
    counts = {language: sum(one.state == "text only" for one in _all(settings, language))
              for language in known_languages(settings)}  # fmt: skip
    text_only = {language: count for language, count in counts.items() if count}
    return Rebuilt(result.prompts, result.changed, result.removed, restored, text_only)


async def take_in(
    settings: Settings, file: Path, prompt: str, language: str, text: str | None, progress: Progress
) -> Imported:
    """A recording made right and built in the place of a prompt. Raises `RuleBroken` (`Mistakes`) or `EdgeDown`,
    and then everything is as it was."""
    from smartdesk_pbx.audio.take import taken

    with taken(settings, file, prompt, language, text) as one:
        build(settings, progress)
    await _restored(settings)
    said = Catalogue(settings).text(language, prompt)
    return Imported(prompt, language, one.seconds, one.rate, one.channels, said, str(one.wav))


async def _restored(settings: Settings) -> int:
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        return 0
    async with open_office(settings) as office:
        return await voice.restore(office)


def _all(settings: Settings, language: str, *, pieces: bool = True) -> Iterator[Shown]:
    built, written = read_manifest(settings).get(language, {}), load_prompts(settings, language)
    voices, recordings = load_voices(), recorded(settings, language)
    sounding = bool(recordings) or language in voices
    for id_ in sorted({*written, *built}):
        one, there = written.get(id_), built.get(id_)
        if there:
            file = settings.sounds_dir / language / f"{there.file}.ulaw"
            shown = Shown(id_, language, round(there.seconds, 2), there.origin, str(file), there.text)
        else:
            able = id_ in recordings or (sounding and one is not None and one.language in voices)
            shown = Shown(id_, language, None, "not built" if able else "text only", "", one.text if one else "")
        if pieces or one is None or not one.piece:
            yield shown
