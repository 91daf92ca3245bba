"""A switchboard under test: `smartdesk dev` as a child, its API, its Asterisk's own words, and real phones."""

import asyncio
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from smartdesk_pbx.asterisk.trunks import DEMO, outbound
from smartdesk_pbx.cli import link
from smartdesk_pbx.office.seed import SLUG
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import subscriber
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.trial import Caller, Softphone
from smartdesk_pbx.trial.prompts import Prompts
from smartdesk_pbx.trial.sipp import free_ports
from smartdesk_pbx.trial.sound import Sound

READY_S = 60
QUICK = {"SMARTDESK_RING_S": "4", "SMARTDESK_QUEUE_S": "6"}


def let_out(home: Path) -> None:
    """Give a new home a trunk over which calls go out, to a telephone on this host (`Board.outside`)."""
    home.mkdir(parents=True)
    [port] = free_ports(1)
    trunk = DEMO.replace("trust_pai", f'outbound = true\nserver = "127.0.0.1:{port}"\ntrust_pai')
    (home / "trunks.toml").write_text(trunk, "utf-8")


@dataclass
class Board:
    """`said` is the JSON line that `smartdesk dev` printed when it was ready."""

    home: Path
    said: dict[str, Any]
    child: "subprocess.Popen[str]"

    @property
    def sip(self) -> str:
        return str(self.said["sip"])

    @property
    def prompts(self) -> Prompts:
        return Prompts(Settings(home=self.home), "ja")

    @property
    def passwords(self) -> dict[str, str]:
        return dict(json.loads((self.home / "secrets" / "agents.json").read_text()))

    @property
    def emergency_sound(self) -> Sound:
        """The demo subscriber's emergency number as it is spoken; its name is told nowhere, so the store is read."""
        store = Store.open(Settings(home=self.home))
        try:
            return self.prompts[store.run_now(lambda c: subscriber.get(c, "demo")).emergency_prompt or ""]
        finally:
            store.close_now()

    @cached_property
    def numbers(self) -> list[str]:
        return [row["number"] for row in self._ask("number.list", {})]

    def _ask(self, name: str, params: dict[str, object]) -> Any:
        daemon = link.find(self.home)
        assert daemon, "the daemon does not answer"
        return daemon.perform(name, params)

    async def ask(self, operation: str, /, **params: object) -> Any:
        """The answer of one operation of the running daemon."""
        return await asyncio.to_thread(self._ask, operation, params)

    def cli(self, command: str) -> str:
        """What Asterisk's own CLI says."""
        return subprocess.run(
            [*shlex.split(self.said["asterisk_cli"]), command], capture_output=True, text=True, timeout=10
        ).stdout

    def channels(self) -> list[str]:
        return [line for line in self.cli("core show channels concise").splitlines() if "!" in line]

    def bridges(self) -> list[str]:
        return [line for line in self.cli("bridge show all").splitlines()[1:] if line.strip()]

    async def quiet(self, limit_s: float = 10) -> None:
        """Wait until Asterisk has neither channel nor bridge."""
        await self.until(lambda: not self.channels() and not self.bridges(), "a channel or bridge is left", limit_s)

    async def until(self, holds: Any, complaint: str, limit_s: float = 10) -> Any:
        """Wait until `holds()` gives something true; polled, because what is asked has no event of its own."""
        deadline = time.monotonic() + limit_s
        while not (found := await asyncio.to_thread(holds)):
            assert time.monotonic() < deadline, f"{complaint} after {limit_s} s"
            await asyncio.sleep(0.05)
        return found

    async def case_of(self, since: set[str], limit_s: float = 10) -> dict[str, Any]:
        """The one case that was not there before, once its call has ended; without a human, once it is closed."""

        def look() -> dict[str, Any] | None:
            if link.find(self.home) is None:
                return None  # a daemon was killed; its successor is awaited
            new = [c for c in self._ask("case.list", {}) if c["case_id"] not in since]
            assert len(new) <= 1, new
            if not new or not new[0]["ended_at"]:
                return None
            shown: dict[str, Any] = self._ask("case.show", {"case": new[0]["case_id"]})
            return shown if shown["closed_at"] or shown["human_at"] else None

        return dict(await self.until(look, "no case has ended and, without a human, closed", limit_s))

    async def known(self) -> set[str]:
        return {c["case_id"] for c in await self.ask("case.list", limit=10_000)}

    async def closed(self, case_id: str, limit_s: float = 10) -> dict[str, Any]:
        """The case, once it is closed."""

        def look() -> dict[str, Any] | None:
            shown = self._ask("case.show", {"case": case_id})
            return shown if shown["closed_at"] else None

        return dict(await self.until(look, f"case {case_id} is not closed", limit_s))

    def daemon_pid(self) -> int:
        last = link.running(self.home)
        assert last
        return last.pid

    async def kill_daemon(self) -> None:
        """kill -9; returns when the supervisor's next daemon is ready."""
        old = self.daemon_pid()
        os.kill(old, signal.SIGKILL)
        await self.until(lambda: self.daemon_pid() != old and link.find(self.home), "no new daemon", 20)

    @asynccontextmanager
    async def agent(self, name: str = "agent1", *, register: bool = True, **how: Any) -> AsyncIterator[Softphone]:
        """A registered softphone whose agent is ready; offline again afterwards."""
        async with Softphone(self.sip, name, self.passwords[name], **how) as phone:
            if register:
                await phone.register()
                await self.reachable(name)
            await self.ask("agent.ready", agent=name)
            try:
                yield phone
            finally:
                await self.send_home(name)

    async def reachable(self, name: str) -> None:
        await self.until(lambda: f"{name}/sip" in self.cli("pjsip show contacts"), f"{name} did not register")
        await self.until(
            lambda: self._ask("agent.pause", {"agent": name, "reason": "starting"})["reachable"],
            f"the desk does not know that {name} registered",
        )

    async def send_home(self, name: str) -> None:
        """Offline, as soon as offer or talk are over."""

        def offline() -> bool:
            try:
                self._ask("agent.offline", {"agent": name})
            except Exception:
                return False
            return True

        await self.until(offline, f"{name} is not free again")

    def outside(self, **how: Any) -> Softphone:
        """The telephones outside, all of them: one that takes calls to any number."""
        trunk = outbound(self.home)
        assert trunk and trunk.server
        return Softphone(self.sip, "outside", "", port=int(trunk.server.rpartition(":")[2]), **how)

    async def agrees(self, **settings: str) -> None:
        """Set settings of the demo's contract."""
        [contract] = [c["contract"] for c in await self.ask("contract.list") if c["subscriber"] == SLUG]
        assigned = [f"{name}={value}" for name, value in settings.items()]
        if assigned:
            await self.ask("contract.set", contract=contract, settings=assigned)

    async def meets(self, flow: str, *, number: int | None = 1, **settings: str) -> str:
        """Publish a flow, for one of the demo's numbers unless None, and set settings of its contract; the number."""
        dialled = [self.numbers[number]] if number is not None else []
        await self.agrees(**settings)
        await self.ask("flow.publish", text=flow, numbers=dialled, force=True, reason="a test of one kind of node")
        return dialled[0] if dialled else ""

    def caller(self, number: str | None = None, **how: Any) -> Caller:
        return Caller(self.sip, number or self.numbers[0], **how)


@contextmanager
def switchboard(home: Path, *options: str, **environment: str) -> Iterator[Board]:
    """Start `smartdesk dev` on a home and wait for its line; SIGTERM and a clean end afterwards."""
    log = (home.parent / f"{home.name}.log").open("w")
    child = subprocess.Popen(
        [sys.executable, "-m", "smartdesk_pbx", "dev", "--home", str(home), "--sip", "127.0.0.1:0",
         "--http", "127.0.0.1:0", *options],
        stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **QUICK, **environment},
    )  # fmt: skip
    try:
        assert child.stdout
        line = child.stdout.readline()
        if not line:
            raise AssertionError(f"smartdesk dev ended: {Path(log.name).read_text()[-2000:]}")
        board = Board(home, json.loads(line), child)
        assert board.numbers  # known from here on, also while no daemon is there
        yield board
    finally:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(30)
        if child.poll() is None:
            child.kill()
            child.wait()
        log.close()
    assert child.returncode == 0, Path(log.name).read_text()[-2000:]


class Steps:
    """The dialplan steps of one Asterisk, as it logs them itself."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._file = board.home / "asterisk" / "log" / "steps.log"

    async def __aenter__(self) -> "Steps":
        self._board.cli("logger add channel steps.log verbose(3)")
        return self

    async def flushed(self) -> list[str]:
        """Every step made before this call, in order. A call to nobody's number is the marker: the log is in order."""
        marker = f"03123{time.monotonic_ns() % 100_000:05}"
        async with self._board.caller(marker) as nobody:
            await nobody.dial()
            await nobody.refused()
        return list(await self._board.until(lambda: self._until(marker), "the log does not show the last step"))

    def _until(self, marker: str) -> list[str]:
        steps = [line for line in self._file.read_text(errors="replace").splitlines() if "Executing [" in line]
        found = [n for n, line in enumerate(steps) if marker in line]
        return steps[: found[0]] if found else []

    async def __aexit__(self, *_: object) -> None:
        self._board.cli("logger remove channel steps.log")
