"""Sampled stacks: reading them, and taking them from a real program."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartdesk_pbx.bench import top
from smartdesk_pbx.bench.stacks import ELSEWHERE, Frame, by_function, by_room, by_thread, read_stacks
from smartdesk_pbx.errors import EdgeDown, RuleBroken

STACKS = """\
thread (7): MainThread;main (smartdesk_pbx/cli/main.py:82);Runner.run (asyncio/runners.py:118) 30
thread (7): MainThread;Runner.run (asyncio/runners.py:118);step (smartdesk_pbx/flow/walk.py:20);<lambda> (re.py:3) 10
thread (8): store-write_0;_worker (concurrent/futures/thread.py:69);commit (smartdesk_pbx/store/ledger.py:26) 40
thread (9): store-write_1;_worker (concurrent/futures/thread.py:69);commit (smartdesk_pbx/store/ledger.py:26) 20
thread (9): store-write_1;_worker (concurrent/futures/thread.py:69) 900
"""
BELOW = "thread (7): MainThread;step (smartdesk_pbx/flow/walk.py:20);read (smartdesk_pbx/store/case.py:5);x (y.py:1) 5"


def test_a_stack_is_read_from_its_thread_inwards() -> None:
    [stack] = read_stacks(["thread (7): MainThread;a.<locals>.b (x/y.py:1);step (smartdesk_pbx/flow/walk.py:20) 12"])
    assert (stack.thread, stack.count) == ("MainThread", 12)
    assert stack.frames == [Frame("a.<locals>.b", "x/y.py"), Frame("step", "smartdesk_pbx/flow/walk.py")]
    assert [frame.room for frame in stack.frames] == ["", "flow"]


def test_a_thread_that_waits_for_work_takes_no_time() -> None:
    assert sum(stack.count for stack in read_stacks(STACKS.splitlines())) == 100


def test_rooms_get_what_their_libraries_do() -> None:
    assert by_room(read_stacks(STACKS.splitlines())) == {"store": 60.0, ELSEWHERE: 30.0, "flow": 10.0}
    assert by_room(read_stacks([BELOW])) == {"store": 100.0}, "the innermost room has it"


def test_threads_of_a_pool_are_one() -> None:
    assert by_thread(read_stacks(STACKS.splitlines())) == {"store-write": 60.0, "MainThread": 40.0}


def test_functions_by_their_own_time() -> None:
    found = by_function(read_stacks(STACKS.splitlines()), most=3)
    assert [(spent.function, spent.own, spent.all) for spent in found] == [
        ("commit", 60.0, 60.0), ("the loop itself", 30.0, 40.0), ("<lambda>", 10.0, 10.0),
    ]  # fmt: skip


def test_a_line_that_is_no_stack() -> None:
    with pytest.raises(ValueError):
        read_stacks(["py-spy says something"])


@pytest.fixture
def burning() -> Iterator[int]:
    program = "def burn():\n while True: sum(range(100))\nprint(flush=True); burn()"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        yield child.pid
        child.kill()


async def test_a_program_is_looked_at(burning: int, tmp_path: Path) -> None:
    picture, raw = tmp_path / "flame.svg", tmp_path / "raw"
    async with top.looking(burning, picture, raw):
        await asyncio.sleep(1)  # there is nothing to wait for: looks are taken in time
    stacks = read_stacks(raw.read_text().splitlines())
    assert sum(stack.count for stack in stacks) > 10
    assert by_function(stacks, most=1)[0].function == "burn"
    assert "burn" in picture.read_text()


async def test_a_program_that_cannot_be_looked_at(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    with pytest.raises(EdgeDown, match="py-spy saw nothing of the daemon"):
        async with top.looking(gone.pid, tmp_path / "flame.svg", tmp_path / "raw"):
            pass


def test_without_py_spy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuleBroken, match=r"pip install 'smartdesk-pbx\[bench\]'"):
        top.find_spy()
