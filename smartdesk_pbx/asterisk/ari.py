"""Our client of Asterisk's REST interface: thin, on the events websocket, named as ARI's own resources.

`await ari.channels.answer(channelId=...)` and so on: operation and parameter names are those of Asterisk's
REST documentation. Requests go over the events websocket, where answers are ordered with events; those
that Asterisk may hold back while a channel is busy go over the HTTP pool (`_POOL`), so that one blocked leg
never holds up the others. Reconnects with back-off; on each connection the event filter is set and `on_connect`
is awaited before the first event is delivered.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential_jitter

from smartdesk_pbx import metrics
from smartdesk_pbx.asterisk.events import WANTED, Event
from smartdesk_pbx.asterisk.link import Connect, Link
from smartdesk_pbx.asterisk.resources import (
    Applications,
    AsteriskResource,
    Bridges,
    Channels,
    Endpoints,
    Playbacks,
)
from smartdesk_pbx.errors import EdgeDown

REQUEST_LIMIT_S = 5.0
"""A request on the websocket that is not answered in this time has failed; counted from sending."""

PATIENCE_S = 2.0
"""How long a request waits for a connection that was cut."""


class AriError(Exception):
    """Asterisk refused a request. `status` is HTTP's."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status} {said}")
        self.status = status


class Ari:
    """The client. `run()` is its one task; `on_event` must only enqueue; `on_replaced` is called when another
    daemon took over the application: stop acting at once."""

    def __init__(
        self,
        connect: Connect,
        app: str,
        *,
        on_event: Callable[[Event], None],
        on_connect: Callable[[], Awaitable[None]],
        on_replaced: Callable[[], None],
    ) -> None:
        self.app = app
        self._connect, self._on_event, self._on_connect, self._on_replaced = connect, on_event, on_connect, on_replaced
        self._link: Link | None = None
        self._asked: dict[str, asyncio.Future[Event]] = {}
        self._ids = itertools.count(1)
        self._decode = msgspec.json.Decoder(Event).decode
        self._linked = asyncio.Event()
        self.connected = asyncio.Event()
        self.reconnects = 0
        self.channels = Channels(self.request)
        self.bridges = Bridges(self.request)
        self.playbacks = Playbacks(self.request)
        self.endpoints = Endpoints(self.request)
        self.applications = Applications(self.request)
        self.asterisk = AsteriskResource(self.request)

    async def run(self) -> None:
        """Connect and stay connected until cancelled or replaced."""
        while True:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(EdgeDown), wait=wait_exponential_jitter(multiplier=0.1, max=2, jitter=0.1)
            ):
                with attempt:
                    link = await self._connect()
            if await self._serve(link):
                return
            self.reconnects += 1
            await asyncio.sleep(0.1)  # a clean close repeated must not become a hot loop

    async def _serve(self, link: Link) -> bool:
        """One connection from its first frame to its last; True when another client replaced us."""
        self._link = link
        self._linked.set()
        inbox: asyncio.Queue[Event] = asyncio.Queue()
        greet = asyncio.create_task(self._greet(inbox))
        greet.add_done_callback(lambda done: _tell_failure(done, link))
        replaced = False
        try:
            async for frame in link.frames():
                event = self._decode(frame)
                if event.type == "RESTResponse":
                    asked = self._asked.pop(event.request_id, None)
                    if asked and not asked.done():
                        asked.set_result(event)
                    continue
                metrics.ari_event(event.type)
                if event.type == "ApplicationReplaced" and event.application == self.app:
                    replaced = True
                    self._on_replaced()
                    break
                elif self.connected.is_set():
                    self._on_event(event)
                else:
                    inbox.put_nowait(event)
        finally:
            self._lost()
            greet.cancel()
            await asyncio.gather(greet, return_exceptions=True)
            await link.close()
        return replaced

    def _lost(self) -> None:
        self.connected.clear()
        self._linked.clear()
        self._link = None
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(EdgeDown("connection to Asterisk lost"))
        self._asked.clear()

    async def _greet(self, inbox: asyncio.Queue[Event]) -> None:
        await self.applications.filter(applicationName=self.app, filter={"allowed": [{"type": t} for t in WANTED]})
        await self._on_connect()
        while not inbox.empty():
            self._on_event(inbox.get_nowait())
        self.connected.set()

    async def request(
        self, method: str, path: str, *, query: dict[str, Any] | None = None, body: object = None, pool: bool = False
    ) -> Any:
        """One request; the decoded body or None. Raises `AriError` when refused, `EdgeDown` when Asterisk is away."""
        link = self._link or await self._reconnected()
        metrics.ari_request(_operation(method, path))
        given = {k: v for k, v in (query or {}).items() if v is not None}
        uri = path + ("?" + urlencode(given, quote_via=quote) if given else "")
        if pool:
            status, answer = await link.http(method, uri, msgspec.json.encode(body) if body is not None else None)
        else:
            event = await self._ask(link, method, uri, body)
            status, answer = event.status_code, event.message_body.encode()
        if status >= 400:
            raise AriError(status, _said(answer))
        return msgspec.json.decode(answer) if answer else None

    async def _reconnected(self) -> Link:
        """A connection, if there is one again soon: a short cut is no reason to give up a call."""
        try:
            await asyncio.wait_for(self._linked.wait(), PATIENCE_S)
        except TimeoutError:
            raise EdgeDown("not connected to Asterisk") from None
        assert self._link
        return self._link

    async def _ask(self, link: Link, method: str, uri: str, body: object) -> Event:
        number = str(next(self._ids))
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[Event] = loop.create_future()
        self._asked[number] = asked
        # A plain timer: `wait_for` costs as much as the whole request (measured).
        overdue = loop.call_later(REQUEST_LIMIT_S, _give_up, asked, method, uri)
        frame = {"type": "RESTRequest", "transaction_id": "", "request_id": number, "method": method, "uri": uri}
        if body is not None:
            frame |= {"content_type": "application/json", "message_body": msgspec.json.encode(body).decode()}
        try:
            await link.send(msgspec.json.encode(frame))
            return await asked
        finally:
            self._asked.pop(number, None)
            overdue.cancel()


def _tell_failure(greeting: "asyncio.Task[None]", link: Link) -> None:
    """A greeting that failed ends its connection; the next one is greeted anew."""
    if not greeting.cancelled() and (error := greeting.exception()):
        metrics.alarm("greeting_asterisk_failed", error=repr(error))
        _closing.add(closing := asyncio.ensure_future(link.close()))
        closing.add_done_callback(_closing.discard)


_closing: set["asyncio.Future[None]"] = set()


def _give_up(asked: "asyncio.Future[Event]", method: str, uri: str) -> None:
    if not asked.done():
        asked.set_exception(EdgeDown(f"no answer in {REQUEST_LIMIT_S} s: {method} {uri.partition('?')[0]}"))


def _operation(method: str, path: str) -> str:
    """A request's name without its ids: `POST channels/continue`."""
    resource, *rest = path.partition("?")[0].split("/", 3)
    return f"{method} {resource}/{rest[1]}" if len(rest) > 1 else f"{method} {resource}"


def _said(answer: bytes) -> str:
    try:
        return str(msgspec.json.decode(answer)["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return answer.decode(errors="replace")[:200]
