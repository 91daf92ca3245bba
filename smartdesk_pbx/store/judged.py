"""Judgements read from the ledger in bulk: what the rating of a month is made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Connection, Integer, Select, Uuid, column, select, values

from smartdesk_pbx.billing.rate import JudgedCase
from smartdesk_pbx.store.tables import case_file, chain_head, ledger_entry

_KINDS = ("judgement", "reclassification")
_ASKED_AT_ONCE = 500


class _Said(msgspec.Struct, frozen=True):
    """The fields of a judgement or a reclassification that money depends on."""

    billable: bool
    units: int
    case_class: str
    surcharges: tuple[str, ...] = ()
    contract_id: UUID | None = None
    arrived_at: datetime | None = None


_read = msgspec.json.Decoder(_Said).decode


@dataclass(frozen=True, slots=True)
class Ruling:
    """One ledger entry about a case; of several about the same case the last one is in force."""

    seq: int
    contract_id: UUID
    case: JudgedCase


def rulings(connection: Connection, after: Mapping[UUID, int]) -> dict[UUID, list[Ruling]]:
    """The rulings of each chain with a sequence number above the given one, in order. Cases of no contract are left
    out: nobody is charged for them."""
    chains = list(after)
    found: dict[UUID, list[Ruling]] = {chain: [] for chain in chains}
    if not chains:
        return found
    rows = [(place, seq, call_id, _read(said)) for place, seq, call_id, said in connection.execute(_query(after)).all()]
    placed = _placed(connection, [call_id for _, _, call_id, said in rows if not _complete(said)])
    for place, seq, call_id, said in rows:
        contract_id, arrived_at = (said.contract_id, said.arrived_at) if _complete(said) else placed[call_id]
        if contract_id is not None and arrived_at is not None:
            case = JudgedCase(call_id, arrived_at, said.billable, said.units, said.case_class, said.surcharges)
            found[chains[place]].append(Ruling(seq, contract_id, case))
    return found


def _query(after: Mapping[UUID, int]) -> Select[Any]:
    """Place of the chain in `after`, sequence number, call, open part."""
    columns = (column("place", Integer), column("chain", Uuid), column("seq", BigInteger))
    bounds = values(*columns, name="bounds").data([(i, *bound) for i, bound in enumerate(after.items())]).cte()
    entry = ledger_entry.c
    return (
        select(bounds.c.place, entry.chain_seq, entry.call_id, entry.open)
        .join(bounds, (entry.chain == bounds.c.chain) & (entry.chain_seq > bounds.c.seq))
        .where(entry.kind.in_(_KINDS))
        .order_by(bounds.c.place, entry.chain_seq)
    )


def _complete(said: _Said) -> bool:
    return said.contract_id is not None and said.arrived_at is not None


def _placed(connection: Connection, calls: list[UUID]) -> dict[UUID, tuple[UUID | None, datetime | None]]:
    """Contract and arrival of cases whose entry does not say them: their file does."""
    found: dict[UUID, tuple[UUID | None, datetime | None]] = dict.fromkeys(calls, (None, None))
    columns = (case_file.c.call_id, case_file.c.contract_id, case_file.c.invited_at)
    for start in range(0, len(calls), _ASKED_AT_ONCE):
        some = calls[start : start + _ASKED_AT_ONCE]
        for call_id, contract_id, at in connection.execute(select(*columns).where(case_file.c.call_id.in_(some))):
            found[call_id] = (contract_id, at)
    return found


def in_force(found: Iterable[Ruling]) -> list[JudgedCase]:
    """The cases of rulings in order, each as its last one has it."""
    return list({ruling.case.case_id: ruling.case for ruling in found}.values())


def head_seqs(connection: Connection, chains: Iterable[UUID]) -> dict[UUID, int]:
    """The last sequence number of each chain; 0 where nothing was written."""
    asked = list(chains)
    query = select(chain_head.c.chain, chain_head.c.seq).where(chain_head.c.chain.in_(asked))
    return dict.fromkeys(asked, 0) | {chain: seq for chain, seq in connection.execute(query)}
