"""The far end of many calls' sound, as a program of its own: it speaks and listens on one core beside sipp.

One UDP port is the sound port of every caller, another that of every agent's phone; a call is known by the
switchboard's port and its RTP source. Each flow is answered with a packet every 20 ms, as a telephone does, and with
keys when the plan says so. Orders come as lines of JSON on stdin, answers go to stdout:
`{"plan": [[PROMPT_MS, KEY], …]}` begins a run, `{"press": KEY, "calls": N}` has those press who waited longest,
`{"end": true}` gives what was heard in the run.
"""

import gc
import json
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from smartdesk_pbx.bench.flow import Flow, as_rows
from smartdesk_pbx.bench.mouth import Mouth
from smartdesk_pbx.trial.rtp import ULAW
from smartdesk_pbx.trial.sound import FRAME, encode, tone

HOST = "127.0.0.1"
SLOTS, SLOT_NS = 10, 2_000_000
"""A telephone speaks every 20 ms; the telephones are spread over so many slots."""
GONE_NS = 1_000_000_000
"""A flow that was silent for so long is not spoken to any more, until it is heard again."""
THINKING_NS = 250_000_000
"""From a prompt's end, or the order to press, to the key."""
BUFFER_BYTES = 8 << 20
STAMPED = 35
"""SO_TIMESTAMPNS: the kernel's time of each packet, which does not depend on when we look."""
ORDERS_EVERY = 25
LATE_NS = 10_000_000
_TIMES = struct.Struct("qq")

Plan = list[tuple[int, str]]
"""For each prompt of a call that is answered with a key: its length in milliseconds, and the key."""


class Side:
    """All callers, or all agents' phones: one socket."""

    def __init__(self) -> None:
        self.sock = _socket()
        self.port = int(self.sock.getsockname()[1])
        self.plan: Plan = []
        self.begin([])

    def begin(self, plan: Plan) -> None:
        """Forget everything; from now on keys are pressed after `plan`."""
        self.plan = plan
        self.mouths: dict[int, Mouth] = {}
        self.flows: list[Flow] = []
        self.wheel: list[list[Mouth]] = [[] for _ in range(SLOTS)]

    def listen(self, now_ns: int) -> None:
        """Take every packet that waits."""
        receive, slot = self.sock.recvmsg, now_ns // SLOT_NS % SLOTS
        while True:
            try:
                wire, stamps, _, to = receive(512, 64)
            except BlockingIOError:
                return
            if len(wire) < 12 or wire[1] & 0x7F != ULAW:
                continue
            s, ns = _TIMES.unpack(stamps[0][2])
            at_ns = s * 1_000_000_000 + ns
            mouth = self.mouths.get(to[1])
            if mouth is None or not mouth.is_of(wire):
                mouth = self._new(wire, to)
            if mouth.flow.heard(at_ns):
                self._next_key(mouth, at_ns)
            if not mouth.active:
                mouth.active = True
                self.wheel[slot].append(mouth)

    def _new(self, wire: bytes, to: tuple[str, int]) -> Mouth:
        if before := self.mouths.get(to[1]):
            before.active = False
        flow = Flow(to[1])
        self.flows.append(flow)
        mouth = self.mouths[to[1]] = Mouth(flow, wire, to)
        return mouth

    def _next_key(self, mouth: Mouth, began_ns: int) -> None:
        number = len(mouth.flow.key_ns)
        if number < len(self.plan) and not mouth.key_at_ns:
            prompt_ms, mouth.key = self.plan[number]
            mouth.key_at_ns = began_ns + prompt_ms * 1_000_000 + THINKING_NS

    def press(self, key: str, calls: int, now_ns: int) -> int:
        """The callers who came first and have pressed nothing yet speak again, then press; how many they are."""
        silent = (mouth for mouth in self.mouths.values() if not mouth.flow.key_ns and not mouth.key_at_ns)
        told = list(islice(silent, calls))
        for slot, mouth in zip(cycle(self.wheel), told, strict=False):
            mouth.key, mouth.key_at_ns = key, now_ns + THINKING_NS
            if not mouth.active:
                mouth.active = True
                slot.append(mouth)
        return len(told)

    def speak(self, slot: int, sound: bytes, now_ns: int) -> None:
        """Say one frame to every flow of this slot."""
        mouths = self.wheel[slot]
        for mouth in mouths:
            if mouth.active:
                mouth.say(self.sock, sound, now_ns)
            if not mouth.key_at_ns and now_ns - mouth.flow.stretches[-1].last_ns > GONE_NS:
                mouth.active = False
        if any(not mouth.active for mouth in mouths):
            self.wheel[slot] = [mouth for mouth in mouths if mouth.active]


class Wire:
    """Both sides, driven by one clock. `late` counts slots that began more than 10 ms after their time."""

    def __init__(self) -> None:
        self.callers, self.agents = Side(), Side()
        self._sound = [bytes(encode(tone(300.0, 0.02, start=n * FRAME))) for n in range(50)]
        self.late, self.latest_ns = 0, 0

    def run(self) -> None:
        """Until stdin ends."""
        orders = _orders()
        turn = time.time_ns() // SLOT_NS
        while True:
            now_ns = time.time_ns()
            for side in (self.callers, self.agents):
                side.listen(now_ns)
                side.speak(turn % SLOTS, self._sound[turn // SLOTS % 50], now_ns)
            if turn % ORDERS_EVERY == 0 and not self._obey(next(orders)):
                return
            turn += 1
            ahead_ns = turn * SLOT_NS - time.time_ns()
            if ahead_ns > 0:
                time.sleep(ahead_ns / 1e9)
            elif -ahead_ns > LATE_NS:
                self.late += 1
                self.latest_ns = max(self.latest_ns, -ahead_ns)

    def _obey(self, order: dict[str, Any] | None) -> bool:
        if order is None:
            return False
        if "plan" in order:
            self.callers.begin([(int(ms), str(key)) for ms, key in order["plan"]])
            self.agents.begin([])
            self.late = self.latest_ns = 0
            tell({"begun": True})
        elif "press" in order:
            tell({"pressing": self.callers.press(str(order["press"]), int(order["calls"]), time.time_ns())})
        elif "end" in order:
            heard = {"callers": as_rows(self.callers.flows), "agents": as_rows(self.agents.flows)}
            tell(heard | {"late": self.late, "latest_ms": self.latest_ns / 1e6})
        return True


def tell(answer: dict[str, object]) -> None:
    """One line of JSON to whoever started us."""
    print(json.dumps(answer), flush=True)


def _orders() -> Iterator[dict[str, Any] | None]:
    """The next order, an empty one when there is none, None at the end of stdin."""
    waiting = b""
    while True:
        if select.select([0], [], [], 0)[0]:
            more = os.read(0, 1 << 16)
            if not more:
                yield None
            waiting += more
        line, found, rest = waiting.partition(b"\n")
        waiting = rest if found else waiting
        yield json.loads(line) if found else {}


def _socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        sock.bind((HOST, 0))
        if sock.getsockname()[1] % 2 == 0:
            break
        sock.close()
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, STAMPED, 1)
    for option in (socket.SO_RCVBUF, 33):  # 33: SO_RCVBUFFORCE, beyond the machine's limit where we may
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        except OSError:
            continue
    return sock


def main() -> None:
    """Tell both ports, then run."""
    wire = Wire()
    # A collection of garbage would be heard as a gap.
    gc.disable()
    tell({"callers": wire.callers.port, "agents": wire.agents.port})
    wire.run()


if __name__ == "__main__":
    main()
