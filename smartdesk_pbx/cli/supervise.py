"""Keeping one Asterisk and one daemon alive: what dies is started again, what is stuck is ended first."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from smartdesk_pbx.asterisk.node import Node, Ports
from smartdesk_pbx.asterisk.ports import LOOPBACK
from smartdesk_pbx.cli import link
from smartdesk_pbx.cli.frame import say
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.settings import Settings

PROGRAM = (sys.executable, "-m", "smartdesk_pbx")
READY_S = 30.0
"""From the daemon's start to its own word that it is ready."""
STOP_S = 15.0
"""From SIGTERM to SIGKILL."""
PROBE_S, MISSES = 1.0, 3
"""A daemon that misses three probes in a row (9 s with their time-out) is stuck: callers hear nothing from it."""
PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
"""Before the next start; doubled each time, back to the first after a minute without a death."""
CALM_S = 60.0
CURTAIN_S = 10.0
"""What still runs beside the daemon has this long to leave the line before it is stopped."""

Ready = Mapping[str, object]
"""Where everything answers, once it does: what `smartdesk dev` prints."""


async def print_ready(ready: Ready) -> None:
    """The one line of `smartdesk dev` on stdout."""
    print(json.dumps(ready), flush=True)


class Supervisor:
    """Runs until SIGTERM or SIGINT. Raises `EdgeDown` when the first start does not succeed.

    `play` is called once, when both are ready; an exit status from it ends everything, None lets it run on.
    `log`: where the daemon's own log goes, stderr unless given.
    """

    def __init__(
        self, settings: Settings, node: Node, program: Sequence[str] = PROGRAM, *,
        play: Callable[[Ready], Awaitable[int | None]] = print_ready, log: IO[str] | int = 2,
    ) -> None:  # fmt: skip
        self.settings = settings
        self._program, self._play, self._log = program, play, log
        self._status = 0
        self.node = node
        self.http = settings.http
        self._daemon: asyncio.subprocess.Process | None = None
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """Status 0 after a clean stop, 1 when the daemon did not stop by itself; else what `play` gave."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        work = asyncio.create_task(self._work())
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            work.cancel()
            await asyncio.wait({work}, timeout=CURTAIN_S)
            clean = await self._end()
        with suppress(asyncio.CancelledError):
            await work
        return self._status or (0 if clean else 1)

    async def _work(self) -> None:
        say("starting Asterisk")
        await self.node.start()
        say("starting the daemon")
        await self._start_daemon()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_asterisk())
            tasks.create_task(self._keep_daemon())
            tasks.create_task(self._watch_daemon())
            tasks.create_task(self._curtain())

    async def _curtain(self) -> None:
        status = await self._play(self._ready_line())
        if status is not None:
            self._status = status
            self._stop.set()

    def _ready_line(self) -> dict[str, object]:
        ports = self.node.ports
        return {
            "sip": ports.sip_address,
            "ari": f"{LOOPBACK}:{ports.ari}",
            "ami": f"{LOOPBACK}:{ports.ami}",
            "http": self.http,
            "daemon_pid": self._daemon.pid if self._daemon else None,
            "asterisk_pid": self.node.pid,
            "asterisk_cli": self.node.cli_command,
            "home": str(self.settings.home),
        }

    async def _start_daemon(self) -> None:
        ports = self.node.ports
        self._daemon = await asyncio.create_subprocess_exec(
            *self._program, "--home", str(self.settings.home), "run", "--http", self.http,
            stdin=asyncio.subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env={**os.environ, "SMARTDESK_SIP": ports.sip_address},
            # Its own session: Ctrl-C reaches us alone, and we stop it in order.
            start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + READY_S
        while (last := link.running(self.settings.home)) is None or last.pid != self._daemon.pid:
            if self._daemon.returncode is not None:
                raise EdgeDown(f"the daemon ended at its start with status {self._daemon.returncode}")
            if time.monotonic() > deadline:
                self._daemon.kill()
                raise EdgeDown(f"the daemon was not ready within {READY_S:.0f} s")
            await asyncio.sleep(0.03)
        self.http = last.http

    async def _keep_daemon(self) -> None:
        pause_s = PAUSE_S
        while True:
            assert self._daemon is not None
            began = time.monotonic()
            status = await self._daemon.wait()
            pause_s = PAUSE_S if time.monotonic() - began > CALM_S else pause_s
            say(f"the daemon ended with status {status}; starting it again")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            with retried("the daemon"):
                await self._start_daemon()
                say(f"the daemon runs again, pid {self._daemon.pid}")

    async def _keep_asterisk(self) -> None:
        while True:
            status = await self.node.wait()
            say(f"Asterisk ended with status {status}; starting it again")
            before, pause_s = self.node.ports, PAUSE_S
            while self.node.pid is None:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                with retried("Asterisk"):
                    self.node.prepare()
                    await self.node.start()
            say(f"Asterisk runs again, pid {self.node.pid}")
            self._follow(before)

    def _follow(self, before: Ports) -> None:
        """A daemon reads the ports at its start only."""
        if self.node.ports != before and self._daemon and self._daemon.returncode is None:
            self._daemon.terminate()

    async def _watch_daemon(self) -> None:
        missed = 0
        while True:
            await asyncio.sleep(PROBE_S)
            daemon, last = self._daemon, link.running(self.settings.home)
            if daemon is None or daemon.returncode is not None or last is None or last.pid != daemon.pid:
                missed = 0
                continue
            host, _, port = self.http.rpartition(":")
            said = await asyncio.to_thread(link.health, host, int(port))
            missed = 0 if said.get("pid") == daemon.pid else missed + 1
            if missed >= MISSES and daemon.returncode is None:
                say("the daemon is stuck; ending it")
                daemon.kill()
                missed = 0

    async def _end(self) -> bool:
        daemon, clean = self._daemon, True
        if daemon and daemon.returncode is None:
            say("stopping the daemon")
            daemon.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await daemon.wait()
            except TimeoutError:
                say(f"the daemon did not stop within {STOP_S:.0f} s; killing it")
                clean = False
                daemon.kill()
                await daemon.wait()
        say("stopping Asterisk")
        await self.node.stop()
        say("stopped")
        return clean


@contextmanager
def retried(what: str) -> Iterator[None]:
    """An edge that is down, or a port that is taken, is said; the caller tries again."""
    try:
        yield
    except (EdgeDown, RuleBroken) as error:
        say(f"{what}: {error}")


def end_orphan(home: Path) -> None:
    """End a daemon that a killed supervisor of this home left behind, known by its command line."""
    last = link.running(home)
    for step in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + STOP_S
        if last is not None and _is_ours(last.pid, home):
            with suppress(ProcessLookupError):
                os.kill(last.pid, step)
        while last is not None and _is_ours(last.pid, home) and time.monotonic() < deadline:
            time.sleep(0.05)


def _is_ours(pid: int, home: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return {str(home).encode(), b"run", b"--http"} <= set(words)
