"""A private PostgreSQL: its own folder, a free port, removed afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartdesk_pbx.errors import EdgeDown, RuleBroken

DEBIAN = Path("/usr/lib/postgresql")


class Cluster:
    """A running server. `url(name)` is where a database of it lies."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self.programs, self.folder, self.port = programs, folder, port

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement with psql; its output."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database]
        return self.run("psql", *address, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement)

    def start(self) -> None:
        """Returns when it takes connections."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self.run("pg_ctl", "-D", str(self.folder / "pg"), "-l", str(self.folder / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        """At once, as in a power cut; committed transactions survive that."""
        self.run("pg_ctl", "-D", str(self.folder / "pg"), "-w", "-m", "immediate", "stop")

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's own programs; its output. Raises EdgeDown when it fails."""
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_postgres, str(self.programs / program), *arguments]
        # Files, not pipes: the server that pg_ctl leaves behind would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", check=False)
            output.seek(0)
            said = output.read().strip()
        if done.returncode:
            raise EdgeDown(f"{program}: {said}")
        return said


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server that is there inside the block. Raises RuleBroken where PostgreSQL is not installed."""
    programs = max(DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
    if programs is None:
        raise RuleBroken("no PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="smartdesk-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster = Cluster(programs, folder, _free_port())
    try:
        initial = ("-D", str(folder / "pg"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        cluster.run("initdb", *initial)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
