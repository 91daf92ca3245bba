"""Chain heads to be handed out: on invoices, in archives, in heads files. A cut tail shows against any of them."""

from collections.abc import Iterator
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select, union_all

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.chain import GENESIS, canonical
from smartdesk_pbx.store.signing import Signer, holds
from smartdesk_pbx.store.tables import case_event, chain_head, ledger_entry


class SignedHead(msgspec.Struct, frozen=True):
    """Where a chain stood: its last sequence number and hash (hex). `signature`, `key_id` None: no key was made."""

    chain: UUID
    seq: int
    hash: str
    signature: str | None = None
    key_id: str | None = None


def head_of(connection: Connection, chain: UUID, signer: Signer | None = None) -> SignedHead:
    """The head of a chain as it stands in this transaction; sequence 0 where nothing was written yet."""
    row = connection.execute(select(chain_head).where(chain_head.c.chain == chain)).first()
    return signed(chain, row.seq if row else 0, row.hash if row else GENESIS, signer)


def head_at(connection: Connection, chain: UUID, seq: int, signer: Signer | None = None) -> SignedHead:
    """The head as it stood when the row `seq` was the last one. Raises `RuleBroken` when there is no such row."""
    found = hash_at(connection, chain, seq)
    if found is None:
        raise RuleBroken(f"chain {chain} has no entry {seq}")
    return signed(chain, seq, found, signer)


def hash_at(connection: Connection, chain: UUID, seq: int) -> str | None:
    """The hash of one row of a chain, the genesis hash for sequence 0; None when there is no such row."""
    if seq == 0:
        return GENESIS
    tables = (case_event, ledger_entry)
    rows = union_all(*(select(t.c.hash).where(t.c.chain == chain, t.c.chain_seq == seq) for t in tables))
    return connection.execute(rows).scalars().first()


def all_heads(connection: Connection, signer: Signer | None = None) -> Iterator[SignedHead]:
    """The heads of all chains by id."""
    for row in connection.execute(select(chain_head).order_by(chain_head.c.chain)):
        yield signed(row.chain, row.seq, row.hash, signer)


def signed(chain: UUID, seq: int, hash: str, signer: Signer | None) -> SignedHead:
    """A head with its signature where there is a key."""
    if signer is None:
        return SignedHead(chain, seq, hash)
    return SignedHead(chain, seq, hash, signer.sign(message(chain, seq, hash)), signer.id)


def message(chain: UUID, seq: int, hash: str) -> bytes:
    """What is signed: canonical JSON that says what it is, so that no signature can stand for another thing."""
    return canonical({"chain": str(chain), "hash": hash, "is": "smartdesk chain head", "seq": seq}).encode()


def is_genuine(head: SignedHead, public: str) -> bool:
    """True when the head was signed by the owner of that public key (hex)."""
    return head.signature is not None and holds(public, message(head.chain, head.seq, head.hash), head.signature)
