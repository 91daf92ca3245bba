"""One prompt, or a value as it is read aloud, for one's own ears. Needs no database."""

from dataclasses import dataclass

from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.audio.pieces import PLACEHOLDERS
from smartdesk_pbx.audio.spell import read_aloud
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings


@dataclass(frozen=True)
class Heard:
    """A sound for one's own ears: its text, its wideband samples (16 kHz, 16 bit), and where it lies ("": nowhere)."""

    text: str
    sln16: bytes
    file: str


def hear(settings: Settings, prompt: str, language: str, value: str | None) -> Heard:
    """A built prompt; with `value` a placeholder, as it is read aloud: `@opens` of 2026-01-05T09:00. `RuleBroken`."""
    if value is not None or prompt in PLACEHOLDERS:
        return _heard_value(settings, prompt, language, value)
    catalogue = Catalogue(settings)
    file = catalogue.path(language, prompt).with_suffix(".sln16")
    if prompt not in catalogue.ids(language) or not file.is_file():
        raise RuleBroken(f"no prompt {prompt} is built in {language} (smartdesk prompt list shows what is)")
    return Heard(catalogue.text(language, prompt), file.read_bytes(), str(file))


def _heard_value(settings: Settings, placeholder: str, language: str, value: str | None) -> Heard:
    if placeholder not in PLACEHOLDERS or value is None:
        raise RuleBroken(f"a value is read aloud as {', '.join(sorted(PLACEHOLDERS))}: @time 15:30")
    return Heard(value, read_aloud(settings, PLACEHOLDERS[placeholder], value, language)[".sln16"], "")
