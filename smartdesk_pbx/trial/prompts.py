"""Built prompts as sounds to be recognised: what `smartdesk prompt build` left under HOME/sounds."""

from pathlib import Path

from smartdesk_pbx.audio.catalogue import file_id, read_manifest
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.trial.sound import Sound, decode


def sound_of(path: Path, name: str | None = None) -> Sound:
    """The sound in a raw mu-law file; its name is the file's unless given. Raises `RuleBroken` when there is none."""
    try:
        return Sound(name or path.stem, decode(path.read_bytes()))
    except FileNotFoundError:
        raise RuleBroken(f"{path}: no such sound; run `smartdesk prompt build`") from None


class Prompts:
    """The prompts of one language, each read once."""

    def __init__(self, settings: Settings, language: str = "ja") -> None:
        self.settings, self.language = settings, language
        self._read: dict[str, Sound] = {}

    def __getitem__(self, prompt_id: str) -> Sound:
        """A prompt of the catalogue, or any file of the language's folder by its name. Raises `RuleBroken`."""
        if prompt_id not in self._read:
            path = self.settings.sounds_dir / self.language / f"{file_id(prompt_id)}.ulaw"
            self._read[prompt_id] = sound_of(path, prompt_id)
        return self._read[prompt_id]

    def all(self) -> list[Sound]:
        """Every prompt that was built, for `Ear.transcript`."""
        return [self[prompt_id] for prompt_id in sorted(read_manifest(self.settings).get(self.language, {}))]
