"""The chain of hashes over case events and ledger entries: pure arithmetic, replayable by an auditor.

Each row's hash is the SHA-256 of its canonical JSON (RFC 8785), which names the hash before it. The open part
and the ciphertext are both covered, so erasing a case's key leaves the chain verifiable (R23, R25).
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
import rfc8785

Entry = Literal["event", "ledger"]

GENESIS = "0" * 64
"""What the first row of a chain names as the hash before it."""


class Link(NamedTuple):
    """One row as the chain sees it: `open` is JSON text, `prev` and `hash` are hex."""

    chain: UUID
    chain_seq: int
    entry: Entry
    key: str
    call_id: UUID | None
    kind: str
    at: datetime
    recorded_at: datetime
    open: str
    sealed: bytes | None
    prev: str
    hash: str

    @property
    def call(self) -> UUID:
        """The call of a fact about one; ledger entries of a month have none."""
        assert self.call_id is not None, f"{self.key} is about no call"
        return self.call_id


class Head(NamedTuple):
    """The last sequence number of a chain and its hash; `Head(0, GENESIS)` when nothing was written."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Broken:
    """One place where a chain does not hold."""

    chain: UUID
    seq: int
    wrong: str

    def __str__(self) -> str:
        return f"chain {self.chain}, sequence {self.seq}: {self.wrong}"


def instant(at: datetime) -> str:
    """An aware time as text of one width in UTC, microseconds and `Z`. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(value: object) -> str:
    """RFC 8785 text of a JSON value. Raises ValueError where it has no canonical form (NaN, huge integers)."""
    return rfc8785.dumps(value).decode()  # type: ignore[arg-type]


def link_hash(link: Link) -> str:
    """Hex SHA-256 of a row whose `open` is canonical already; its `hash` field is not looked at.

    All other values are plain ASCII text, whole numbers and null, for which sorted JSON is the canonical form.
    """
    content = {
        "chain": str(link.chain),
        "chain_seq": link.chain_seq,
        "prev": link.prev,
        "entry": link.entry,
        "key": link.key,
        "call_id": None if link.call_id is None else str(link.call_id),
        "kind": link.kind,
        "at": instant(link.at),
        "recorded_at": instant(link.recorded_at),
        "open": msgspec.Raw(link.open.encode()),
        "sealed": None if link.sealed is None else b64encode(link.sealed).decode(),
    }
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def verify(chain: UUID, links: Iterable[Link], head: Head | None) -> list[Broken]:
    """Every break of one chain whose links come in order of sequence; empty when it holds."""
    broken: list[Broken] = []
    seq, before = 0, GENESIS
    for link in links:
        if link.chain_seq != seq + 1:
            broken.append(Broken(chain, link.chain_seq, gap(seq, link.chain_seq)))
        elif link.prev != before:
            broken.append(Broken(chain, link.chain_seq, "does not name the hash before it"))
        if not _is_canonical(link.open) or link_hash(link) != link.hash:
            broken.append(Broken(chain, link.chain_seq, "content does not match its hash"))
        seq, before = link.chain_seq, link.hash
    if head is None and seq:
        broken.append(Broken(chain, seq, "the chain has no head"))
    elif head is not None and head != Head(seq, before):
        differs = f"sequence {head.seq}" if head.seq != seq else "another hash"
        broken.append(Broken(chain, seq, f"the last row is {seq}, but the head says {differs}"))
    return broken


def gap(before: int, found: int) -> str:
    """How it is told that `found` follows `before` in a chain."""
    if found <= before:
        return f"sequence {found} stands twice"
    return f"sequence {before + 1} is missing" if found == before + 2 else f"{before + 1} to {found - 1} are missing"


def _is_canonical(text: str) -> bool:
    try:
        return canonical(json.loads(text)) == text
    except ValueError:
        return False
