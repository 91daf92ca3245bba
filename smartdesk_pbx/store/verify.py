"""Checking the chains of a database of any size: every hash, every link, every head; bounded memory, several processes.

The work is cut into slices of chains. A slice that begins in the middle of a chain trusts the hash of the row before
it, which another slice checks.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from multiprocessing import get_context
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from smartdesk_pbx.store.canonical import is_canonical
from smartdesk_pbx.store.chain import Broken, Head, gap
from smartdesk_pbx.store.heads import hash_at
from smartdesk_pbx.store.links import Slice, chains, first_since, rows
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import chain_head

TASK_ENTRIES = 50_000
"""Entries that one task looks at: less than a second, so that a live database's log is not held back by readers."""

IN_THIS_PROCESS = 100_000
"""Up to so many entries are checked here: starting processes would take longer."""

MOST_TOLD = 1_000
"""Breaks that are kept for the report; all are counted."""


class _Content(msgspec.Struct, frozen=True, gc=False):
    """What a row's hash covers, fields in the order of canonical JSON."""

    at: str
    call_id: str | None
    chain: str
    chain_seq: int
    entry: str
    key: str
    kind: str
    open: msgspec.Raw
    prev: str
    recorded_at: str
    sealed: bytes | None


class Task(NamedTuple):
    """Slices that are checked in one go, and about how many entries they hold."""

    slices: tuple[Slice, ...]
    entries: int


@dataclass
class Checked:
    """What was looked at and what does not hold; `broken` holds the first `MOST_TOLD` of `breaks`."""

    chains: int = 0
    entries: int = 0
    breaks: int = 0
    broken: list[Broken] = field(default_factory=list)

    def add(self, other: "Checked") -> None:
        """Take over what another part found."""
        self.entries += other.entries
        self.breaks += other.breaks
        self.broken += other.broken[: MOST_TOLD - len(self.broken)]

    def note(self, broken: Broken) -> None:
        """One more break."""
        self.breaks += 1
        if len(self.broken) < MOST_TOLD:
            self.broken.append(broken)


def plan(heads: Iterable[tuple[UUID, int, int]], task_entries: int = TASK_ENTRIES) -> Iterator[Task]:
    """Tasks of about equal size over (chain, first sequence, last sequence). The last slice of each chain is open at
    its end, so that rows beyond the head are found."""
    waiting: list[Slice] = []
    entries = 0
    for chain, first, last in heads:
        while last - first >= task_entries:
            yield Task((Slice(chain, first, first + task_entries - 1),), task_entries)
            first += task_entries
        waiting.append(Slice(chain, first, None))
        entries += max(last - first + 1, 0)
        if entries >= task_entries or len(waiting) >= task_entries // 10:
            yield Task(tuple(waiting), entries)
            waiting, entries = [], 0
    if waiting:
        yield Task(tuple(waiting), entries)


def check(connection: Connection, slices: Sequence[Slice]) -> Checked:
    """Check slices in the reader's own snapshot."""
    found = Checked()
    for part in slices:
        head = _head(connection, part.chain) if part.last is None else None
        before = hash_at(connection, part.chain, part.first - 1)
        _check_slice(part, rows(connection, part), before, head, found)
    return found


def verify_store(
    where: str,
    store: Store,
    *,
    chain: UUID | None = None,
    since: datetime | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Checked:
    """Check all chains of a store, or one. `where`: its URL, for the processes; `since`: only what was
    recorded from then on; `progress`: called with (entries done, entries in all)."""

    def look(connection: Connection) -> list[tuple[UUID, int, int]]:
        heads = {row.chain: row.seq for row in connection.execute(select(chain_head))}
        found = [chain] if chain is not None else chains(connection)
        ends = [(one, heads.get(one, 0)) for one in found]
        return [(one, first_since(connection, one, last, since) if since else 1, last) for one, last in ends]

    extents = store.read_now(look)
    total = sum(max(last - first + 1, 0) for _, first, last in extents)
    found = Checked(chains=len(extents))
    workers = workers or os.cpu_count() or 1
    done = 0
    progress(0, total)
    tasks = plan(extents)
    if workers > 1 and total > IN_THIS_PROCESS:
        results = _in_processes(where, list(tasks), workers)
    else:
        results = ((task, store.read_now(lambda c, t=task: check(c, t.slices))) for task in tasks)  # type: ignore[misc]
    for task, part in results:
        found.add(part)
        done += task.entries
        progress(min(done, total), total)
    found.broken.sort(key=lambda one: (one.chain, one.seq))
    return found


def _in_processes(where: str, tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, Checked]]:
    with ProcessPoolExecutor(workers, get_context("spawn"), _open, (where,)) as pool:
        under_way = {pool.submit(_check_task, task): task for task in tasks}
        for future in as_completed(under_way):
            yield under_way[future], future.result()


_opened: list[Store] = []
"""The store of this worker process."""


def _open(where: str) -> None:
    _opened.append(Store.open(where))


def _check_task(task: Task) -> Checked:
    return _opened[0].read_now(lambda connection: check(connection, task.slices))


def _check_slice(
    part: Slice, links: Iterator[tuple[Any, ...]], before: str | None, head: Head | None, found: Checked
) -> None:
    chain, seq, encode, cached, call = str(part.chain), part.first - 1, msgspec.json.encode, None, None
    for entry, at_seq, key, call_id, kind, at, recorded_at, open_, sealed, prev, hash_ in links:
        if at_seq != seq + 1:
            found.note(Broken(part.chain, at_seq, gap(seq, at_seq)))
        elif prev != before and before is not None:
            found.note(Broken(part.chain, at_seq, "does not name the hash before it"))
        if call_id != cached:
            cached, call = call_id, None if call_id is None else _uuid(str(call_id))
        content = _Content(at, call, chain, at_seq, entry, key, kind, msgspec.Raw(open_), prev, recorded_at, sealed)
        if sha256(encode(content)).hexdigest() != hash_ or not is_canonical(open_):
            found.note(Broken(part.chain, at_seq, "content does not match its hash"))
        found.entries += 1
        seq, before = at_seq, hash_
    if part.last is not None:
        if seq < part.last:
            found.note(Broken(part.chain, seq + 1, gap(seq, part.last + 1)))
    elif head is None and seq:
        found.note(Broken(part.chain, seq, "the chain has no head"))
    elif head is not None and head != Head(seq, before or ""):
        differs = f"sequence {head.seq}" if head.seq != seq else "another hash"
        found.note(Broken(part.chain, seq, f"the last row is {seq}, but the head says {differs}"))


def _uuid(digits: str) -> str:
    """As it is hashed: SQLite stores identifiers without their hyphens."""
    if len(digits) != 32:
        return digits
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _head(connection: Connection, chain: UUID) -> Head | None:
    row = connection.execute(select(chain_head.c.seq, chain_head.c.hash).where(chain_head.c.chain == chain)).first()
    return Head(row.seq, row.hash) if row else None
