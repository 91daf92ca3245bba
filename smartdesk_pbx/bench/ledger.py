"""How fast facts become durable: the product's own writer, on SQLite and on PostgreSQL with its journal."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID, uuid4

from smartdesk_pbx.bench import facts
from smartdesk_pbx.bench.cluster import running_cluster
from smartdesk_pbx.bench.figures import Figure, Part, percentile
from smartdesk_pbx.clock import Clock
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store.journal import Journal
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.writer import Writer

WRITERS = (1, 64, 512)
BAR_WRITERS, APPEND_P99_MS = 64, 10.0
CHAINS = 32
"""Subscribers that the invented calls belong to."""
WARM_UP_S = 0.5
DIGITS_EVERY = 4
"""Every so many steps of a call something was typed that has to be sealed."""
CALLS_AT_ONCE = 64


@dataclass(frozen=True)
class Appends:
    """So many writers, each waiting for its receipt before the next append."""

    writers: int
    seconds: float
    events: int
    p50_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        return self.events / self.seconds


async def appends(writer: Writer, writers: int, seconds: float) -> Appends:
    """Measure for `seconds` after a short warm-up."""
    begin_s = time.perf_counter() + WARM_UP_S
    end_s = begin_s + seconds
    taken_ms: list[float] = []
    chains = [uuid4() for _ in range(CHAINS)]

    async def one(number: int) -> None:
        call, k = uuid4(), 0
        while True:
            k += 1
            fact = facts.step(call, k, "0312345678" if k % DIGITS_EVERY == 0 else None)
            since_s = time.perf_counter()
            await writer.append(fact, chain=chains[number % CHAINS]).durable()
            now_s = time.perf_counter()
            if now_s >= end_s:
                return
            if since_s >= begin_s:
                taken_ms.append((now_s - since_s) * 1000)

    await asyncio.gather(*(one(number) for number in range(writers)))
    await writer.drained()
    p50_ms, p99_ms = percentile(taken_ms, 0.5), percentile(taken_ms, 0.99)
    return Appends(writers, seconds, len(taken_ms), p50_ms, p99_ms)


async def cases_per_s(writer: Writer, seconds: float) -> float:
    """Whole cases, from arrival to the judgement in the ledger, per second."""
    end_s = time.perf_counter() + seconds
    chains = [uuid4() for _ in range(CHAINS)]
    done = 0

    async def line(number: int) -> None:
        nonlocal done
        while time.perf_counter() < end_s:
            await whole_case(writer, chains[number % CHAINS])
            done += 1

    began_s = time.perf_counter()
    await asyncio.gather(*(line(number) for number in range(CALLS_AT_ONCE)))
    return done / (time.perf_counter() - began_s)


async def whole_case(writer: Writer, subscriber: UUID) -> None:
    """As a call does it: steps are appended without waiting, closing waits for the ledger."""
    call = uuid4()
    writer.append(facts.arrived(call, subscriber), chain=subscriber)
    writer.append(facts.answered(call), chain=subscriber)
    for k in range(3):
        writer.append(facts.step(call, k), chain=subscriber)
    await writer.append(facts.ended(call), chain=subscriber).durable()
    await writer.append(*facts.closed(call), chain=subscriber).ledgered()


@asynccontextmanager
async def open_writer(url: str, journal: Path | None) -> AsyncIterator[Writer]:
    """A writer on a database with tables."""
    store = Store.open(url)
    sealer = Sealer(os.urandom(32), os.urandom(32))
    writer = Writer(store, sealer, Clock(), Ids(), journal=Journal.open(journal) if journal else None)
    try:
        yield writer
    finally:
        await writer.close()
        await store.close()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[str, Path | None]]]:
    """Name -> URL and journal of fresh databases with tables, on this machine's own disk."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = stack.enter_context(running_cluster())
        cluster.sql("CREATE DATABASE bench")
        found: dict[str, tuple[str, Path | None]] = {
            "SQLite": (f"sqlite:///{folder / 'bench.db'}", None),
            "PostgreSQL": (cluster.url("bench"), folder / "journal.db"),
        }
        for url, _ in found.values():
            upgrade(url)
        yield found


async def ledger(folder: Path, *, quick: bool) -> Part:
    """All figures of this part: the best of some rounds."""
    rounds, seconds = (1, 0.7) if quick else (3, 4.0)
    figures: list[Figure] = []
    raw: dict[str, object] = {}
    with databases(folder) as found:
        for name, (url, journal) in found.items():
            runs: list[Appends] = []
            closed: list[float] = []
            async with open_writer(url, journal) as writer:
                for _ in range(rounds):
                    runs += [await appends(writer, writers, seconds) for writers in WRITERS]
                    closed.append(await cases_per_s(writer, seconds))
            for writers in WRITERS:
                best = min((run for run in runs if run.writers == writers), key=lambda run: run.p99_ms)
                figures += append_figures(name, best)
            figures.append(Figure(f"{name}: cases closed", max(closed), "/s"))
            raw[name] = {"appends": [{**asdict(run), "per_s": run.per_s} for run in runs], "cases_per_s": closed}
    return Part("ledger", figures, raw)


def append_figures(name: str, run: Appends) -> list[Figure]:
    """What one measurement says; the bar is for `BAR_WRITERS` alone."""
    of = f"{name}: append, {run.writers} writer{'s' if run.writers > 1 else ''}"
    bar_ms = APPEND_P99_MS if run.writers == BAR_WRITERS else None
    return [
        Figure(f"{of}, rate", run.per_s, "events/s"),
        Figure(f"{of}, p50", run.p50_ms, "ms"),
        Figure(f"{of}, p99", run.p99_ms, "ms", bar_ms),
    ]
