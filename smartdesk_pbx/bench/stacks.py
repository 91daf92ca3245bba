"""What sampled stacks say: which functions and which rooms the time goes to. Pure.

A line of py-spy's raw format is a stack from its thread to its innermost frame, and how often it was seen:
`thread (7): MainThread;run (smartdesk_pbx/daemon.py:300);step (smartdesk_pbx/flow/walk.py:20) 12`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_FRAME = re.compile(r"^(?P<function>.+) \((?P<file>[^()]+):\d+\)$")
_THREAD = re.compile(r"^thread \(\w+\): (?P<name>.+?)(?:_\d+)?$")
OURS = re.compile(r"^smartdesk_pbx/(?P<room>\w+)/")
ELSEWHERE = "the loop and its libraries"
"""Time below no frame of ours but the daemon's own start."""


@dataclass(frozen=True)
class Frame:
    """One function of a stack. `room` is "" for a library's."""

    function: str
    file: str

    @property
    def room(self) -> str:
        found = OURS.match(self.file)
        return found["room"] if found and found["room"] != "cli" else ""


WAITING = {Frame("_worker", "concurrent/futures/thread.py"), Frame("Thread.run", "threading.py")}
"""A pool's thread with nothing to do looks busy now and then."""


NAMED = {Frame("Runner.run", "asyncio/runners.py"): Frame("the loop itself", "uvloop")}
"""What no Python frame shows."""


@dataclass(frozen=True)
class Seen:
    """A stack, outermost frame first, and how many samples showed it."""

    thread: str
    frames: Sequence[Frame]
    count: int


@dataclass(frozen=True)
class Spent:
    """A function's share of all samples, in percent: in itself, and with what it calls."""

    function: str
    file: str
    own: float
    all: float


def read_stacks(lines: Iterable[str]) -> list[Seen]:
    """The stacks of a file in raw format, without threads that wait for work. Raises ValueError for a line that is
    none."""
    stacks = (_stack(line) for line in lines if line.strip())
    return [stack for stack in stacks if not stack.frames or stack.frames[-1] not in WAITING]


def _stack(line: str) -> Seen:
    text, _, count = line.rstrip("\n").rpartition(" ")
    words = text.split(";")
    named = _THREAD.match(words[0])
    frames = [Frame(m["function"], m["file"]) for word in words if (m := _FRAME.match(word))]
    frames = [NAMED.get(frame, frame) for frame in frames]
    return Seen(named["name"] if named else "", frames, int(count))


def by_function(stacks: Sequence[Seen], most: int) -> list[Spent]:
    """Those functions in which most of the time is spent, the dearest first."""
    own: Counter[Frame] = Counter()
    everything: Counter[Frame] = Counter()
    for stack in stacks:
        if stack.frames:
            own[stack.frames[-1]] += stack.count
        for frame in set(stack.frames):
            everything[frame] += stack.count
    share = _share(stacks)
    return [
        Spent(frame.function, frame.file, count * share, everything[frame] * share)
        for frame, count in own.most_common(most)
    ]


def by_room(stacks: Sequence[Seen]) -> dict[str, float]:
    """Percent of the time below each room's innermost function: what a room has its libraries do is its own."""
    return _percents(stacks, lambda stack: next((f.room for f in reversed(stack.frames) if f.room), ELSEWHERE))


def by_thread(stacks: Sequence[Seen]) -> dict[str, float]:
    """Percent of the time of each thread; those of one pool together."""
    return _percents(stacks, lambda stack: stack.thread or "?")


def _percents(stacks: Sequence[Seen], of: Callable[[Seen], str]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for stack in stacks:
        counts[of(stack)] += stack.count
    share = _share(stacks)
    return {name: count * share for name, count in counts.most_common()}


def _share(stacks: Sequence[Seen]) -> float:
    """Percent that one sample stands for."""
    return 100 / max(1, sum(stack.count for stack in stacks))
