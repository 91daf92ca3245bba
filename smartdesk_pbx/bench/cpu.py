"""CPU time of other programs, to the nanosecond, and the core on which they run."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SCHEDULED = 2
"""The kind of a program's clock that counts what the scheduler gave it, threads that have ended included."""


def cpu_ms(pid: int) -> float:
    """CPU milliseconds that a program has used since its start, in the kernel and outside.

    Raises `OSError` when there is no such program.
    """
    return time.clock_gettime((~pid << 3) | SCHEDULED) * 1000


def spent_ms(pids: Mapping[str, int]) -> dict[str, float]:
    """`cpu_ms` of several processes, by name."""
    return {name: cpu_ms(pid) for name, pid in pids.items()}


def two_cores() -> tuple[int, int]:
    """The core of the switchboard and the core of its callers; the same one on a machine that has no second."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Programs that are started inside the block run on this core alone, and so do their children."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def resident_kb(pid: int) -> int:
    """Memory that a program holds just now, in KB of 1,024 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
