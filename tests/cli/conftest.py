"""The real command, as another program, on a home of its own."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def one_line(self, status: int) -> str:
        """The one line on stderr of a command that failed with `status` and printed nothing."""
        assert (self.status, self.out) == (status, ""), self
        assert self.err.startswith("smartdesk: ")
        assert self.err.count("\n") == 1, self.err
        return self.err


@dataclass(frozen=True)
class Cli:
    home: Path

    def __call__(self, *words: str) -> Said:
        """Run `smartdesk WORDS` on this home (by SMARTDESK_HOME)."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("SMARTDESK_")}
        env |= {"SMARTDESK_HOME": str(self.home)}
        done = subprocess.run(
            [sys.executable, "-m", "smartdesk_pbx", *words],
            capture_output=True, text=True, env=env, cwd=CHECKOUT, timeout=120, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def did(self, *words: str) -> Said:
        """As calling it, for a command that must succeed."""
        said = self(*words)
        assert said.status == 0, said.err
        return said


def stored(home: Path) -> list[str]:
    """Everything in the database of a home, and the name of every file beside it."""
    with closing(sqlite3.connect(home / "smartdesk.db")) as database:
        rows = list(database.iterdump())
    return rows + sorted(str(file) for file in home.rglob("*") if not file.name.startswith("smartdesk.db-"))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with prompts, tables and the standard plan; copied for each test."""
    home = tmp_path_factory.mktemp("furnished")
    cli = Cli(home)
    cli.did("db", "upgrade")
    cli.did("prompt", "build")
    cli.did("plan", "add", "smartdesk_pbx/contract/standard_plan.yaml")
    return home


@pytest.fixture(scope="session")
def settled(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished home with a subscriber and a number."""
    home = tmp_path_factory.mktemp("settled") / "home"
    shutil.copytree(furnished, home)
    cli = Cli(home)
    cli.did("subscriber", "add", "aozora", "--name", "株式会社あおぞら", "--reading", "アオゾラ", "--plan", "standard")
    cli.did("number", "add", "0312345010", "--subscriber", "aozora", "--source", "03-9876-5432")
    return home


@pytest.fixture
def bare(furnished: Path, tmp_path: Path) -> Cli:
    """A home of this test's own, nobody in it."""
    shutil.copytree(furnished, tmp_path / "home")
    return Cli(tmp_path / "home")


@pytest.fixture
def cli(settled: Path, tmp_path: Path) -> Cli:
    """A home of this test's own with subscriber aozora and number 0312345010."""
    shutil.copytree(settled, tmp_path / "home")
    return Cli(tmp_path / "home")
