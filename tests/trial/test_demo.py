"""`smartdesk demo` from the command line, on a home of its own: real Asterisk, real SIP phones, nothing left behind."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len

from smartdesk_pbx.audio.catalogue import ENDINGS, file_id

PATIENCE_S = 150.0
"""A fresh home builds every prompt first; the story itself takes less than a minute."""
FIRST_RING_S = 10.0
SMARTDESK = (sys.executable, "-m", "smartdesk_pbx")


class Running:
    """A demo that runs: its lines so far, both streams."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self.child = child
        self.lines: list[str] = []

    async def says(self, words: str) -> str:
        """The next line on stdout that holds `words`."""
        assert self.child.stdout
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.child.stdout.readline()).decode():
                self.lines.append(line.rstrip("\n"))
                if words in line:
                    return line
        raise AssertionError(f"never said {words!r}: {self.text} {await self.complaints()}")

    async def ends(self) -> int:
        assert self.child.stdout
        async with asyncio.timeout(PATIENCE_S):
            self.lines += (await self.child.stdout.read()).decode().splitlines()
            return await self.child.wait()

    async def complaints(self) -> str:
        assert self.child.stderr
        return (await self.child.stderr.read()).decode()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@asynccontextmanager
async def demo(home: Path, *words: str) -> AsyncIterator[Running]:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *SMARTDESK, "--home", str(home), "demo", "--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    try:
        yield Running(child)
    finally:
        if child.returncode is None:
            child.terminate()
            await child.wait()


def left_behind(home: Path) -> list[str]:
    """Command lines that name this home, ours left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(home) in line:
                found.append(line)
    return found


async def agent_states(home: Path) -> set[str]:
    child = await asyncio.create_subprocess_exec(
        *SMARTDESK, "--home", str(home), "agent", "list", "--json", stdout=asyncio.subprocess.PIPE
    )
    return {one["state"] for one in json.loads((await child.communicate())[0])}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all: the demo furnishes it when it is new and goes on with it when it is not."""
    return tmp_path_factory.mktemp("demo")


async def test_the_whole_story_with_once(home: Path) -> None:
    """R2.1, R2.3, R7.2, R8.2 on the real thing, and `--once` ends by itself with status 0."""
    async with demo(home, "--once") as run:
        assert await run.ends() == 0, run.text + await run.complaints()
    for words in (
        "caller  hears it ring", "caller  hears welcome-generic", "caller  presses 2", "caller  hears please-hold",
        "its display shows さくら商事", "agent1  hears whisper-call", "agent1  hears announced-name",
        "caller  hears the agent speak", "agent1  hears the caller speak", "the primary response is complete",
        "talk.ended", "case.closed", "rule human", "An agent talked with the caller.",
        "caller is in the left track alone", "agent is in the right track alone", "SIP URI   sip:agent1@127.0.0.1:",
        "it names the 3 requests", "emergency-told", "entries: whole",
    ):  # fmt: skip
        assert words in run.text, f"{words!r} is missing in:\n{run.text}"
    assert run.text.count("caller  hears transfer-refused") == 2
    assert "digit by digit: ••••••••19" in run.text
    assert "0312345119" not in run.text
    assert json.loads((home / "secrets" / "agents.json").read_text())["agent1"] in run.text
    [recording] = (home / "recordings").rglob("*.wav")
    assert str(recording) in "".join(line.strip() for line in run.lines)
    assert max(cell_len(line) for line in run.lines) <= 80
    assert await agent_states(home) == {"offline"}
    assert left_behind(home) == []


async def test_a_prompt_that_is_missing_ends_it_with_one_clear_line(home: Path) -> None:
    async with demo(home, "--once") as run:
        first_ring = await run.says("caller  hears it ring")
        await run.says("caller  hears welcome-generic")
        for ending in ENDINGS:
            (home / "sounds" / "ja" / f"{file_id('please-hold')}{ending}").unlink()
        assert await run.ends() == 1
        complaints = await run.complaints()
    [line] = [line for line in complaints.splitlines() if "broke off" in line]
    assert re.search(r"expected: caller hears please-hold .* within \d+ s; instead: .*welcome-generic", line)
    assert "Traceback" not in complaints
    assert float(first_ring.split()[0]) < FIRST_RING_S, "a home that was used before takes too long to its first ring"
    assert await agent_states(home) == {"offline"}
    assert left_behind(home) == []


async def test_sigterm_in_a_call_stops_everything(home: Path) -> None:
    async with demo(home) as run:
        await run.says("caller  hears welcome-generic")
        run.child.send_signal(signal.SIGTERM)
        assert await run.ends() == 0
        assert "Traceback" not in await run.complaints()
    assert await agent_states(home) == {"offline"}
    assert left_behind(home) == []
