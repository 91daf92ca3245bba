"""AMI, by panoramisk, behind one module: hints of hang-ups come in, a key can be handed on, nothing else.

AMI is a hint, never a fact: callers can forge its events. What is heard here only leads to a question to ARI.
"""

import asyncio
import codecs
from collections.abc import Callable
from typing import Any

import structlog
from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from smartdesk_pbx import metrics
from smartdesk_pbx.errors import EdgeDown

PING_S = 5.0
"""How often the connection is tried; an answer must come within the same time."""

log = structlog.get_logger()


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """panoramisk decodes each read by itself and loses a character split over two: decode as a stream instead."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def data_received(self, data: bytes) -> None:
        super().data_received(self._decoder.decode(data).encode())


class _Manager(Manager):  # type: ignore[misc]
    """panoramisk reconnects even after `close`, and repeats unanswered actions after a reconnect: neither here."""

    over = False

    def connect(self, *args: Any, **options: Any) -> Any:
        return None if self.over else super().connect(*args, **options)

    async def send_awaiting_actions(self, *_: Any) -> None:
        self.awaiting_actions.clear()


class Ami:
    """One connection. `on_hangup` gets a channel id that may have hung up; `on_login` runs at each (re)connect."""

    def __init__(
        self,
        address: tuple[str, int],
        user: str,
        password: str,
        *,
        on_hangup: Callable[[str], None],
        on_login: Callable[[], None],
    ) -> None:
        self._on_hangup, self._on_login = on_hangup, on_login
        self.connected = False
        self._manager = _Manager(
            host=address[0], port=address[1], username=user, secret=password, encoding="utf8", events="on",
            ping_delay=86_400, ping_interval=86_400, reconnect_timeout=1, protocol_factory=_Protocol,
            forgetable_actions=("ping", "login", "playdtmf"),
            on_login=self._logged_in, on_disconnect=self._lost,
        )  # fmt: skip
        self._manager.register_event("Hangup", self._hung_up)

    def start(self) -> None:
        """Connect and stay connected; needs a running loop."""
        self._manager.loop = asyncio.get_running_loop()
        self._manager.connect()
        self._watch = asyncio.create_task(self._pings())

    async def close(self) -> None:
        """End the connection for good."""
        self._manager.over = True
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)
        self._manager.close()

    def press(self, channel: str, key: str) -> bool:
        """Hand a key to whatever reads on a channel (by name); False when AMI is not there."""
        if not self.connected:
            return False
        action = {"Action": "PlayDTMF", "Channel": channel, "Digit": key, "Duration": "80", "Receive": "1"}
        self._manager.send_action(plain(action))
        return True

    # Callbacks: an exception here would close the connection, so they only pass a checked value on.

    def _hung_up(self, _: Manager, event: Any) -> None:
        channel = event.get("Uniqueid")
        if isinstance(channel, str):
            self._on_hangup(channel)
        else:  # a list: somebody's text carried a header of its own
            metrics.alarm("ami_event_spoilt")

    def _logged_in(self, _: Manager) -> None:
        self.connected = True
        self._on_login()

    def _lost(self, _: Manager, __: object) -> None:
        self.connected = False

    async def _pings(self) -> None:
        """panoramisk never looks whether its pings are answered."""
        while True:
            await asyncio.sleep(PING_S)
            if not self.connected:
                continue
            try:
                await asyncio.wait_for(self._manager.send_action({"Action": "Ping"}), PING_S)
            except (TimeoutError, asyncio.CancelledError, EdgeDown) as error:
                if isinstance(error, asyncio.CancelledError):
                    raise
                log.warning("AMI does not answer; reconnecting")
                self.connected = False
                self._manager.protocol.transport.abort()


def plain(action: dict[str, str]) -> dict[str, str]:
    """The action, if no value could smuggle a second header or action. Raises `ValueError` else."""
    for name, value in action.items():
        if any(c in value for c in "\r\n\0"):
            raise ValueError(f"AMI {name}: control characters")
    return action
