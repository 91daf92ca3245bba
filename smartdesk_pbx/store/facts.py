"""A fact as it is stored: the open part as canonical JSON, the sealed part as ciphertext, one key each.

A group is what one `append` wrote: all of it is stored, or nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, get_origin
from uuid import UUID

import msgspec

from smartdesk_pbx.contract.after_call import LedgerFact
from smartdesk_pbx.contract.events import AnyEvent, CaseEvent, Judged, Reclassified
from smartdesk_pbx.store.chain import Entry, canonical, instant
from smartdesk_pbx.store.seal import CaseKey, Sealer

Fact = CaseEvent | LedgerFact


class Row(msgspec.Struct, frozen=True):
    """One fact, ready to be chained."""

    entry: Entry
    key: str
    call_id: UUID | None
    kind: str
    at: datetime
    once: bool
    open: str
    sealed: bytes | None


class StoredKey(msgspec.Struct, frozen=True):
    """A case's wrapped key that the database may not have yet."""

    id: UUID
    call_id: UUID
    wrapped: bytes


class Group(msgspec.Struct, frozen=True):
    """The facts of one append. `chain` None: the operator's own chain."""

    rows: tuple[Row, ...]
    chain: UUID | None
    case_keys: tuple[StoredKey, ...] = ()


@dataclass(frozen=True)
class StoredFact:
    """A fact read back. `erased`: its sealed fields are blank because the case's key is gone."""

    key: str
    chain_seq: int
    recorded_at: datetime
    fact: AnyEvent | LedgerFact
    erased: bool = False


def keys_for(facts: Sequence[Fact], new_id: Callable[[], UUID]) -> tuple[str, ...]:
    """The key of each fact: `CALL/KIND` for kinds that a case has once, else `CALL/UUID`."""
    return tuple(f"{f.call_id}/{kind_of(f) if f.ONCE else new_id()}" for f in facts)


def kind_of(fact: Fact) -> str:
    """Its kind, such as `call.arrived`."""
    return str(fact.__struct_config__.tag)


def encode(fact: Fact, key: str, sealer: Sealer, case_key: Callable[[UUID], CaseKey]) -> Row:
    """A fact split and sealed. Raises ValueError or TypeError for what cannot be stored (a naive time, NaN)."""
    instant(fact.at)
    content = msgspec.to_builtins(fact)
    del content["call_id"], content["at"]
    kind = content.pop("kind")
    blanks = _blanks(type(fact))
    private = {name: content.pop(name) for name in blanks}
    sealed = None
    if private != blanks:
        sealed = sealer.seal(case_key(fact.call_id), key, private)
    entry: Entry = "ledger" if isinstance(fact, LedgerFact) else "event"
    return Row(entry, key, fact.call_id, kind, fact.at, fact.ONCE, canonical(content), sealed)


def decode(
    kind: str, call_id: UUID, at: datetime, open_part: str, opened: dict[str, object] | None
) -> AnyEvent | LedgerFact:
    """The fact of a stored row; `opened` holds its sealed fields, None leaves them blank."""
    content: dict[str, object] = msgspec.json.decode(open_part)
    content |= {"kind": kind, "call_id": call_id, "at": at}
    content |= _blanks(_class_of(kind)) if opened is None else opened
    fact: AnyEvent | LedgerFact = msgspec.convert(content, AnyEvent | LedgerFact)
    return fact


@cache
def _blanks(kind: type[Fact]) -> dict[str, object]:
    types = {f.name: f.type for f in msgspec.structs.fields(kind)}
    return {name: _blank(types[name]) for name in sorted(kind.SEALED)}


def _blank(type_: Any) -> object:
    if type_ is str:
        return ""
    return [] if get_origin(type_) is list else None


@cache
def _class_of(kind: str) -> type[Fact]:
    classes: list[type[Fact]] = [*CaseEvent.__subclasses__(), Judged, Reclassified]
    return next(c for c in classes if c.__struct_config__.tag == kind)
