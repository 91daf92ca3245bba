"""The chain of hashes over case events and ledger entries: pure arithmetic, replayable by an auditor.

Each row's hash is the SHA-256 of its canonical JSON (RFC 8785), which names the hash before it. The open part
and the ciphertext are both covered, so erasing a case's key leaves the chain verifiable (R23, R25).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
import rfc8785

Entry = Literal["event", "ledger"]

GENESIS = "0" * 64
"""What the first row of a chain names as the hash before it."""


_EXACT = 2**53
"""Whole numbers below it are the same in every reader of JSON."""
_SORTED = msgspec.json.Encoder(order="sorted")
_AS_GIVEN = msgspec.json.Encoder()
"""Writes UUIDs as text, bytes in base64."""


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
    return _instant(at if at.tzinfo is UTC else at.astimezone(UTC))


@lru_cache(maxsize=1024)
def _instant(utc: datetime) -> str:
    # Kept for a while: a row's time is hashed and written, and that of a batch stands in each of its rows.
    return utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def canonical(value: object) -> str:
    """RFC 8785 text of a JSON value. Raises ValueError where it has no canonical form (NaN, huge integers)."""
    # Of plain objects msgspec writes the same bytes, ten times as fast; fractions and odd names it writes otherwise.
    if type(value) is dict and "".join(value).isascii() and all(map(_is_plain, value.values())):
        return _SORTED.encode(value).decode()
    return rfc8785.dumps(value).decode()  # type: ignore[arg-type]


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is int:
        return bool(-_EXACT < value < _EXACT)
    if kind is list:
        return all(type(v) is str for v in value)
    return kind is str or kind is bool or value is None


def link_hash(link: Link) -> str:
    """Hex SHA-256 of a row whose `open` is canonical already; its `hash` field is not looked at.

    All other values are plain ASCII text, whole numbers and null, for which sorted JSON is the canonical form.
    """
    content = {
        "at": instant(link.at),
        "call_id": link.call_id,
        "chain": link.chain,
        "chain_seq": link.chain_seq,
        "entry": link.entry,
        "key": link.key,
        "kind": link.kind,
        "open": msgspec.Raw(link.open.encode()),
        "prev": link.prev,
        "recorded_at": instant(link.recorded_at),
        "sealed": link.sealed,
    }
    return hashlib.sha256(_AS_GIVEN.encode(content)).hexdigest()


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
