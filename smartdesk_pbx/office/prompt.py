"""Prompts: what is built, and building what changed."""

from dataclasses import dataclass

from smartdesk_pbx.audio.build import BuildResult, build
from smartdesk_pbx.audio.make import Progress
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.office import Office, open_office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.session import sqlite_file


class Listing(Params):
    language: str | None = None


class Which(Params):
    prompt: str


@dataclass(frozen=True)
class Shown:
    prompt: str
    language: str
    seconds: float
    file: str
    text: str


@dataclass(frozen=True)
class Rebuilt:
    """`restored`: announced names and emergency numbers whose sounds were gone."""

    prompts: int
    changed: int
    removed: int
    restored: int


async def listing(office: Office, params: Listing) -> list[Shown]:
    """All built prompts, by language and id."""
    catalogue = office.catalogue
    languages = [params.language] if params.language else catalogue.languages
    return [_shown(office, one, language) for language in languages for one in sorted(catalogue.ids(language))]


async def show(office: Office, params: Which) -> list[Shown]:
    """One prompt in each language that has it. Raises `RuleBroken` when none has."""
    catalogue = office.catalogue
    found = [_shown(office, params.prompt, one) for one in catalogue.languages if params.prompt in catalogue.ids(one)]
    if not found:
        raise RuleBroken(f"no prompt {params.prompt} (smartdesk prompt list shows them)")
    return found


async def rebuild(settings: Settings, progress: Progress) -> Rebuilt:
    """Bring the sounds up to date; works before there is a database. Raises `Mistakes`, changing nothing."""
    result: BuildResult = build(settings, progress)
    file, restored = sqlite_file(settings), 0
    if file is None or file.exists():
        async with open_office(settings) as office:
            restored = await voice.restore(office)
    return Rebuilt(result.prompts, result.changed, result.removed, restored)


def _shown(office: Office, prompt: str, language: str) -> Shown:
    catalogue = office.catalogue
    path, seconds = str(catalogue.path(language, prompt)), round(catalogue.seconds(language, prompt), 2)
    return Shown(prompt, language, seconds, path, catalogue.text(language, prompt))
