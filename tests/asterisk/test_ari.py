"""Our ARI client against the real interface: a blocked leg, a cut connection, a second client."""

import asyncio
import time
from contextlib import suppress

from smartdesk_pbx.asterisk.ari import Ari, AriError
from smartdesk_pbx.asterisk.events import Event
from smartdesk_pbx.asterisk.link import AriAddress, Link
from smartdesk_pbx.audio.catalogue import file_id
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.keys import load_keys
from tests.asterisk.board import Board

LONG = f"sound:{file_id('company-info')}"
"""More than 20 s."""


class Client:
    """A client of the tests' own application on the board's Asterisk."""

    def __init__(self, board: Board, app: str) -> None:
        self.address = AriAddress(board.said["ari"], "smartdesk", load_keys(board.home).ari_password, app)
        self.links: list[Link] = []
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.replaced = asyncio.Event()
        self.ari = Ari(
            self._connect, app, on_event=self.events.put_nowait, on_connect=self._greeted, on_replaced=self.replaced.set
        )

    async def _connect(self) -> Link:
        self.links.append(await self.address.connect())
        return self.links[-1]

    async def _greeted(self) -> None:
        return None

    async def __aenter__(self) -> "Client":
        self.task = asyncio.create_task(self.ari.run())
        await asyncio.wait_for(self.ari.connected.wait(), 10)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def event(self, kind: str) -> Event:
        async with asyncio.timeout(10):
            while (event := await self.events.get()).type != kind:
                pass
        return event


async def test_one_leg_blocked_for_3_s_does_not_hold_up_the_others(board: Board) -> None:
    """A request that Asterisk holds back while a prompt plays goes over the pool; all others are answered at once."""
    async with board.agent() as phone, Client(board, "blocked") as client:
        channels = client.ari.channels
        await channels.originateWithId(channelId="blocked-1", endpoint="PJSIP/agent1", app="blocked", variables={})
        await phone.rings()
        await client.event("StasisStart")
        await channels.playWithId(channelId="blocked-1", playbackId="p", media=LONG, lang="ja")
        started = time.monotonic()
        held = asyncio.create_task(channels.setChannelVar(channelId="blocked-1", variable="X", value="1"))
        slowest_s = 0.0
        while time.monotonic() - started < 3:
            asked = time.monotonic()
            await client.ari.asterisk.getInfo()
            slowest_s = max(slowest_s, time.monotonic() - asked)
            await asyncio.sleep(0.05)
        assert not held.done(), "nothing was held back: the test shows nothing"
        assert slowest_s < 1, slowest_s
        await client.ari.playbacks.stop(playbackId="p")
        await asyncio.wait_for(held, 5)
        await channels.hangup(channelId="blocked-1")


async def test_a_cut_connection_comes_back_and_a_request_in_between_says_so(board: Board) -> None:
    async with Client(board, "cut") as client:
        await client.links[0].close()
        with suppress(EdgeDown):  # nobody answers it: told, not hung
            await asyncio.wait_for(client.ari.asterisk.getInfo(), 2)
        async with asyncio.timeout(10):
            while not (len(client.links) == 2 and client.ari.connected.is_set()):
                await asyncio.sleep(0.02)
        assert (await client.ari.asterisk.getInfo())["system"]
        assert client.ari.reconnects == 1


async def test_a_second_client_replaces_the_first_which_does_not_fight(board: Board) -> None:
    async with Client(board, "twice") as first, Client(board, "twice") as second:
        await asyncio.wait_for(first.replaced.wait(), 10)
        await asyncio.wait_for(first.task, 5)
        assert (await second.ari.asterisk.getInfo())["system"] and not second.replaced.is_set()


async def test_what_asterisk_refuses_is_an_error_with_its_words(board: Board) -> None:
    async with Client(board, "refused") as client:
        try:
            await client.ari.channels.answer(channelId="nobody/../%41 é")
        except AriError as error:
            assert error.status == 404
        else:
            raise AssertionError("an unknown channel was answered")
