"""`smartdesk dev` keeps Asterisk and the daemon alive: what dies is started again, SIGTERM stops both."""

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 30.0


@dataclass
class Dev:
    child: asyncio.subprocess.Process
    home: Path
    ready: dict[str, Any] = field(default_factory=dict)

    async def says(self, words: str) -> str:
        """The next line on stderr that holds `words`."""
        assert self.child.stderr
        seen = []
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.child.stderr.readline()).decode():
                seen.append(line)
                if words in line:
                    return line
        raise AssertionError(f"never said {words!r}: {seen}")

    def daemon_pid(self) -> int:
        return int(json.loads((self.home / "run" / "daemon.json").read_text())["pid"])

    async def stop(self, number: int = signal.SIGTERM) -> int:
        self.child.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            return await self.child.wait()


@asynccontextmanager
async def dev(home: Path) -> AsyncIterator[Dev]:
    pipe = asyncio.subprocess.PIPE
    script = str(Path(__file__).with_name("supervised.py"))
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, script, str(home), stdout=pipe, stderr=pipe, env=env, cwd=CHECKOUT
    )
    run = Dev(child, home)
    try:
        assert child.stdout
        async with asyncio.timeout(PATIENCE_S):
            line = await child.stdout.readline()
        assert line, (await child.stderr.read() if child.stderr else b"").decode()
        run.ready = json.loads(line)
        yield run
    finally:
        if exists(child.pid):
            child.send_signal(signal.SIGTERM)
            await gone(child.pid)


async def gone(pid: int) -> None:
    """Wait until nothing runs under this id. `wait()` would also wait for whoever inherited the pipes."""
    async with asyncio.timeout(PATIENCE_S):
        while exists(pid):
            await asyncio.sleep(0.02)


def exists(pid: int) -> bool:
    """Whether something runs under this id; an orphan that nobody has buried yet does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_ready_line_names_what_runs_and_sigterm_stops_both(tmp_path: Path) -> None:
    async with dev(tmp_path) as run:
        wanted = {"sip", "ari", "ami", "http", "daemon_pid", "asterisk_pid", "asterisk_cli"}
        assert wanted <= run.ready.keys()
        assert all(run.ready[name].startswith("127.0.0.1:") for name in ("sip", "ari", "ami", "http"))
        command = [*shlex.split(run.ready["asterisk_cli"]), "core show version"]
        asked = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert b"Asterisk 22" in (await asked.communicate())[0]
        assert await run.stop() == 0
        assert not exists(run.ready["daemon_pid"])
        assert not exists(run.ready["asterisk_pid"])


async def test_a_daemon_that_dies_or_hangs_is_started_again_and_asterisk_stays(tmp_path: Path) -> None:
    async with dev(tmp_path) as run:
        first = run.daemon_pid()
        os.kill(first, signal.SIGKILL)
        await run.says("the daemon runs again")
        second = run.daemon_pid()
        assert second != first
        os.kill(second, signal.SIGSTOP)
        await run.says("the daemon is stuck")
        await run.says("the daemon runs again")
        assert run.daemon_pid() != second
        assert not exists(second)
        assert exists(run.ready["asterisk_pid"])
        assert await run.stop(signal.SIGINT) == 0


async def test_an_asterisk_that_dies_is_started_again_on_the_same_ports(tmp_path: Path) -> None:
    async with dev(tmp_path) as run:
        os.kill(run.ready["asterisk_pid"], signal.SIGKILL)
        line = await run.says("Asterisk runs again")
        again = int(line.rpartition(" ")[2])
        assert again != run.ready["asterisk_pid"]
        ports = json.loads((tmp_path / "asterisk" / "ports.json").read_text())
        assert run.ready["ari"] == f"127.0.0.1:{ports['ari']}"
        assert run.daemon_pid() == run.ready["daemon_pid"]
        assert await run.stop() == 0
        assert not exists(again)


async def test_one_home_has_one_supervisor_and_a_killed_one_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    async with dev(tmp_path) as run:
        script = str(Path(__file__).with_name("supervised.py"))
        env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        second = await asyncio.create_subprocess_exec(
            sys.executable, script, str(tmp_path), stderr=asyncio.subprocess.PIPE, env=env
        )
        said = (await second.communicate())[1].decode()
        assert second.returncode == 2
        assert said.count("\n") == 1
        assert "in use" in said
        run.child.kill()
        left_behind = run.ready["daemon_pid"]
    # The orphans hold the pipes of the one who was killed: the next supervisor has to end them.
    async with dev(tmp_path) as run:
        assert run.daemon_pid() != left_behind
        assert not exists(left_behind)
        assert await run.stop() == 0
