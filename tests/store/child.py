"""A program that writes facts: `python -m tests.store.child URL JOURNAL|- GROUPS WRITERS CHAIN...`.

Prints `KEY KEY` for each group as soon as it is durable, so that a parent knows what was acknowledged.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID, uuid4

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store.journal import Journal
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.writer import Writer
from tests.store.facts import step

SEALER = Sealer(b"m" * 32, b"i" * 32)


async def write(url: str, journal: str, groups: int, writers: int, chains: list[UUID]) -> None:
    store = Store.open(url, check=False)
    writer = Writer(store, SEALER, Clock(), Ids(), journal=None if journal == "-" else Journal.open(Path(journal)))

    async def one(i: int) -> None:
        call = uuid4()
        for k in range(groups):
            receipt = writer.append(step(call, k), step(call, k, digits="5"), chain=chains[(i + k) % len(chains)])
            await receipt.durable()
            sys.stdout.write(" ".join(receipt.keys) + "\n")
            sys.stdout.flush()

    await asyncio.gather(*(one(i) for i in range(writers)))
    await writer.close()
    await store.close()


if __name__ == "__main__":
    url, journal, groups, writers, *chains = sys.argv[1:]
    asyncio.run(write(url, journal, int(groups), int(writers), [UUID(c) for c in chains]))
