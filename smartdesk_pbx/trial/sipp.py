"""One sipp as a SIP phone that can be steered while it runs.

It runs `phone.xml` as a server. It is steered by packets on its own SIP port whose methods begin with X (they carry
the Call-ID of the SIP call they are meant for), and watched through its message trace, which is a named pipe.
"""

import asyncio
import os
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.trial.trace import SipMessage, read_trace

HOST = "127.0.0.1"
START_S = 5.0
LIFE_S = 7200
"""A sipp whose owner was killed ends by itself after this."""
REFUSALS = (
    400, 401, 403, 404, 405, 406, 407, 408, 410, 413, 415, 420, 480, 481, 482, 483, 484, 485, 486, 487, 488, 491, 493,
    500, 501, 502, 503, 504, 580, 600, 603, 604, 606,
)  # fmt: skip
"""Final answers that mean no. sipp cannot wait for a class of answers, only for each."""
REFUSE = {
    404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here", 488: "Not Acceptable Here",
    500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip
"""What our phone can say no with. sipp wants each status written out."""
_REFUSE_BLOCK = """  <label id="refuse{status}"/>
  <send retrans="500"><![CDATA[
SIP/2.0 {status} {phrase}
Via: [$via]
From: [$remote]
To: [$local]
Call-ID: [call_id]
CSeq: [$invited]
Content-Length: 0

]]></send>
  <recv request="ACK" next="end"/>
"""


class Sipp:
    """A sipp child; an async context manager. `sip` is the switchboard's host:port, `port` our own where it matters.

    Raises `RuleBroken` when sipp is not installed, `EdgeDown` when it does not start or has died.
    """

    def __init__(self, sip: str, user: str = "trial", password: str = "", *, port: int | None = None) -> None:
        self.sip, self.user, self._password, self._own = sip, user, password, port
        self.port = 0
        self.messages: list[SipMessage] = []
        """Everything sent and received, steering left out."""
        self._listeners: dict[str, Callable[[SipMessage], None]] = {}
        self._invited: Callable[[SipMessage], None] | None = None
        self._steered = 0
        self._alive = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="smartdesk-sipp-")
        self._write_scenario()
        try:
            for attempt in range(3):
                await self._launch()
                if await self._answers() or attempt == 2:
                    break
                await self._kill()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        if not self._alive.is_set():
            complaint = self.complaints()
            await self.__aexit__(None, None, None)
            raise EdgeDown(f"sipp did not start: {complaint}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._kill()
        self._folder.cleanup()

    def complaints(self) -> str:
        """What sipp wrote about unexpected messages and mistakes, for a failing test's report."""
        folder = Path(self._folder.name)
        texts = [
            (folder / n).read_text(errors="replace").strip() for n in ("errors", "screen") if (folder / n).exists()
        ]
        return next((t[-1500:] for t in texts if t), "")

    def steer(self, verb: str, call_id: str, headers: Mapping[str, object] | None = None, body: str = "") -> None:
        """Tell the phone what to do in one call; it obeys in its next step."""
        if self._child.returncode is not None:
            raise EdgeDown(f"sipp has ended: {self.complaints()}")
        self._steered += 1
        lines = [
            f"{verb} sip:phone SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:9;branch=z9hG4bKs{self._steered}",
            f"From: <sip:steer@{HOST}>;tag={self._steered}",
            f"To: <sip:phone@{HOST}>",
            f"Call-ID: {call_id}",
            f"CSeq: {self._steered} {verb}",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
            f"Content-Length: {len(body.encode())}",
        ]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape"), (HOST, self.port))

    def listen(self, call_id: str, tell: Callable[[SipMessage], None], *, replay: bool = False) -> None:
        """Tell every message of one call, and, with `replay`, first those that came already."""
        self._listeners[call_id] = tell
        for message in [m for m in self.messages if m.call_id == call_id] if replay else []:
            tell(message)

    def unlisten(self, call_id: str) -> None:
        """Stop telling."""
        self._listeners.pop(call_id, None)

    def listen_invites(self, tell: Callable[[SipMessage], None]) -> None:
        """Tell every INVITE that begins a call nobody listens to yet."""
        self._invited = tell

    def _write_scenario(self) -> None:
        text = (Path(__file__).parent / "phone.xml").read_text()
        refusals = "\n".join(f'  <recv response="{s}" optional="true" next="refused"/>' for s in REFUSALS)
        replies = "\n".join(f'  <recv response="{s}" optional="true" next="talk"/>' for s in REFUSALS)
        ends = "\n".join(
            f'  <recv response="{s}" optional="true" next="end"/>' for s in REFUSALS if s not in (401, 403)
        )
        can_refuse = "\n".join(f'  <recv request="XREFUSE{s}" optional="true" next="refuse{s}"/>' for s in REFUSE)
        marks = {
            "CAN_REFUSE": can_refuse,
            "REFUSE": "".join(_REFUSE_BLOCK.format(status=s, phrase=p) for s, p in REFUSE.items()),
            "REFUSALS": refusals, "REPLIES": replies, "REPLIES_END": ends, "SIP": self.sip,
            "USER": escape(self.user), "PASSWORD": escape(self._password),
        }  # fmt: skip
        for mark, value in marks.items():
            text = text.replace(f"@{mark}@", value)
        scenario = Path(self._folder.name) / "phone.xml"
        scenario.touch(0o600)
        scenario.write_text(text)

    async def _launch(self) -> None:
        folder = Path(self._folder.name)
        pipe = folder / "trace"
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe, 0o600)
        self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self._waiting = bytearray()
        asyncio.get_running_loop().add_reader(self._pipe, self._read)
        free, media, control = free_ports(3)
        self.port = self._own or free
        arguments = (
            "-sf", str(folder / "phone.xml"), "-i", HOST, "-p", str(self.port), "-mp", str(media), "-cp", str(control),
            "-rsa", self.sip, "-nostdin", "-skip_rlimit", "-default_behaviors", "none", "-trace_msg", "-message_file",
            str(pipe), "-trace_err", "-error_file", str(folder / "errors"), "-f", "3600", "-timeout", f"{LIFE_S}s",
        )  # fmt: skip
        with (folder / "screen").open("wb") as screen:
            try:
                self._child = await asyncio.create_subprocess_exec(
                    "sipp", *arguments, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=screen, stderr=screen,
                    env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC", "TERM": "dumb", "LC_ALL": "C"},
                )  # fmt: skip
            except FileNotFoundError:
                raise RuleBroken("sipp is not installed: apt-get install sip-tester") from None

    async def _answers(self) -> bool:
        """Ping until the trace shows it, the child has died, or the time is up."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_S
        while not self._alive.is_set() and loop.time() < deadline and self._child.returncode is None:
            self.steer("XPING", f"ping-{self._steered}")
            try:
                await asyncio.wait_for(self._alive.wait(), 0.05)
            except TimeoutError:
                continue
        return self._alive.is_set()

    def _read(self) -> None:
        try:
            self._waiting += os.read(self._pipe, 1 << 16)
        except BlockingIOError:
            return
        for message in read_trace(self._waiting, time.monotonic() - time.time()):
            if (message.method or "").startswith("X"):
                self._alive.set()
                continue
            self.messages.append(message)
            tell = self._listeners.get(message.call_id)
            if tell is not None:
                tell(message)
            elif self._invited and message.method == "INVITE" and not message.sent:
                self._invited(message)

    async def _kill(self) -> None:
        if child := getattr(self, "_child", None):
            if child.returncode is None:
                child.kill()
            await child.wait()
        if hasattr(self, "_pipe"):
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            del self._pipe


def free_ports(count: int) -> list[int]:
    """UDP ports nobody uses at this moment, even ones."""
    held: list[socket.socket] = []
    ports: list[int] = []
    while len(ports) < count:
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        held.append(probe)
        probe.bind((HOST, 0))
        if (port := probe.getsockname()[1]) % 2 == 0:
            ports.append(port)
    for probe in held:
        probe.close()
    return ports
