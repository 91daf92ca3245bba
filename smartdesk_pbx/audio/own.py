"""The installation's own texts and recordings under HOME/prompts: written as a whole, or as they were before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from smartdesk_pbx.audio.texts import load_prompts, own_texts, read_yaml
from smartdesk_pbx.settings import Settings


@contextmanager
def put_back(*files: Path) -> Iterator[None]:
    """What stands in the files now stands in them again when what follows fails; those that were not there go."""
    before = {file: file.read_bytes() if file.is_file() else None for file in files}
    try:
        yield
    except BaseException:
        for file, content in before.items():
            if content is not None:
                _write(file, content)
            elif file.is_file():
                file.unlink()
        raise


def keep_text(settings: Settings, language: str, prompt: str, text: str) -> None:
    """Write what a recording says into HOME/prompts/LANGUAGE.yaml; the rest of the file stays as it is."""
    now = load_prompts(settings, language).get(prompt)
    if now is not None and now.text == text and now.language == language:
        return
    file = own_texts(settings, language)
    entries = (read_yaml(file) if file.is_file() else None) or {}
    entry: dict[str, str | bool] = {"text": text}
    if now is not None:
        entry |= {name: True for name, on in (("piece", now.piece), ("slow", now.slow)) if on}
    entries[prompt] = entry
    written = StringIO()
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 1000
    yaml.allow_unicode = True
    yaml.dump(entries, written)
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, written.getvalue().encode())


def _write(file: Path, content: bytes) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(file)
