"""One whole run of the bench: everything started, every part measured, everything taken down again."""

import asyncio
import fcntl
import json
import os
import resource
import shutil
import signal
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from smartdesk_pbx.bench import calls
from smartdesk_pbx.bench.cluster import DEBIAN
from smartdesk_pbx.bench.figures import Part, Sheet
from smartdesk_pbx.bench.held import held
from smartdesk_pbx.bench.ledger import ledger
from smartdesk_pbx.bench.machine import machine
from smartdesk_pbx.bench.plot import draw, need_matplotlib
from smartdesk_pbx.bench.scene import Pair, running_pair
from smartdesk_pbx.bench.start import start
from smartdesk_pbx.bench.top import find_spy, top
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.settings import Settings

OPEN_FILES = 16_384
"""A held call takes five files of Asterisk's."""
HOME = "work"
"""Inside the folder of the results: homes and databases of the run, removed when everything was measured."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is to be measured. `folder`: gets `bench.json`, `bench.png`, `flame-….svg`; `only`: names of parts."""

    folder: Path
    quick: bool = False
    only: Sequence[str] = ()

    @property
    def work(self) -> Path:
        return self.folder / HOME


WithPair = Callable[[Pair, Order], Awaitable[Part]]
Alone = Callable[[Order], Awaitable[Part]]


def _calls(measure: calls.Measure) -> WithPair:
    return lambda pair, order: measure(pair, quick=order.quick)


ON_CALLS: Mapping[str, WithPair] = {
    "held": _calls(held),
    **{name: _calls(measure) for name, measure in calls.PARTS.items()},
    "top": lambda pair, order: top(pair, order.folder, quick=order.quick),
}
"""Those that need both switchboards, in the order in which they are measured."""
ALONE: Mapping[str, Alone] = {
    "start": lambda order: start(order.work / "product", quick=order.quick),
}
"""Those that follow when nothing else runs. `start` finds the store that the calls have filled."""
OWN: Mapping[str, Alone] = {
    "ledger": lambda order: ledger(order.work / "ledger", quick=order.quick),
}
"""Those that are the bench's own work, on the daemon's kind of loop, which can start no Asterisk."""
PARTS = (*ON_CALLS, *ALONE, *OWN)


def check(order: Order, settings: Settings) -> dict[str, object]:
    """Facts of this machine, when everything is there that the order needs. Raises `RuleBroken` naming what is not."""
    for name in order.only:
        if name not in PARTS:
            raise RuleBroken(f"--only {name}: no such part; the parts: {', '.join(PARTS)}")
    need_matplotlib()
    if _wanted(order, ON_CALLS) and not shutil.which("sipp"):
        raise RuleBroken("sipp is not installed: apt-get install sip-tester")
    if _wanted(order, ("top",)):
        find_spy()
    if _wanted(order, ("ledger",)) and not list(DEBIAN.glob("*/bin")):
        raise RuleBroken("no PostgreSQL: apt-get install postgresql")
    return machine(settings)


def measure(order: Order, settings: Settings, tell: Tell) -> Sheet:
    """Measure everything; nothing that was started runs any more when it returns or raises, also after Ctrl-C.

    `settings` say where Asterisk is; nothing else of the installation is used or touched. A part that breaks off is
    named in the sheet, and the others go on. Raises `RuleBroken` when something that is needed is not there or
    another bench is at work in the folder, `KeyboardInterrupt` for SIGINT and SIGTERM.
    """
    with _nobodys(settings), _folder(order), _many_files():
        sheet = Sheet(check(order, settings), order.quick)
        steps = Steps(sheet, tell)
        try:
            _run(_programs(order, steps), asyncio.new_event_loop)
            _run(_own_work(order, steps), uvloop.new_event_loop)
        finally:
            if sheet.failed:
                tell(f"what the programs left behind: {order.work}")
            else:
                shutil.rmtree(order.work, ignore_errors=True)
    return sheet


def write(sheet: Sheet, folder: Path) -> tuple[Path, Path]:
    """`bench.json` and `bench.png`: everything that was measured, and its picture."""
    numbers, picture = folder / "bench.json", folder / "bench.png"
    numbers.write_text(json.dumps(sheet.as_json(), ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
    draw(sheet, picture)
    return numbers, picture


async def _programs(order: Order, steps: "Steps") -> None:
    if names := _wanted(order, ON_CALLS):
        try:
            async with _warm_pair(order, steps.tell) as pair:
                for name in names:
                    await steps.take(name, partial(ON_CALLS[name], pair, order))
        except EdgeDown as error:
            steps.broke("calls", str(error))
    for name in _wanted(order, ALONE):
        await steps.take(name, partial(ALONE[name], order))


async def _own_work(order: Order, steps: "Steps") -> None:
    for name in _wanted(order, OWN):
        await steps.take(name, partial(OWN[name], order))


class Steps:
    """One part after the other: told when it begins and ends, kept when it breaks off."""

    def __init__(self, sheet: Sheet, tell: Tell) -> None:
        self.sheet, self.tell = sheet, tell

    async def take(self, name: str, step: Callable[[], Awaitable[Part]]) -> None:
        self.tell(f"{name} …")
        began_s = time.monotonic()
        try:
            part = await step()
        except EdgeDown as error:
            self.broke(name, str(error))
            return
        except RuleBroken:
            raise
        except Exception as error:  # half an hour's figures are not thrown away for one part
            self.tell(traceback.format_exc())
            self.broke(name, repr(error))
            return
        self.sheet.parts.append(part)
        missed = [str(figure) for figure in part.figures if figure.missed]
        took = f"{name}: {time.monotonic() - began_s:.0f} s"
        self.tell(f"{took}; missed: {'; '.join(missed)}" if missed else took)

    def broke(self, name: str, why: str) -> None:
        """A part has no figures, and the run is not good."""
        self.sheet.failed[name] = why
        self.tell(f"{name}: {why}")


@asynccontextmanager
async def _warm_pair(order: Order, tell: Tell) -> AsyncIterator[Pair]:
    tell("a switchboard and its twin of dialplan alone are being started …")
    async with running_pair(order.work, quick=order.quick) as pair:
        await calls.warm_up(pair)
        yield pair
        tell("both are being stopped …")


def _wanted(order: Order, names: Sequence[str] | Mapping[str, Any]) -> list[str]:
    return [name for name in names if not order.only or name in order.only]


def _run(work: Coroutine[Any, Any, None], loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        try:
            runner.run(_interruptible(work))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


async def _interruptible(work: Coroutine[Any, Any, None]) -> None:
    """The first SIGINT or SIGTERM cancels the work, which then takes down what it had started."""
    task, loop = asyncio.create_task(work), asyncio.get_running_loop()

    def once() -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, once)
    await task


@contextmanager
def _nobodys(settings: Settings) -> Iterator[None]:
    """No setting of the installation reaches what is started inside: its database above all."""
    before = {name: value for name, value in os.environ.items() if name.startswith("SMARTDESK_")}
    for name in before:
        del os.environ[name]
    if settings.asterisk_root:
        os.environ["SMARTDESK_ASTERISK_ROOT"] = str(settings.asterisk_root.absolute())
    try:
        yield
    finally:
        os.environ.pop("SMARTDESK_ASTERISK_ROOT", None)
        os.environ.update(before)


@contextmanager
def _folder(order: Order) -> Iterator[None]:
    """The results' folder, ours alone, with nothing left of an earlier run."""
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
        lock = open(order.folder / ".lock", "w")  # noqa: SIM115  held as long as the block runs
    except OSError as error:
        raise RuleBroken(f"--to {order.folder}: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuleBroken(f"{order.folder}: another bench is at work here; choose another --to DIR") from None
        shutil.rmtree(order.work, ignore_errors=True)
        yield


@contextmanager
def _many_files() -> Iterator[None]:
    """What is started inside may open as many files as a thousand calls need, where the machine allows it."""
    soft, hard = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
