"""Heads written down at some time, to be kept elsewhere: what an auditor compares a chain with later."""

from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.chain import Broken
from smartdesk_pbx.store.heads import SignedHead, all_heads, hash_at, is_genuine
from smartdesk_pbx.store.signing import Signer, key_id
from smartdesk_pbx.store.tables import chain_head


class HeadsFile(msgspec.Struct, frozen=True):
    """All heads of one moment. `public_key`: hex, None when nothing was signed."""

    taken_at: datetime
    public_key: str | None
    heads: list[SignedHead]


def take(connection: Connection, signer: Signer | None, at: datetime) -> HeadsFile:
    """The heads of all chains as they stand in this transaction."""
    return HeadsFile(at, signer.public if signer else None, list(all_heads(connection, signer)))


def write(taken: HeadsFile) -> str:
    """As a text for a file: JSON, one head a line, so that two of them can be compared by eye."""
    lines = ",\n  ".join(msgspec.json.encode(head).decode() for head in taken.heads)
    around = msgspec.json.encode({"taken_at": taken.taken_at, "public_key": taken.public_key}).decode()
    return f'{around[:-1]},"heads":[\n  {lines}\n]}}\n' if taken.heads else f'{around[:-1]},"heads":[]}}\n'


def read(file: Path) -> HeadsFile:
    """The heads in a file. Raises `RuleBroken` when it cannot be read or is no heads file."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=HeadsFile)
    except OSError as error:
        raise RuleBroken(f"{file}: {error.strerror}") from None
    except msgspec.MsgspecError as error:
        raise RuleBroken(f"{file}: no heads file (smartdesk ledger heads writes them): {error}") from None


def compare(connection: Connection, taken: HeadsFile) -> list[Broken]:
    """Where a chain does not go through a head that was written down: its tail was cut, or it was written anew."""
    ends = {row.chain: row.seq for row in connection.execute(select(chain_head))}
    broken = []
    for head in taken.heads:
        found = hash_at(connection, head.chain, head.seq)
        end = ends.get(head.chain, 0)
        if found is None:
            said = f"cut off: it reached {head.seq} at {taken.taken_at:%Y-%m-%d %H:%M} UTC, now it ends at {end}"
            broken.append(Broken(head.chain, end, said))
        elif found != head.hash:
            said = f"written anew: another hash here than at {taken.taken_at:%Y-%m-%d %H:%M} UTC"
            broken.append(Broken(head.chain, head.seq, said))
    return broken


def unsigned(taken: HeadsFile, public: str | None) -> list[Broken]:
    """Heads whose signature does not hold. `public`: the key that must have signed (hex), as it was handed over by
    another way; None: the one that the file itself names, which proves nothing against whoever wrote the file."""
    trusted = public or taken.public_key
    if trusted is None:
        return []
    id_ = key_id(trusted)
    return [
        Broken(head.chain, head.seq, f"the signature in the heads file is not one of key {id_}")
        for head in taken.heads
        if not is_genuine(head, trusted)
    ]
