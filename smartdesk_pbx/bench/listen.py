"""The wire as the bench drives it: started, told when a run begins, asked what it has heard."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from smartdesk_pbx.bench.flow import Flow, from_rows
from smartdesk_pbx.bench.wire import Plan
from smartdesk_pbx.errors import EdgeDown

ANSWER_BYTES = 1 << 27


@dataclass(frozen=True)
class Heard:
    """One run. `late`: how often the wire looked at its clock more than 10 ms late, and by how much at most."""

    callers: Sequence[Flow]
    agents: Sequence[Flow]
    late: int
    latest_ms: float


@dataclass(frozen=True)
class Listening:
    """A wire that runs. `callers` and `agents` are its ports."""

    child: asyncio.subprocess.Process
    callers: int
    agents: int

    async def begin(self, plan: Plan) -> None:
        """A new run, in which callers press keys after `plan`."""
        await _ask(self.child, {"plan": plan})

    async def press(self, key: str, calls: int) -> int:
        """So many callers, those who have waited longest, press a key; how many were there to do it."""
        return int((await _ask(self.child, {"press": key, "calls": calls}))["pressing"])

    async def heard(self) -> Heard:
        """What came since the run began."""
        said = await _ask(self.child, {"end": True})
        return Heard(from_rows(said["callers"]), from_rows(said["agents"]), said["late"], said["latest_ms"])


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    """A wire on the core that we run on. Raises `EdgeDown` when it does not start."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "smartdesk_pbx.bench.wire", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, limit=ANSWER_BYTES, start_new_session=True,
    )  # fmt: skip
    try:
        ports = await _answer(child)
        yield Listening(child, ports["callers"], ports["agents"])
    finally:
        assert child.stdin
        child.stdin.close()
        await child.wait()


async def _ask(child: asyncio.subprocess.Process, order: dict[str, object]) -> dict[str, Any]:
    assert child.stdin
    child.stdin.write(json.dumps(order).encode() + b"\n")
    return await _answer(child)


async def _answer(child: asyncio.subprocess.Process) -> dict[str, Any]:
    assert child.stdout
    line = await child.stdout.readline()
    if not line:
        raise EdgeDown("the wire has ended")
    return dict(json.loads(line))
