"""A desk in a room of its own."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection

from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.desk.states import State
from smartdesk_pbx.rehearsal.skipped import skipped_clock
from smartdesk_pbx.store import agent
from smartdesk_pbx.store.session import Store
from tests.furniture import empty_database
from tests.skipped import EPOCH

NAMES = ("aoi", "ren", "yui")
SAID: tuple[State, ...] = ("ready", "paused", "offline")
"""What an agent can ask for."""


@asynccontextmanager
async def desk(*names: str, inline: bool = True) -> AsyncIterator[tuple[Desk, Store, Path]]:
    """A desk with agents of team `front`, ready and reachable, the longest idle one first."""
    clock = skipped_clock(EPOCH)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "desk.db"
        file.write_bytes(empty_database())
        store = Store.open(f"sqlite:///{file}", inline=inline, now=clock.now)
        try:
            here = Desk(store, clock)
            for name in names:
                await store.run(_hire(name))
                here.contact(name, True)
                await here.asked(name, "ready")
                await asyncio.sleep(1)
            yield here, store, file
        finally:
            await store.close()


def _hire(name: str) -> Callable[[Connection], object]:
    at = skipped_clock(EPOCH).now()
    return lambda c: agent.add(c, id=name, name=name, team="front", digest_md5="", digest_sha256="", at=at)


async def state(here: Desk, name: str) -> str:
    return next(a.state for a in await here.agents() if a.name == name)
