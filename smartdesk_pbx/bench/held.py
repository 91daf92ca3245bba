"""A thousand callers who wait in one menu: what each costs in memory, and that none of them is forgotten."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text

from smartdesk_pbx.bench import load
from smartdesk_pbx.bench.board import NUMBERS, Board
from smartdesk_pbx.bench.cpu import resident_kb
from smartdesk_pbx.bench.figures import Figure, Part, percentile
from smartdesk_pbx.bench.listen import Listening
from smartdesk_pbx.bench.load import Loaded
from smartdesk_pbx.bench.scene import Pair
from smartdesk_pbx.errors import EdgeDown

CALLERS, CALLERS_QUICK = 1000, 150
PER_S = 50.0
"""So many callers come in a second, and later press their key: the menu waits 30 s, no caller waits longer."""
DAEMON_KB = 10.0
KEY, ORDERS_PER_S = "1", 5
COMING_S, GOING_S = 20.0, 15.0
"""Beyond what `PER_S` says: until all are there, until the last one has left."""
SETTLE_S = 2.0
"""The last caller's prompt is over by then."""


@dataclass(frozen=True)
class Memory:
    """Resident KB of both programs at one moment; KB of the database, whose pages the daemon keeps up to a limit."""

    daemon: int
    asterisk: int
    database: int

    @classmethod
    async def of(cls, board: Board) -> "Memory":
        pages = text("SELECT page_count * page_size / 1024 FROM pragma_page_count(), pragma_page_size()")
        database = await board.store.read(lambda connection: int(connection.execute(pages).scalar_one()))
        return cls(resident_kb(board.pids["daemon"]), resident_kb(board.pids["asterisk"]), database)


async def held(pair: Pair, *, quick: bool) -> Part:
    """Comes before all other loads: the memory that they leave behind would hide what these need."""
    return await hold(pair.board, pair.wire, CALLERS_QUICK if quick else CALLERS)


async def hold(board: Board, wire: Listening, callers: int) -> Part:
    """Callers come, wait, press a key, hear an answer and are hung up. Raises `EdgeDown` when not all get in."""
    empty = await Memory.of(board)
    await wire.begin([])
    began_s = time.time()
    async with _calling(board, wire, callers) as calling:
        there = await _all_there(board, callers, calling)
        await asyncio.sleep(SETTLE_S)
        full = await Memory.of(board)
        await _press(wire, callers)
        loaded = await calling
    lost = loaded.failed + callers - await board.all_judged(NUMBERS["held"], began_s, callers)
    left = await _all_gone(board)
    answers = [ms for flow in (await wire.heard()).callers for ms in flow.answers_ms() if ms is not None]
    if not answers:
        raise EdgeDown(f"held: {callers} callers pressed a key, nobody was answered")
    counts = [
        Figure("held: callers at once", there, "", callers, at_most=False),
        Figure("held: not answered when they pressed", callers - len(answers), "", 0),
        Figure("held: calls failed or not judged", lost, "", 0),
        Figure("held: channels left", left, "", 0),
        Figure("held: digit → prompt p99", percentile(answers, 0.99), "ms"),
    ]
    after = await Memory.of(board)
    memory = {"empty": vars(empty), "full": vars(full), "after": vars(after)}
    raw = {"callers": callers, "memory_kb": memory, "answer_ms": sorted(answers)}
    return Part("held", [*each_call(empty, full, after, callers), *counts], raw)


def each_call(empty: Memory, full: Memory, after: Memory, callers: int) -> list[Figure]:
    """What one call takes while it is held, and what is not given back when it has gone."""
    return [
        Figure("held: daemon memory per call", (full.daemon - empty.daemon) / callers, "KB", DAEMON_KB),
        Figure("held: of it pages of the database, at most", (full.database - empty.database) / callers, "KB"),
        Figure("held: Asterisk memory per call", (full.asterisk - empty.asterisk) / callers, "KB"),
        Figure("held: daemon memory kept afterwards, per call", (after.daemon - empty.daemon) / callers, "KB"),
    ]


async def channels(board: Board) -> int:
    """How many channels Asterisk has. Raises `EdgeDown` when it does not tell."""
    child = await asyncio.create_subprocess_exec(
        str(board.settings.asterisk_dir / "asterisk-cli"), "core show channels count",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said = (await child.communicate())[0].decode("utf-8", "replace")
    found = re.search(r"(\d+) active channels?", said)
    if not found:
        raise EdgeDown(f"Asterisk does not tell its channels: {said.strip() or 'nothing'}")
    return int(found[1])


@asynccontextmanager
async def _calling(board: Board, wire: Listening, callers: int) -> AsyncIterator["asyncio.Task[Loaded]"]:
    work = load.call(board.sip, NUMBERS["held"], calls=callers, per_s=PER_S, wire_port=wire.callers)
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _all_there(board: Board, callers: int, calling: "asyncio.Future[Loaded]") -> int:
    """Wait for them; how many there are at last. Raises `EdgeDown` when callers are missing."""
    deadline_s = time.monotonic() + callers / PER_S + COMING_S
    while (there := await channels(board)) < callers and not calling.done() and time.monotonic() < deadline_s:
        await asyncio.sleep(0.2)
    if there < callers:
        raise EdgeDown(f"held: only {there} of {callers} callers are in the menu")
    return there


async def _all_gone(board: Board) -> int:
    """Wait until nobody is left; how many are when that takes too long."""
    deadline_s = time.monotonic() + GOING_S
    while (left := await channels(board)) and time.monotonic() < deadline_s:
        await asyncio.sleep(0.2)
    return left


async def _press(wire: Listening, callers: int) -> None:
    begin_s, told, orders = time.monotonic(), 0, 0
    while told < callers:
        pressing = await wire.press(KEY, min(round(PER_S / ORDERS_PER_S), callers - told))
        if not pressing:
            raise EdgeDown(f"held: only {told} of {callers} callers have heard anything")
        told, orders = told + pressing, orders + 1
        await asyncio.sleep(max(0.0, begin_s + orders / ORDERS_PER_S - time.monotonic()))
