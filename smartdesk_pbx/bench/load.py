"""Calls made by sipp at a steady rate, and what its trace tells of their signalling."""

import asyncio
import csv
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.trial.sipp import HOST, free_ports
from smartdesk_pbx.trial.trace import SipMessage, read_trace

SCENARIOS = Path(__file__).parent / "sipp"
LAST_S = 120
"""A sipp that still runs so long after its last call began has lost one."""
ENDED, NO_PORT = (0, 1), 254
"""sipp's statuses: all its calls were made, well or with some failed; a port of its own was taken."""
TRIES, TAKEN_S = 3, 0.3


@dataclass(frozen=True)
class Dialled:
    """The signalling of one call. Seconds since 1970; `port`: where the switchboard hears it, 0 before an answer."""

    call_id: str
    invited_s: float
    answered_s: float
    port: int

    @property
    def post_dial_ms(self) -> float:
        """From our INVITE to their 200."""
        return (self.answered_s - self.invited_s) * 1000


@dataclass(frozen=True)
class Loaded:
    """What became of a load: calls begun, calls that failed in sipp's own count, and the answered ones."""

    calls: int
    failed: int
    answered: Sequence[Dialled]
    repeated: int
    """Messages that sipp had to send again."""


async def call(
    sip: str, number: str, *, calls: int, per_s: float, wire_port: int, hang_up_after_ms: int | None = None
) -> Loaded:
    """Make `calls` calls to a number; returns when the last has ended. `hang_up_after_ms`: from the answer; without
    it the switchboard hangs up. Raises `EdgeDown` when sipp does not come to its end.
    """
    with tempfile.TemporaryDirectory(prefix="smartdesk-load-") as folder:
        scenario = _caller(Path(folder), they_hang_up=hang_up_after_ms is None)
        options = (
            sip, "-sf", str(scenario), "-s", number, "-m", str(calls), "-r", f"{per_s * 10:.0f}", "-rp", "10000",
            "-l", str(calls), "-key", "wire_port", str(wire_port), "-d", str(hang_up_after_ms or 0),
            "-trace_msg", "-message_file", "messages", "-trace_stat", "-stf", "statistics", "-fd", "3600",
        )  # fmt: skip
        async with _sipp(Path(folder), *options) as child:
            with suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), calls / per_s + LAST_S)
            if child.returncode is None:
                raise EdgeDown(f"sipp: not all of {calls} calls ended within {calls / per_s + LAST_S:.0f} s")
            if child.returncode not in ENDED or not (Path(folder) / "statistics").exists():
                raise EdgeDown(f"sipp ended with status {child.returncode}: {last_words(Path(folder))}")
        statistics = _statistics(Path(folder) / "statistics")
        messages = read_trace(bytearray((Path(folder) / "messages").read_bytes()), 0.0)
    return Loaded(
        calls, calls - int(statistics["SuccessfulCall(C)"]), dialled(messages), int(statistics["Retransmissions(C)"])
    )


@asynccontextmanager
async def phones(sip: str, passwords: Mapping[str, str], wire_port: int) -> AsyncIterator[None]:
    """A phone of each user, on one SIP port, which registers and answers every call until the block is left."""
    with tempfile.TemporaryDirectory(prefix="smartdesk-phones-") as folder:
        users = Path(folder) / "users.csv"
        users.touch(0o600)
        lines = [f"{user};[authentication username={user} password={word}]" for user, word in passwords.items()]
        users.write_text("\n".join(("SEQUENTIAL", *lines)) + "\n", "ascii")
        options = (
            sip, "-sf", str(SCENARIOS / "register.xml"), "-oocsf", str(SCENARIOS / "phone.xml"), "-inf", str(users),
            "-m", str(len(lines)), "-r", "100", "-key", "wire_port", str(wire_port),
        )  # fmt: skip
        async with _sipp(Path(folder), *options):
            yield


def dialled(messages: Iterable[SipMessage]) -> list[Dialled]:
    """The calls of a caller's trace that were answered, in the order of their answers."""
    invited: dict[str, float] = {}
    answered: dict[str, Dialled] = {}
    for message in messages:
        if message.method == "INVITE" and message.sent:
            invited.setdefault(message.call_id, message.at)
        elif message.status == 200 and message.about == "INVITE" and message.call_id not in answered:
            call_id = message.call_id
            answered[call_id] = Dialled(call_id, invited[call_id], message.at, _sound_port(message.body))
    return list(answered.values())


def _sound_port(body: str) -> int:
    line = next((line for line in body.splitlines() if line.startswith("m=audio ")), "m=audio 0")
    return int(line.split()[1])


def _caller(folder: Path, *, they_hang_up: bool) -> Path:
    end = SCENARIOS / ("they-hang-up.xml" if they_hang_up else "we-hang-up.xml")
    scenario = folder / "caller.xml"
    scenario.write_text((SCENARIOS / "caller.xml").read_text().replace("@END@\n", end.read_text()))
    return scenario


@asynccontextmanager
async def _sipp(folder: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A sipp that runs, or has made its calls. Raises `EdgeDown` when it finds no ports, `RuleBroken` without sipp."""
    for _ in range(TRIES):
        child = await _begun(folder, *options)
        try:
            # A port that was free a moment ago may be somebody else's by now.
            with suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), TAKEN_S)
            if child.returncode == NO_PORT:
                continue
            yield child
            return
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()
    raise EdgeDown(f"sipp: {last_words(folder)}")


async def _begun(folder: Path, *options: str) -> asyncio.subprocess.Process:
    signalling, sound = free_ports(2)
    words = ("sipp", *options, "-i", HOST, "-p", str(signalling), "-mp", str(sound), "-nostdin", "-skip_rlimit")
    with (folder / "screen").open("wb") as screen:
        try:
            return await asyncio.create_subprocess_exec(
                *words, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=screen, stderr=screen,
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC", "TERM": "dumb", "LC_ALL": "C"},
            )  # fmt: skip
        except FileNotFoundError:
            raise RuleBroken("sipp is not installed: apt-get install sip-tester") from None


def last_words(folder: Path) -> str:
    """What a sipp complained of last; its screen is full of counts beside that."""
    found = re.findall(r"\t[\d.]+: (.+)", (folder / "screen").read_text("utf-8", "replace"))
    return found[-1] if found else "it said nothing"


def _statistics(file: Path) -> dict[str, str]:
    """The last line of sipp's own statistics, by the names of its columns."""
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))[-1]
