"""How long one waits for whole programs: a daemon until it is ready, a command line until it has answered."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from smartdesk_pbx.asterisk.node import Node
from smartdesk_pbx.bench.board import READY_S, RTP_PORTS, end, furnish, supervised
from smartdesk_pbx.bench.figures import Figure, Part
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.settings import Settings

READY_BAR_S, LIVE_BAR_S, STORE_BAR_S = 2.0, 0.4, 2.0
ROUNDS, ROUNDS_QUICK = 5, 2
LIVE = (("call", "list"), ("case", "list"))
"""What is asked of the daemon; the slowest command counts."""
STORED = (("agent", "list"), ("case", "list"))
"""What the command opens the store for, when no daemon answers."""
PROGRAM = (sys.executable, "-m", "smartdesk_pbx")
LOOK_S = 0.002


async def start(home: Path, *, quick: bool) -> Part:
    """On a home that was used before (its store is full then), or a new one; nothing may run in it."""
    rounds = ROUNDS_QUICK if quick else ROUNDS
    settings = Settings(home=home, sip="127.0.0.1:0", http="127.0.0.1:0", rtp_ports=RTP_PORTS)
    if not settings.database_file.exists():
        await furnish(settings, 2)
    cold_s = [await together_s(home) for _ in range(0 if quick else 3)]
    async with asterisk_alone(settings) as node:
        ready = [await ready_s(settings, node.ports.sip_address) for _ in range(rounds - 1)]
        async with daemon(settings, node.ports.sip_address) as took_s:
            ready.append(took_s)
            live = await answers_s(home, LIVE, rounds)
    stored = await answers_s(home, STORED, rounds)
    figures = [
        *best_and_median("start: daemon until it is ready", ready, READY_BAR_S),
        *best_and_median("start: Asterisk and daemon until both are ready", cold_s, None),
        *best_and_median("start: CLI through the daemon", slowest(live), LIVE_BAR_S),
        *best_and_median("start: CLI on the store itself", slowest(stored), STORE_BAR_S),
    ]
    return Part("start", figures, {"ready_s": ready, "cold_s": cold_s, "live_s": live, "stored_s": stored})


def best_and_median(name: str, seconds: Sequence[float], bar_s: float | None) -> list[Figure]:
    """The best has the bar, as everywhere in the bench; the median stands beside it when there is one.

    Nothing when nothing was measured.
    """
    if not seconds:
        return []
    best = Figure(f"{name}, best of {len(seconds)}", min(seconds), "s", bar_s)
    return [best, Figure(f"{name}, median", median(seconds), "s")] if len(seconds) > 2 else [best]


def slowest(taken_s: dict[str, list[float]]) -> list[float]:
    """The times of that command whose best time is the worst."""
    return max(taken_s.values(), key=min)


@asynccontextmanager
async def asterisk_alone(settings: Settings) -> AsyncIterator[Node]:
    """A home's Asterisk, with no daemon."""
    node = Node(settings, load_keys(settings.home))
    node.prepare()
    try:
        await node.start()
        yield node
    finally:
        await node.stop()


@asynccontextmanager
async def daemon(settings: Settings, sip: str) -> AsyncIterator[float]:
    """A daemon of this home while the block runs; gives the seconds from its start to its own word that it is ready.

    Raises `EdgeDown` when it ends before, or is not ready in time.
    """
    said = settings.home / "run" / "daemon.json"
    log = settings.home / "run.log"
    with open(log, "wb") as out:
        began_s = time.perf_counter()
        child = subprocess.Popen(
            [*PROGRAM, "--home", str(settings.home), "run", "--http", settings.http],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            env={**os.environ, "SMARTDESK_SIP": sip},
        )  # fmt: skip
    try:
        while ready_pid(said) != child.pid:
            if child.poll() is not None or time.perf_counter() - began_s > READY_S:
                words = log.read_text("utf-8", "replace").strip().rpartition("\n")[2]
                raise EdgeDown(f"start: the daemon is not ready: {words or 'it said nothing'}")
            await asyncio.sleep(LOOK_S)
        yield time.perf_counter() - began_s
    finally:
        await asyncio.to_thread(end, child)


def ready_pid(said: Path) -> int | None:
    """Of the daemon that last said it is ready; None when none did."""
    try:
        return int(json.loads(said.read_text("utf-8"))["pid"])
    except (OSError, ValueError):
        return None


async def ready_s(settings: Settings, sip: str) -> float:
    """Seconds from a daemon's start to its own word that it is ready."""
    async with daemon(settings, sip) as took_s:
        return took_s


async def together_s(home: Path) -> float:
    """Seconds from the start of `smartdesk dev` to its word that calls can come: Asterisk, then the daemon."""
    began_s = time.perf_counter()
    async with supervised(home):
        return time.perf_counter() - began_s


async def answers_s(home: Path, commands: Sequence[Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each command from its start to its end, `rounds` times, in turns. Raises `EdgeDown` when one fails."""
    taken_s: dict[str, list[float]] = {" ".join(words): [] for words in commands}
    for _ in range(rounds):
        for words in commands:
            taken_s[" ".join(words)].append(await asyncio.to_thread(_answer_s, home, words))
    return taken_s


def _answer_s(home: Path, words: Sequence[str]) -> float:
    began_s = time.perf_counter()
    done = subprocess.run(
        [*PROGRAM, "--home", str(home), *words], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    took_s = time.perf_counter() - began_s
    if done.returncode:
        raise EdgeDown(f"start: `smartdesk {' '.join(words)}` failed: {done.stderr.decode('utf-8', 'replace').strip()}")
    return took_s
