"""The switchboard that is measured: a home of its own, `smartdesk dev` on one core, numbers, flows and agents."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from smartdesk_pbx.asterisk.ports import Ports, load_ports
from smartdesk_pbx.audio.build import build
from smartdesk_pbx.bench.cpu import pinned
from smartdesk_pbx.bench.sounds import LANGUAGE, record_prompts, shorten_name
from smartdesk_pbx.contract.numbers import e164
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office import seed
from smartdesk_pbx.office.office import Office, open_office
from smartdesk_pbx.office.registry import perform
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import subscriber
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_file

NUMBERS = {
    "self-service": "0312345001", "escalated": "0312345002", "minute": "0312345003", "short": "0312345004",
    "held": "0312345005",
}  # fmt: skip
"""Each flow's number, here and, but for the last, in `twin/twin.conf`."""
SUBSCRIBER = "bench"
PHONES, PHONES_QUICK = 110, 40
"""Agents: enough for ten escalated calls a second, with what comes before and after the talk, or for a few seconds."""
RTP_PORTS = 4000
"""A thousand calls at once."""
WRAP_UP_S = 0.1
"""The case is closed and the agent is free so long after the talk, as soon as the daemon looks."""
READY_S, STOP_S = 60, 30
JUDGED_S = 10.0
"""An escalated case is closed when the daemon next looks for wrap-ups that are over: every two seconds."""


@dataclass(frozen=True)
class Board:
    """A running switchboard. `pids`: what its CPU time is summed over; `passwords`: of the agents' phones."""

    settings: Settings
    sip: str
    http: str
    pids: Mapping[str, int]
    ports: Ports
    passwords: Mapping[str, str] = field(repr=False)
    store: Store = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)

    async def ask(self, operation: str, /, **params: object) -> Any:
        """The answer of one operation of the daemon's. Raises `EdgeDown` when it is not given."""
        url = f"http://{self.http}/v1/{operation.replace('.', '/')}"
        async with self.session.post(url, json=params) as answer:
            said = await answer.json()
            if answer.status != 200:
                raise EdgeDown(f"{operation}: {said}")
            return said

    async def metrics(self) -> dict[str, float]:
        """The daemon's metrics, by name and labels as Prometheus writes them."""
        async with self.session.get(f"http://{self.http}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        pairs = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    async def judged(self, number: str, since_s: float) -> int:
        """How many calls to a number since then (seconds since 1970) have a case that is closed and judged.

        Looked up by ourselves, so that the daemon pays nothing for it.
        """
        is_of = case_file.c.number == e164(number, self.settings.country)
        done = case_file.c.closed_at.is_not(None) & case_file.c.rule.is_not(None)
        since = case_file.c.invited_at >= datetime.fromtimestamp(since_s, UTC)
        count = select(func.count()).where(is_of, done, since)
        return int(await self.store.read(lambda connection: connection.execute(count).scalar_one()))

    async def all_judged(self, number: str, since_s: float, calls: int) -> int:
        """Wait until the ledger has every case of a run; how many it has when that takes too long."""
        deadline_s = time.monotonic() + JUDGED_S
        while True:
            judged = await self.judged(number, since_s)
            if judged == calls or time.monotonic() > deadline_s:
                return judged
            await asyncio.sleep(0.1)


async def furnish(settings: Settings, phones: int) -> dict[str, str]:
    """Prompts, database, a subscriber with one number for each flow, and agents; the passwords of their phones."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = load_keys(settings.home)
    record_prompts(settings)
    await asyncio.to_thread(build, settings)
    await asyncio.to_thread(upgrade, settings)
    async with open_office(settings, keys) as office:
        await seed.furnish(office, empty=True)
        await _subscriber(office)
        return {name: await _agent(office, name) for name in (f"phone{n}" for n in range(phones))}


async def _subscriber(office: Office) -> None:
    plan = standard_plan().plan
    named = {"name": "Bench", "announced_name": "ベンチ", "language": LANGUAGE, "plan": plan}
    await perform(office, "subscriber.add", {"subscriber": SUBSCRIBER, **named})
    who = await office.store.read(lambda c: subscriber.get(c, SUBSCRIBER))
    assert who.announced_prompt
    shorten_name(office.settings, who.announced_prompt)
    for flow, number in NUMBERS.items():
        file = Path(__file__).parent / "flows" / f"{flow}.yaml"
        await perform(office, "flow.publish", {"text": file.read_text("utf-8"), "file": file.name})
        await perform(office, "number.add", {"number": number, "contract": SUBSCRIBER, "flow": f"bench-{flow}"})


async def _agent(office: Office, name: str) -> str:
    account: Any = await perform(office, "agent.add", {"agent": name, "name": name})
    return str(account.password)


@asynccontextmanager
async def running_board(home: Path, core: int, phones: int) -> AsyncIterator[Board]:
    """A furnished switchboard on one core. Raises `EdgeDown` when it does not start."""
    settings = Settings(home=home, sip="127.0.0.1:0", http="127.0.0.1:0", rtp_ports=RTP_PORTS)
    passwords = await furnish(settings, phones)
    async with AsyncExitStack() as stack:
        said = await stack.enter_async_context(supervised(home, core))
        yield await _board(stack, settings, said, passwords)


@asynccontextmanager
async def supervised(home: Path, core: int | None = None) -> AsyncIterator[Mapping[str, Any]]:
    """`smartdesk dev` on a home while the block runs: what it says when it is ready. Raises `EdgeDown`."""
    with open(home / "dev.log", "wb") as log, pinned(core) if core is not None else nullcontext():
        child = _start(home, log.fileno())
    try:
        yield await asyncio.wait_for(asyncio.to_thread(_first_line, child, home), READY_S)
    finally:
        await asyncio.to_thread(end, child)


async def _board(
    stack: AsyncExitStack, settings: Settings, said: Mapping[str, Any], passwords: Mapping[str, str]
) -> Board:
    ports = load_ports(settings)
    assert ports
    pids = {"asterisk": said["asterisk_pid"], "daemon": said["daemon_pid"]}
    store = Store.open(settings)
    stack.push_async_callback(store.close)
    word = {"Authorization": f"Bearer {load_keys(settings.home).http_token}"}
    session = await stack.enter_async_context(aiohttp.ClientSession(headers=word))
    return Board(settings, said["sip"], said["http"], pids, ports, passwords, store, session)


def _start(home: Path, log: int) -> "subprocess.Popen[bytes]":
    program = [sys.executable, "-m", "smartdesk_pbx", "dev", "--home", str(home), "--empty"]
    return subprocess.Popen(
        [*program, "--sip", "127.0.0.1:0", "--http", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=log,
        start_new_session=True,
        env={**os.environ, "SMARTDESK_WRAP_UP_S": str(WRAP_UP_S), "SMARTDESK_RTP_PORTS": str(RTP_PORTS)},
    )  # fmt: skip


def _first_line(child: "subprocess.Popen[bytes]", home: Path) -> dict[str, Any]:
    assert child.stdout
    line = child.stdout.readline()
    if not line:
        said = (home / "dev.log").read_text("utf-8", "replace").strip().rpartition("\n")[2]
        raise EdgeDown(f"smartdesk dev ended at its start: {said}")
    return dict(json.loads(line))


def end(child: "subprocess.Popen[bytes]") -> None:
    """Ask a program to stop; kill it when it does not."""
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
