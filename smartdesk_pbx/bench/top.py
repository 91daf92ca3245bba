"""Where the daemon's time goes while calls go through it: sampled from outside by py-spy, in runs of their own."""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from smartdesk_pbx.bench.calls import ESCALATED, HALF_ESCALATED_PER_S, HALF_SELF_PER_S, SELF_SERVICE
from smartdesk_pbx.bench.figures import Part
from smartdesk_pbx.bench.scene import Pair, Scene
from smartdesk_pbx.bench.stacks import by_function, by_room, by_thread, read_stacks
from smartdesk_pbx.errors import EdgeDown, RuleBroken

PER_S = 250
"""Looks a second."""
SECONDS, SECONDS_QUICK = 12.0, 1.6
MOST = 20
WRITING_S = 30


def find_spy() -> str:
    """The program py-spy. Raises `RuleBroken` where it is not installed."""
    beside = Path(sys.executable).parent / "py-spy"
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if not found:
        raise RuleBroken("top needs py-spy: pip install 'smartdesk-pbx[bench]'")
    return found


async def top(pair: Pair, folder: Path, *, quick: bool) -> Part:
    """Self-service and escalated calls at half load; `folder` gets a flame graph (SVG) of each.

    There are no figures in it: what was seen is rows of functions, rooms and threads.
    """
    seconds = SECONDS_QUICK if quick else SECONDS
    found = {"self-service": await _looked_at(pair, SELF_SERVICE, HALF_SELF_PER_S, seconds, folder)}
    async with pair.phones_at_work():
        found["escalated"] = await _looked_at(pair, ESCALATED, HALF_ESCALATED_PER_S, seconds, folder)
    return Part("top", (), found)


async def _looked_at(pair: Pair, scene: Scene, per_s: float, seconds: float, folder: Path) -> dict[str, Any]:
    picture, raw = folder / f"flame-{scene.flow}.svg", folder / f"stacks-{scene.flow}.txt"
    async with looking(pair.board.pids["daemon"], picture, raw):
        await pair.run("product", scene, calls=round(per_s * seconds), per_s=per_s)
    stacks = read_stacks(raw.read_text("utf-8").splitlines())
    raw.unlink()
    return {
        "samples": sum(stack.count for stack in stacks), "flame": picture.name, "rooms": by_room(stacks),
        "threads": by_thread(stacks), "functions": [asdict(spent) for spent in by_function(stacks, MOST)],
    }  # fmt: skip


@asynccontextmanager
async def looking(pid: int, picture: Path, raw: Path) -> AsyncIterator[None]:
    """Look at a program's stacks while the block runs; both files are there after it. Raises `EdgeDown`."""
    async with _spy(pid, raw, "--format", "raw", "--threads"), _spy(pid, picture, "--format", "flamegraph"):
        yield


@asynccontextmanager
async def _spy(pid: int, file: Path, *options: str) -> AsyncIterator[None]:
    file.unlink(missing_ok=True)
    child = await asyncio.create_subprocess_exec(
        find_spy(), "record", "--pid", str(pid), "--rate", str(PER_S), "--function", "--output", str(file), *options,
        # A halted thread cannot be told from a waiting one.
        "--nonblocking",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    words = asyncio.create_task(child.communicate())
    try:
        yield
        if child.returncode is None:
            child.send_signal(signal.SIGINT)
        await asyncio.wait({words}, timeout=WRITING_S)
    finally:
        if child.returncode is None:
            child.kill()
        said = (await words)[1].decode("utf-8", "replace")
    if not file.exists():
        why = said.strip().rpartition("\n")[2].strip() or "it said nothing"
        raise EdgeDown(f"top: py-spy saw nothing of the daemon ({why}); as root, or with kernel.yama.ptrace_scope=0?")
