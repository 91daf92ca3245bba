"""Flows on the command line: a file with the shared flows beside it, or a published version by name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smartdesk_pbx.cli.files import text_of

_CALLS = re.compile(r"^[ {,]*(?:[a-z0-9-]+: *\{.*\b)?flow: *([a-z0-9][a-z0-9-]{0,39})", re.MULTILINE)
"""Whatever may be the name of a flow in a text; the loader knows better, this only says which files to look for."""


def draft_of(file: Path) -> dict[str, Any]:
    """A flow's text, with the texts of the shared flows that it may call and that lie beside it."""
    text = text_of(file)
    return {"text": text, "file": str(file), "beside": dict(_beside(file.parent, text, {}))}


def is_file(name: str) -> bool:
    """Does a person who writes this mean a file?"""
    return name.endswith((".yaml", ".yml")) or "/" in name


def side_of(name: str) -> dict[str, Any]:
    """A file, or a published version: FLOW@3, or FLOW for the newest."""
    return {"draft": draft_of(Path(name))} if is_file(name) else {"version": name}


def _beside(folder: Path, text: str, found: dict[str, str]) -> Mapping[str, str]:
    for name in _CALLS.findall(text):
        file = folder / f"{name}.yaml"
        if name not in found and file.is_file():
            found[name] = text_of(file)
            _beside(folder, found[name], found)
    return found
