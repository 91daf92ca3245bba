"""An installation whose prompts are built once for all audio tests."""

from pathlib import Path

import pytest

from smartdesk_pbx.audio.build import build
from smartdesk_pbx.settings import Settings


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Shared: tests that change prompts use `fresh`."""
    settings = Settings(home=tmp_path_factory.mktemp("audio"))
    build(settings)
    return settings


@pytest.fixture
def fresh(tmp_path: Path, built: Settings) -> Settings:
    """An installation of its own with built prompts; the cache makes it quick."""
    settings = Settings(home=tmp_path)
    build(settings)
    return settings
