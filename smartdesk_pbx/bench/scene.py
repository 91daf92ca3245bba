"""One kind of call, made on the switchboard or its twin at a steady rate, and all that is measured of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from smartdesk_pbx.bench import load
from smartdesk_pbx.bench.board import NUMBERS, PHONES, PHONES_QUICK, Board, running_board
from smartdesk_pbx.bench.cpu import pinned, spent_ms, two_cores
from smartdesk_pbx.bench.figures import percentile
from smartdesk_pbx.bench.flow import Flow
from smartdesk_pbx.bench.listen import Heard, Listening, listening
from smartdesk_pbx.bench.load import Loaded
from smartdesk_pbx.bench.twin import Twin, running_twin
from smartdesk_pbx.bench.wire import Plan
from smartdesk_pbx.errors import EdgeDown

REACHABLE_S = 20.0
SETTLE_S = 0.5
TRAFFIC = ("smartdesk_ari_events_total", "smartdesk_ari_requests_total", "smartdesk_decision")
SideName = Literal["product", "twin"]


@dataclass(frozen=True)
class Scene:
    """A call as its caller behaves: `plan` of keys; when to hang up, milliseconds from the answer (None: they do)."""

    flow: str
    plan: Plan
    hang_up_after_ms: int | None = None


@dataclass(frozen=True)
class Run:
    """What one load did on one side. CPU and traffic are per call, delays are milliseconds of each call."""

    side: SideName
    flow: str
    calls: int
    per_s: float
    failed: int
    window_s: float
    cpu_ms: dict[str, float]
    post_dial_ms: Sequence[float] = field(repr=False)
    first_prompt_ms: Sequence[float] = field(repr=False)
    answer_ms: Sequence[float] = field(repr=False)
    unanswered: int
    """Keys that no prompt followed."""
    repeated: int
    late: int
    latest_ms: float
    traffic: dict[str, float] = field(default_factory=dict)
    unjudged: int = 0
    """Calls whose case is not in the ledger, closed and judged."""

    @property
    def cpu_per_call_ms(self) -> float:
        return sum(self.cpu_ms.values())

    def delays(self) -> dict[str, dict[str, float]]:
        """p50 and p99 of each delay, milliseconds, and how many there were."""
        named = {"post_dial": self.post_dial_ms, "first_prompt": self.first_prompt_ms, "answer": self.answer_ms}
        return {
            name: {"count": len(ms), "p50": percentile(ms, 0.5), "p99": percentile(ms, 0.99), "most": max(ms)}
            for name, ms in named.items()
            if ms
        }

    def as_json(self) -> dict[str, Any]:
        """Everything; each single delay to the microsecond."""
        everything = asdict(self)
        for name in ("post_dial_ms", "first_prompt_ms", "answer_ms"):
            everything[name] = [round(ms, 3) for ms in everything[name]]
        return everything | {"cpu_per_call_ms": self.cpu_per_call_ms, "delays_ms": self.delays()}


@dataclass(frozen=True)
class Pair:
    """Switchboard, twin and the far end of their sound, all running."""

    board: Board
    twin: Twin
    wire: Listening

    async def run(self, side: SideName, scene: Scene, *, calls: int, per_s: float) -> Run:
        """Make calls on one side; returns when all is quiet again."""
        return (await self._run((side,), scene, calls, per_s))[0]

    async def run_both(self, scene: Scene, *, calls: int, per_s: float) -> tuple[Run, Run]:
        """Make the same calls on both at the same time: product, then twin."""
        product, twin = await self._run(("product", "twin"), scene, calls, per_s)
        return product, twin

    async def _run(self, sides: Sequence[SideName], scene: Scene, calls: int, per_s: float) -> list[Run]:
        before = await self._traffic()
        await self.wire.begin(scene.plan)
        began_s, spent = time.time(), [spent_ms(self._pids(side)) for side in sides]
        loads = await asyncio.gather(*(self._load(side, scene, calls, per_s) for side in sides))
        judged = await self.board.all_judged(NUMBERS[scene.flow], began_s, calls) if "product" in sides else 0
        await asyncio.sleep(SETTLE_S)
        window_s, after = time.time() - began_s, [spent_ms(self._pids(side)) for side in sides]
        heard = await self.wire.heard()
        runs = []
        for side, loaded, was, now in zip(sides, loads, spent, after, strict=True):
            cpu_ms = {name: (now[name] - was[name]) / calls for name in now}
            run = self._judge(side, scene, per_s, loaded, heard, window_s, cpu_ms)
            if side == "product":
                run.traffic.update(await self._traffic_per_call(before, calls))
                run = replace(run, unjudged=calls - judged)
            runs.append(run)
        return runs

    def _judge(
        self, side: SideName, scene: Scene, per_s: float, loaded: Loaded, heard: Heard, window_s: float,
        cpu_ms: dict[str, float],
    ) -> Run:  # fmt: skip
        ports = self._sound_ports(side)
        flows = [flow for flow in heard.callers if flow.port in ports]
        answers = [ms for flow in flows for ms in flow.answers_ms()]
        pressed = len(scene.plan) * loaded.calls
        answered = [ms for ms in answers if ms is not None]
        return Run(
            side, scene.flow, loaded.calls, per_s, loaded.failed, window_s, cpu_ms,
            [one.post_dial_ms for one in loaded.answered], first_prompts_ms(loaded.answered, flows), answered,
            pressed - len(answered), loaded.repeated, heard.late, heard.latest_ms,
        )  # fmt: skip

    async def _load(self, side: SideName, scene: Scene, calls: int, per_s: float) -> Loaded:
        sip = self.board.sip if side == "product" else self.twin.sip
        return await load.call(
            sip, NUMBERS[scene.flow], calls=calls, per_s=per_s, wire_port=self.wire.callers,
            hang_up_after_ms=scene.hang_up_after_ms,
        )  # fmt: skip

    def _pids(self, side: SideName) -> dict[str, int]:
        return dict(self.board.pids if side == "product" else self.twin.pids)

    def _sound_ports(self, side: SideName) -> range:
        ports = self.board.ports if side == "product" else self.twin.ports
        return range(ports.rtp_first, ports.rtp_last + 1)

    async def _traffic(self) -> dict[str, float]:
        return {name: value for name, value in (await self.board.metrics()).items() if name.startswith(TRAFFIC)}

    async def _traffic_per_call(self, before: dict[str, float], calls: int) -> dict[str, float]:
        after = await self._traffic()
        return {name: more / calls for name, value in after.items() if (more := value - before.get(name, 0.0))}

    @asynccontextmanager
    async def phones_at_work(self) -> AsyncIterator[None]:
        """All agents' phones registered with both, all agents ready."""
        async with AsyncExitStack() as stack:
            for sip in (self.board.sip, self.twin.sip):
                await stack.enter_async_context(load.phones(sip, self.board.passwords, self.wire.agents))
            async with asyncio.timeout(REACHABLE_S):
                while not all(one["reachable"] for one in await self.board.ask("agent.list")):
                    await asyncio.sleep(0.2)
            for name in self.board.passwords:
                await self.board.ask("agent.ready", agent=name)
            yield


def first_prompts_ms(dialled: Sequence[load.Dialled], flows: Sequence[Flow]) -> list[float]:
    """From each INVITE to its call's first packet of sound, milliseconds; calls that heard nothing are left out."""
    began: dict[int, list[int]] = {}
    for flow in flows:
        began.setdefault(flow.port, []).append(flow.stretches[0].first_ns)
    found = []
    for one in dialled:
        # A port serves one call after another; the call's own sound is the first after its INVITE.
        later = [ns for ns in began.get(one.port, []) if ns / 1e9 >= one.invited_s]
        if later:
            found.append(min(later) / 1e6 - one.invited_s * 1000)
    return found


@asynccontextmanager
async def running_pair(folder: Path, *, quick: bool = False) -> AsyncIterator[Pair]:
    """Both switchboards on one core, everything else on another. Raises `EdgeDown`, `RuleBroken`."""
    core, other = two_cores()
    phones = PHONES_QUICK if quick else PHONES
    async with AsyncExitStack() as stack:
        stack.enter_context(pinned(other))
        board = await stack.enter_async_context(running_board(folder / "product", core, phones))
        twin = await stack.enter_async_context(running_twin(folder / "twin", board, core))
        yield Pair(board, twin, await stack.enter_async_context(listening()))


def answered_or_down(runs: Sequence[Run]) -> None:
    """Raises `EdgeDown` when a run answered nobody: nothing can be measured then."""
    for run in runs:
        if not run.answer_ms:
            raise EdgeDown(f"{run.flow}, {run.side}: of {run.calls} calls {run.failed} failed, no key was answered")
