"""One Asterisk, as the daemon sees it: the REST client, the AMI hints and the exchange, joined and kept connected."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from smartdesk_pbx.asterisk import provision
from smartdesk_pbx.asterisk.ami import Ami
from smartdesk_pbx.asterisk.ari import Ari
from smartdesk_pbx.asterisk.exchange import Exchange
from smartdesk_pbx.asterisk.link import Connect
from smartdesk_pbx.asterisk.provision import Phone

log = structlog.get_logger()

Channels = list[dict[str, Any]]


class Switch:
    """`phones()` are the agents' accounts; `on_first(channels)` runs at the first connection, before any event;
    `on_replaced` when another daemon took over this node."""

    def __init__(
        self,
        exchange: Exchange,
        connect: Connect,
        ami_address: tuple[str, int],
        ami_password: str,
        *,
        app: str,
        realm: str,
        phones: Callable[[], Awaitable[Sequence[Phone]]],
        on_first: Callable[[Channels], Awaitable[None]],
        on_replaced: Callable[[], None],
    ) -> None:
        self.exchange, self.realm = exchange, realm
        self._phones, self._on_first = phones, on_first
        self._first = True
        self._pushed: list[Phone] = []
        self.ready = asyncio.Event()
        self.ari = exchange.ari = Ari(
            connect, app, on_event=exchange.event, on_connect=self._connected, on_replaced=on_replaced
        )
        self.ami = Ami(
            ami_address, "smartdesk", ami_password, on_hangup=exchange.hint,
            on_login=exchange.hint_all,
        )  # fmt: skip
        exchange.press = self.ami.press

    async def run(self) -> None:
        """Stay connected until cancelled or replaced."""
        self.ami.start()
        try:
            await self.ari.run()
        finally:
            await self.ami.close()

    async def refresh_phones(self) -> None:
        """Push the agents' accounts again if one is new or has changed."""
        if list(await self._phones()) != self._pushed:
            await self._push()

    async def _connected(self) -> None:
        """Phones first, then the calls that are up: matched with ours before any event is looked at."""
        await self._push()
        channels: Channels = await self.ari.channels.list()
        if self._first:
            await self._on_first(channels)
            self._first = False
        await self.exchange.compare(channels)
        await self.exchange.end_strays(channels, await self.ari.bridges.list())
        self.ready.set()

    async def _push(self) -> None:
        self._pushed = phones = list(await self._phones())
        await provision.push(self.ari, phones, self.realm)
        for phone in phones:
            self.exchange.on_contact(phone.name, await self.exchange.reachable(phone.name))
