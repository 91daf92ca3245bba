"""How long the close of a big month takes: `python -m tests.month_bench [SUBSCRIBERS] [CASES] [sqlite|postgresql]`.

By hand, not part of the suite. Default: 1 million judgements of 10,000 subscribers, on both databases in turn.
"""

import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, insert

from smartdesk_pbx.bench.cluster import running_cluster
from smartdesk_pbx.store.chain import GENESIS, Link, canonical, instant, link_hash
from smartdesk_pbx.store.close import Ask, close
from smartdesk_pbx.store.ledger import _insert_links
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_file, chain_head, contract, subscriber
from tests.store.money import AFTER, MONTH, SEALER, contract_row, set_up, subscriber_row

AT_ONCE = 100


def fill(connection: Connection, first: int, subscribers: int, cases: int) -> None:
    """Subscribers with one contract each and closed cases spread over the month, chained as they are in life."""
    ids = [(UUID(int=(1 << 64) + i), UUID(int=(2 << 64) + i)) for i in range(first, first + subscribers)]
    connection.execute(insert(subscriber), [subscriber_row(who) for who, _ in ids])
    connection.execute(insert(contract), [contract_row(of, who) for who, of in ids])
    links: list[Link] = []
    files, heads = [], []
    for who, of in ids:
        before = GENESIS
        for n in range(cases):
            at = MONTH.starts_at + timedelta(seconds=(n + 0.5) * 30 * 86400 / cases)
            call = UUID(int=(who.int << 20) + n)
            billable = n % 3 != 0
            said = canonical(
                {
                    "article": "7.2", "arrived_at": instant(at), "billable": billable, "case_class": "human",
                    "contract_id": str(of), "rule": "human", "rule_text": "An agent talked with the caller.",
                    "rules_version": "standard-1", "surcharges": ["long"] if n % 7 == 0 else [], "units": int(billable),
                }
            )  # fmt: skip
            link = Link(who, n + 1, "ledger", f"{call}/judgement", call, "judgement", at, at, said, None, before, "")
            link = link._replace(hash=link_hash(link))
            before = link.hash
            links.append(link)
            files.append(
                {
                    "call_id": call, "chain": who, "subscriber_id": who, "contract_id": of, "plan": "standard",
                    "number": "+81312345001", "decision": "accepted", "caller_class": "number", "node": "n1",
                    "channel": "", "invited_at": at, "ended_at": at, "closed_at": at, "billable": billable, "units": 1,
                }
            )  # fmt: skip
        heads.append({"chain": who, "seq": cases, "hash": before})
    _insert_links(connection, links)
    connection.execute(insert(case_file), files)
    connection.execute(insert(chain_head), heads)


async def measure(url: str, subscribers: int, cases: int) -> None:
    store = Store.open(url, now=lambda: AFTER)
    await store.run(set_up)
    began = time.monotonic()
    for first in range(0, subscribers, AT_ONCE):
        await store.run(partial(fill, first=first, subscribers=min(AT_ONCE, subscribers - first), cases=cases))
    print(f"{url.partition(':')[0]}: filled in {time.monotonic() - began:.1f} s", flush=True)
    began = time.monotonic()
    outcome = await close(store, Sealer(SEALER, SEALER), None, Ask(MONTH))
    took = time.monotonic() - began
    assert outcome.closed == subscribers and outcome.cases == subscribers * cases, outcome
    print(
        f"{url.partition(':')[0]}: closed {outcome.closed} contracts, {outcome.cases} cases, "
        f"{outcome.invoices.total_yen} yen in {took:.1f} s",
        flush=True,
    )
    began = time.monotonic()
    again = await close(store, Sealer(SEALER, SEALER), None, Ask(MONTH))
    print(f"a second run: {again.contracts} to do, {time.monotonic() - began:.1f} s", flush=True)
    await store.close()


def main(subscribers: int = 10_000, cases: int = 100, only: str = "") -> None:
    if only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'bench.db'}"
            assert upgrade(url)
            asyncio.run(measure(url, subscribers, cases))
    if only != "sqlite":
        with running_cluster() as cluster:
            cluster.sql("CREATE DATABASE bench")
            assert upgrade(cluster.url("bench"))
            asyncio.run(measure(cluster.url("bench"), subscribers, cases))


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0] if words else 10_000), int(words[1] if len(words) > 1 else 100), "".join(words[2:3]))
