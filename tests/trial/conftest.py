"""A tiny Asterisk for all tests of this folder, with three spoken sounds."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from smartdesk_pbx.trial.sound import RATE, Sound, encode

from . import tiny_asterisk

PASSWORD = "s3cret"


def speech(name: str, seconds: float, seed: int) -> Sound:
    """Something as restless as speech: noise in syllables, with silence before and after."""
    chance = np.random.default_rng(seed)
    count = int(seconds * RATE)
    smooth = np.convolve(chance.normal(size=count), np.ones(4) / 4, "same")
    syllables = np.repeat(chance.uniform(0.05, 0.4, count // 800 + 1), 800)[:count]
    pause = np.zeros(RATE // 5)
    return Sound(name, np.concatenate((pause, smooth * syllables, pause)).astype(np.float32))


SOUNDS = {s.name: s for s in (speech("prompt", 2.2, 1), speech("right", 1.8, 2), speech("wrong", 1.8, 3))}


@pytest.fixture(scope="session")
def sounds() -> dict[str, Sound]:
    return SOUNDS


@pytest.fixture(scope="session")
def asterisk() -> Iterator[tiny_asterisk.TinyAsterisk]:
    with tempfile.TemporaryDirectory(prefix="smartdesk-tiny-") as folder, asyncio.Runner() as runner:
        home = Path(folder)
        secret = f"agent1:asterisk:{PASSWORD}".encode()
        digests = {"md5": hashlib.md5(secret).hexdigest(), "sha256": hashlib.sha256(secret).hexdigest()}
        (home / "sounds" / "en").mkdir(parents=True)
        for sound in SOUNDS.values():
            (home / "sounds" / "en" / f"{sound.name}.ulaw").write_bytes(encode(sound.samples))
        running = runner.run(tiny_asterisk.start(home, digests))
        yield running
        runner.run(running.stop())


@pytest.fixture
async def idle(asterisk: tiny_asterisk.TinyAsterisk) -> AsyncIterator[tiny_asterisk.TinyAsterisk]:
    """The switchboard; after the test no channel may be left."""
    yield asterisk
    async with asyncio.timeout(5):
        while "0 active channels" not in (printed := await asterisk.cli("core show channels")):
            assert "active channel" in printed
            await asyncio.sleep(0.05)
