"""A private PostgreSQL for the tests: its own folder, a free port, removed afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path("/usr/lib/postgresql/15/bin")


class Cluster:
    """A running server. `url(name)` is where a database of it lies."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement with psql; its output."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database]
        return _run("psql", *address, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement)

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        _run("pg_ctl", "-D", str(self.folder / "pg"), "-l", str(self.folder / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        """At once, as in a power cut; committed transactions survive that."""
        _run("pg_ctl", "-D", str(self.folder / "pg"), "-w", "-m", "immediate", "stop")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server that is there inside the block."""
    assert BIN.is_dir(), "no PostgreSQL 15: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="smartdesk-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster = Cluster(folder, _free_port())
    try:
        _run("initdb", "-D", str(folder / "pg"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def _run(program: str, *arguments: str) -> str:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*as_postgres, str(BIN / program), *arguments]
    # Files, not pipes: the server that pg_ctl leaves behind would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", check=False)
        output.seek(0)
        said = output.read()
    assert done.returncode == 0, f"{program}: {said}"
    return said.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
