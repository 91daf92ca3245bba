"""One private Asterisk: its configuration written, started as our child, asked, stopped."""

import asyncio
import fcntl
import os
import shlex
import signal
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO

import aiohttp

from smartdesk_pbx.asterisk.binary import AsteriskBinary, find_asterisk
from smartdesk_pbx.asterisk.ports import LOOPBACK, Ports, choose_ports, load_ports
from smartdesk_pbx.asterisk.render import REALM, render
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.keys import Keys
from smartdesk_pbx.settings import Settings, share

__all__ = ["REALM", "AsteriskBinary", "Node", "Ports", "find_asterisk", "load_ports"]

SOCKET_PATH_MAX = 100
"""A unix socket's path holds 107 characters; a home deep in the tree puts its sockets elsewhere."""


class Node:
    """The Asterisk of one home. `prepare`, `start`, `stop`; `ports` are known once prepared."""

    ports: Ports

    def __init__(self, settings: Settings, keys: Keys, *, dialplans: Path | None = None) -> None:
        self.settings = settings
        self.keys = keys
        self.binary = find_asterisk(settings)
        self._dialplans = dialplans
        self._base = settings.asterisk_dir.resolve()
        self._conf = self._base / "etc" / "asterisk.conf"
        self._child: asyncio.subprocess.Process | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running Asterisk; None before start and after its end."""
        return self._child.pid if self._child and self._child.returncode is None else None

    @property
    def cli_command(self) -> str:
        """A shell-safe command that takes one Asterisk CLI command as its last argument."""
        return shlex.quote(str(self._base / "asterisk-cli"))

    @property
    def ari_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.ari}/ari"

    def prepare(self) -> None:
        """Take this home, choose ports, write the configuration. Raises `RuleBroken`, one line.

        An Asterisk that an earlier supervisor left behind is ended: its configuration may be another.
        """
        self._base.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_home()
        self._end_orphan()
        self.ports = choose_ports(self.settings)
        run = _short_run_folder(self._base / "run")
        render(self.settings, self.keys, self.ports, self.binary, run, self._dialplans or share("dialplans"))
        wrapper = self._base / "asterisk-cli"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(self._argv())} -rx "$1"\n', "utf-8")
        wrapper.chmod(0o700)

    async def start(self, timeout_s: float = 15.0) -> None:
        """Start it; returns when every module is loaded and ARI answers. Raises `EdgeDown` with its last words."""
        with open(self._base / "log" / "console.log", "ab", opener=_private) as console:
            self._child = await asyncio.create_subprocess_exec(
                *self._argv(), "-f", stdin=asyncio.subprocess.DEVNULL, stdout=console, stderr=console,
                umask=0o077, start_new_session=True, cwd=self._base / "run",
            )  # fmt: skip
        try:
            async with asyncio.timeout(timeout_s):
                await self._answers()
        except TimeoutError:
            await self._end_child()
            raise EdgeDown(f"Asterisk did not answer within {timeout_s:.0f} s: {self.last_words()}") from None
        except BaseException:
            await self._end_child()
            raise

    async def wait(self) -> int:
        """Its exit status, when it ends."""
        if self._child is None:
            raise RuntimeError("not started")
        return await self._child.wait()

    async def cli(self, command: str, timeout_s: float = 10.0) -> str:
        """What Asterisk's CLI answers; empty when it is not there. Raises `EdgeDown` when it hangs."""
        child = await asyncio.create_subprocess_exec(
            str(self._base / "asterisk-cli"), command,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(timeout_s):
                return (await child.communicate())[0].decode("utf-8", "replace")
        except TimeoutError:
            raise EdgeDown(f"Asterisk's CLI does not answer `{command}` within {timeout_s:.0f} s") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    async def stop(self, grace_s: float = 5.0) -> None:
        """End it: asked, then told, then killed; the home is free then. Nothing happens when it has ended already."""
        await self._end_child(grace_s)
        self._release_home()

    async def _end_child(self, grace_s: float = 5.0) -> None:
        for way in (self._ask_to_stop, self._terminate, self._kill):
            if self.pid is None:
                break
            with suppress(TimeoutError, EdgeDown):
                async with asyncio.timeout(grace_s):
                    await way()
                    await self.wait()

    def last_words(self, lines: int = 5) -> str:
        """The end of its logs, in one line."""
        words: list[str] = []
        for name in ("console.log", "messages.log"):
            with suppress(OSError):
                words += (self._base / "log" / name).read_text("utf-8", "replace").splitlines()[-lines:]
        return " / ".join(line.strip() for line in words if line.strip()) or f"nothing in {self._base / 'log'}"

    def _argv(self) -> tuple[str, ...]:
        return (*self.binary.argv_prefix, "-C", str(self._conf))

    async def _answers(self) -> None:
        who = aiohttp.encode_basic_auth("smartdesk", self.keys.ari_password)
        async with aiohttp.ClientSession(headers={"Authorization": who}) as http:
            while True:
                if self.pid is None:
                    raise EdgeDown(f"Asterisk ended at its start: {self.last_words()}")
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{self.ari_url}/asterisk/info") as answer:
                        if answer.status == 200:
                            break
                await asyncio.sleep(0.05)
        await self.cli("core waitfullybooted")

    async def _ask_to_stop(self) -> None:
        await self.cli("core stop now")

    async def _terminate(self) -> None:
        if self._child:
            self._child.terminate()

    async def _kill(self) -> None:
        if self._child:
            self._child.kill()

    def _take_home(self) -> None:
        if self._lock is not None:
            return
        lock = open(self._base / "lock", "w", opener=_private)  # noqa: SIM115  held as long as we live
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise RuleBroken(f"{self.settings.home}: in use by another smartdesk; choose another --home DIR") from None
        self._lock = lock

    def _release_home(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _end_orphan(self) -> None:
        pid = self._orphan()
        for step in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 5
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, step)
            while pid is not None and time.monotonic() < deadline:
                pid = self._orphan()
                time.sleep(0.05)

    def _orphan(self) -> int | None:
        """The Asterisk that still runs on this home's configuration, known by its command line, never by name."""
        own = str(self._conf).encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError):
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if own in words and b"-f" in words:
                        return int(entry.name)
        return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _short_run_folder(wanted: Path) -> Path:
    if len(str(wanted / "asterisk.ctl")) <= SOCKET_PATH_MAX:
        return wanted
    short = Path(tempfile.gettempdir()) / f"smartdesk-{os.getuid()}-{sha256(str(wanted).encode()).hexdigest()[:16]}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid() or short.stat().st_mode & 0o077:
        raise RuleBroken(f"{short}: not a private folder of ours; choose a --home with a shorter path")
    return short
