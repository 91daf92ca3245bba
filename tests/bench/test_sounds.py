"""Prompts of an exact length, CPU time, the core of a child."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smartdesk_pbx.audio.make import Recording, make
from smartdesk_pbx.bench.cpu import cpu_ms, pinned, two_cores
from smartdesk_pbx.bench.sounds import LANGUAGE, PROMPTS_S, record_prompts
from smartdesk_pbx.settings import Settings


@pytest.mark.parametrize("prompt", PROMPTS_S)
def test_a_built_prompt_has_its_length(prompt: str, tmp_path: Path) -> None:
    record_prompts(Settings(home=tmp_path))
    stem = tmp_path / "made"
    assert make(Recording(tmp_path / "prompts" / LANGUAGE / f"{prompt}.wav"), stem) == []
    assert stem.with_suffix(".ulaw").stat().st_size == PROMPTS_S[prompt] * 8000


def test_cpu_time_is_that_of_the_whole_child() -> None:
    """Also of threads that have ended."""
    work = "import threading, time\ndef burn():\n t = time.thread_time()\n while time.thread_time() - t < 0.1: pass\n"
    work += "t = threading.Thread(target=burn); t.start(); t.join(); print(time.process_time()); input()"
    with subprocess.Popen([sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        said_ms = float(child.stdout.readline()) * 1000
        assert said_ms >= 100
        assert said_ms <= cpu_ms(child.pid) <= said_ms + 50
        child.communicate(b"\n")


def test_cpu_time_of_nobody() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass
    with pytest.raises(OSError):
        cpu_ms(child.pid)


def test_a_pinned_child_stays_on_its_core() -> None:
    before = os.sched_getaffinity(0)
    with pinned(two_cores()[0]):
        said = subprocess.check_output([sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"], text=True)
    assert said.strip() == str({two_cores()[0]})
    assert os.sched_getaffinity(0) == before
