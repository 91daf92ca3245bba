"""How long whole programs take, and what is said when they do not come."""

import subprocess
import sys
from pathlib import Path

import pytest

from smartdesk_pbx.bench import board, start
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.settings import Settings

STUB = Path(__file__).parents[1] / "cli" / "stub_daemon.py"


def home_of(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, http="127.0.0.1:0")


async def test_a_command_is_measured_to_its_end(tmp_path: Path) -> None:
    taken_s = await start.answers_s(tmp_path, (("--help",), ("case", "--help")), 2)
    assert list(taken_s) == ["--help", "case --help"]
    assert all(len(seconds) == 2 and 0.02 < min(seconds) < 60 for seconds in taken_s.values())


async def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(EdgeDown, match="`smartdesk agent ready nobody` failed: smartdesk: no daemon answers"):
        await start.answers_s(tmp_path, (("agent", "ready", "nobody"),), 1)


def test_the_slowest_command_counts() -> None:
    assert start.slowest({"a": [0.1, 0.9], "b": [0.2, 0.2], "c": [0.15, 2.0]}) == [0.2, 0.2]


def test_few_rounds_have_no_median() -> None:
    two = start.best_and_median("x", [0.3, 0.2], 1.0)
    five = start.best_and_median("x", [0.5, 0.3, 0.2, 0.4, 0.1], 0.05)
    assert start.best_and_median("x", [], 1.0) == []
    assert [(f.name, f.value, f.missed) for f in two] == [("x, best of 2", 0.2, False)]
    assert [(f.name, f.value, f.missed) for f in five] == [("x, best of 5", 0.1, True), ("x, median", 0.3, False)]


async def test_a_daemon_is_measured_to_its_own_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "PROGRAM", (sys.executable, str(STUB)))
    said = tmp_path / "run" / "daemon.json"
    said.parent.mkdir()
    said.write_text('{"http": "127.0.0.1:1", "pid": 1}')
    children: list[int] = []
    async with start.daemon(home_of(tmp_path), "127.0.0.1:5060") as took_s:
        assert 0.01 < took_s < 60
        children.append(start.ready_pid(said) or 0)
        assert children[0] > 1, "an earlier daemon's word does not count"
    assert not Path(f"/proc/{children[0]}").exists()


async def test_a_daemon_that_does_not_come(tmp_path: Path) -> None:
    with pytest.raises(EdgeDown, match=r"the daemon is not ready: .*no Asterisk was set up in this home"):
        await start.ready_s(home_of(tmp_path), "127.0.0.1:5060")


async def test_a_daemon_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "PROGRAM", (sys.executable, "-c", "import time; time.sleep(600)"))
    monkeypatch.setattr(start, "READY_S", 0.3)
    ended: list[subprocess.Popen[bytes]] = []

    def end(child: "subprocess.Popen[bytes]") -> None:
        board.end(child)
        ended.append(child)

    monkeypatch.setattr(start, "end", end)
    with pytest.raises(EdgeDown, match="it said nothing"):
        await start.ready_s(home_of(tmp_path), "127.0.0.1:5060")
    assert ended[0].poll() is not None
