"""Prompts that are there for the office, and that nobody can hear: their texts, two seconds each."""

import json
from collections.abc import Sequence

from smartdesk_pbx.audio.catalogue import TONES, file_id, manifest_file
from smartdesk_pbx.audio.texts import texts
from smartdesk_pbx.settings import Settings


def pretend_prompts(settings: Settings, languages: Sequence[str] = ("ja", "en")) -> None:
    """Write the manifest of a build that never took place."""
    built = {language: {**texts(settings, language), **dict.fromkeys(TONES, "")} for language in languages}
    manifest = {
        language: {
            id: {"file": file_id(id), "key": "k", "seconds": 2.0, "text": text, "origin": "voice"}
            for id, text in prompts.items()
        }
        for language, prompts in built.items()
    }
    manifest_file(settings).parent.mkdir(parents=True, exist_ok=True)
    manifest_file(settings).write_text(json.dumps(manifest), "utf-8")
