"""Prompts for skipped time: every prompt of the catalogue counts as built, and none of them has a sound."""

import json
from dataclasses import asdict

from smartdesk_pbx.audio.catalogue import TONES, Built, file_id, manifest_file
from smartdesk_pbx.audio.texts import load_prompts, load_voices
from smartdesk_pbx.rehearsal.people import PROMPT_S
from smartdesk_pbx.settings import Settings


def silent_prompts(settings: Settings) -> None:
    """Write the manifest of HOME/sounds, so that flows can be published there; only for a home without a telephone."""
    manifest = {}
    for language in load_voices():
        prompts = (*TONES, *load_prompts(settings, language))
        manifest[language] = {id: asdict(Built(file_id(id), "", PROMPT_S, "")) for id in prompts}
    file = manifest_file(settings)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(json.dumps(manifest), "utf-8")
