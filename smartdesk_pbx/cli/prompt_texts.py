"""What the prompts of a flow say and how long they last, built or not: for simulated calls and pictures."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.audio.estimate import estimate_s, placeholder_s
from smartdesk_pbx.audio.pieces import PLACEHOLDERS, phrases
from smartdesk_pbx.audio.texts import texts
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.world import PROMPT_S

if TYPE_CHECKING:
    from smartdesk_pbx.settings import Settings

TONE_S = 0.5


class PromptTexts:
    """The prompts of one installation as texts."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._texts = cache(lambda language: texts(settings, language))
        self._catalogue = Catalogue(settings)

    def of(self, language: str) -> Mapping[str, str]:
        """All texts of a language by prompt id; empty for a language that nobody has written."""
        return self._texts(language)

    def said(self, language: str, prompt: str, value: str = "") -> str:
        """What a caller hears, as text; "" where nobody knows. `value`: of a placeholder."""
        if prompt in PLACEHOLDERS and value:
            return self._read(language, prompt, value.replace(" ", "T"))
        return value if prompt.startswith("@") else self._texts(language).get(prompt, "")

    def _read(self, language: str, prompt: str, value: str) -> str:
        kind = PLACEHOLDERS[prompt]
        if kind == "digits":
            return " ".join(value)
        try:
            pieces = [piece for phrase in phrases(kind, value, language) for piece in phrase]
        except RuleBroken:
            return value
        said = [self._texts(language).get(piece, "") for piece in pieces]
        return ("" if language == "ja" else " ").join(said) if all(said) else value

    def seconds(self, language: str, prompt: str) -> float:
        """How long it lasts: as built, else as long as its text takes."""
        if prompt == "beep":
            return TONE_S
        if prompt in PLACEHOLDERS or prompt == "@name":
            return placeholder_s(prompt) / 2  # the longest one there can be is twice the usual one
        try:
            built = self._catalogue.built(language, prompt)
        except RuleBroken:
            built = None
        if built is not None:
            return built.seconds
        return estimate_s(self._texts(language).get(prompt, ""), language) or PROMPT_S
