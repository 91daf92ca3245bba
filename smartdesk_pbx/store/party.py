"""R4.2 ③: parties whose use was revoked, found again by name, telephone number or address.

They are compared by keyed hashes of their normal forms; in clear they stand sealed only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, insert, or_, select, update

from smartdesk_pbx.contract.matching import same_address, same_name
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables.lifecycle import revoked_party as table

By = Literal["name", "phone", "address"]


class Who(msgspec.Struct, frozen=True):
    """What is known of a party. `phone`: E.164."""

    name: str
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Party:
    """One entry of the list. `contract_id` None: entered by hand."""

    id: UUID
    contract_id: UUID | None
    listed_at: datetime
    by: str
    reason_code: str
    reason: str
    who: Who | None
    """None: erased."""
    removed_at: datetime | None
    removed_because: str | None


@dataclass(frozen=True)
class Match:
    """An entry that fits, and by what."""

    party: Party
    by: tuple[By, ...]


def add(
    connection: Connection,
    sealer: Sealer,
    who: Who,
    *,
    id: UUID,
    at: datetime,
    by: str,
    reason_code: str,
    reason: str,
    contract_id: UUID | None = None,
) -> Party:
    """Put a party on the list."""
    row = {
        "id": id, "contract_id": contract_id, "listed_at": at, "by": by, "reason_code": reason_code, "reason": reason,
        "sealed": sealer.seal_value(msgspec.json.encode(who).decode(), _aad(id)), **_keys(sealer, who),
    }  # fmt: skip
    connection.execute(insert(table).values(row))
    return Party(id, contract_id, at, by, reason_code, reason, who, None, None)


def remove(connection: Connection, id: UUID, *, at: datetime, because: str) -> None:
    """Take a party off the list; the entry stays, with the reason. Raises RuleBroken when it is not on it."""
    there = update(table).where(table.c.id == id, table.c.removed_at.is_(None))
    if connection.execute(there.values(removed_at=at, removed_because=because)).rowcount == 0:
        raise RuleBroken(f"no party {id} on the list (smartdesk party list shows them)")


def listing(connection: Connection, sealer: Sealer) -> list[Party]:
    """All entries, also those taken off, oldest first."""
    return [_party(sealer, row) for row in connection.execute(select(table).order_by(table.c.listed_at, table.c.id))]


def matches(connection: Connection, sealer: Sealer, who: Who) -> list[Match]:
    """The entries on the list that share a name, a telephone number or an address with somebody."""
    keys = {name: key for name, key in _keys(sealer, who).items() if key is not None}
    if not keys:
        return []
    same = or_(*(table.c[name] == key for name, key in keys.items()))
    rows = connection.execute(select(table).where(table.c.removed_at.is_(None), same).order_by(table.c.listed_at))
    return [Match(_party(sealer, row), _by(row, keys)) for row in rows]


def _by(row: Row[Any], keys: dict[str, str]) -> tuple[By, ...]:
    names: tuple[By, ...] = ("name", "phone", "address")
    return tuple(name for name in names if row._mapping[f"{name}_key"] == keys.get(f"{name}_key", ""))


def _keys(sealer: Sealer, who: Who) -> dict[str, str | None]:
    forms = {"name": same_name(who.name), "phone": who.phone or "", "address": same_address(who.address or "")}
    return {f"{name}_key": sealer.caller_key(f"party/{name}/{form}") if form else None for name, form in forms.items()}


def _party(sealer: Sealer, row: Row[Any]) -> Party:
    who = msgspec.json.decode(sealer.open_value(row.sealed, _aad(row.id)), type=Who) if row.sealed else None
    return Party(
        row.id, row.contract_id, row.listed_at, row.by, row.reason_code, row.reason, who, row.removed_at,
        row.removed_because,
    )  # fmt: skip


def _aad(id: UUID) -> str:
    return f"party/{id}"
