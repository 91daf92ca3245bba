"""One connection to Asterisk's REST interface: the events websocket, and a small pool of HTTP connections."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import aiohttp

from smartdesk_pbx.errors import EdgeDown


@dataclass(frozen=True)
class AriAddress:
    """Where the interface is: `host:port`, the account, and the application's name."""

    host_port: str
    user: str
    password: str
    app: str

    async def connect(self) -> "Link":
        """Open a connection. Raises `EdgeDown` when Asterisk does not answer."""
        session = aiohttp.ClientSession(
            f"http://{self.host_port}",
            headers={"Authorization": aiohttp.encode_basic_auth(self.user, self.password)},
            connector=aiohttp.TCPConnector(limit=16),
            timeout=aiohttp.ClientTimeout(total=15),
        )
        try:
            socket = await session.ws_connect(
                f"/ari/events?app={self.app}&subscribeAll=false",
                heartbeat=5,
                max_msg_size=0,
                compress=0,
                decode_text=False,
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            await session.close()
            raise EdgeDown(f"Asterisk does not answer at {self.host_port}: {error}") from error
        return Link(session, socket)


class Link:
    """An open connection: `send` and `frames` are the websocket, `http` the pool."""

    def __init__(
        self, session: aiohttp.ClientSession, socket: "aiohttp.ClientWebSocketResponse[Literal[False]]"
    ) -> None:
        self._session, self._socket = session, socket

    async def send(self, frame: bytes) -> None:
        """Send one frame. Raises `EdgeDown` when the connection is gone."""
        try:
            await self._socket.send_frame(frame, aiohttp.WSMsgType.TEXT)
        except (aiohttp.ClientError, OSError) as error:
            raise EdgeDown(f"connection to Asterisk lost: {error}") from error

    async def frames(self) -> AsyncIterator[bytes]:
        """The frames that arrive; ends when the connection does."""
        async for message in self._socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                yield message.data

    async def http(self, method: str, uri: str, body: bytes | None) -> tuple[int, bytes]:
        """One request on the pool: status and body. Raises `EdgeDown` when it is not answered."""
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            async with self._session.request(method, f"/ari/{uri}", data=body, headers=headers) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise EdgeDown(f"Asterisk did not answer {method} {uri.partition('?')[0]}: {error}") from error

    async def close(self) -> None:
        await self._socket.close()
        await self._session.close()


Connect = Callable[[], Awaitable[Link]]
"""How a client gets a connection; injected, so that a simulator can hand it frames of its own."""
