"""Under which names the subscribers' banks announce their transfers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from smartdesk_pbx.billing.kana import payer_key
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables import contract, subscriber
from smartdesk_pbx.store.tables.receivables import payer as table


def add(connection: Connection, contract_id: UUID, name: str, at: datetime) -> str:
    """Such a payer pays for this contract; the key under which it is kept. Raises RuleBroken for an empty name."""
    kana = payer_key(name)[:60]
    if not kana:
        raise RuleBroken(f"{name!r}: write the payer's name as the bank does, in katakana")
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"contract_id": contract_id, "kana": kana, "added_at": at}
    connection.execute(make(table).values(row).on_conflict_do_nothing())
    return kana


def remove(connection: Connection, contract_id: UUID, name: str) -> None:
    """Such a payer does not pay for this contract any more. Raises RuleBroken when it was not known."""
    gone = delete(table).where(table.c.contract_id == contract_id, table.c.kana == payer_key(name)[:60])
    if connection.execute(gone).rowcount == 0:
        raise RuleBroken(f"{name!r} is no known payer of this contract")


def listing(connection: Connection) -> Mapping[str, frozenset[UUID]]:
    """Payer key → contracts that such a payer pays for: those that were named, and the readings of the subscribers'
    own names where nobody was named for the contract."""
    found: dict[str, set[UUID]] = {}
    named: set[UUID] = set()
    for row in connection.execute(select(table)):
        found.setdefault(row.kana, set()).add(row.contract_id)
        named.add(row.contract_id)
    query = select(contract.c.id, subscriber.c.announced_reading, subscriber.c.announced_name)
    for id, reading, name in connection.execute(query.join(subscriber, subscriber.c.id == contract.c.subscriber_id)):
        kana = payer_key(reading or name)[:60]
        if id not in named and kana:
            found.setdefault(kana, set()).add(id)
    return {kana: frozenset(of) for kana, of in found.items()}


def of_contract(connection: Connection, contract_id: UUID) -> list[str]:
    """The names that were added for a contract, reduced as `payer_key` does."""
    query = select(table.c.kana).where(table.c.contract_id == contract_id).order_by(table.c.kana)
    return list(connection.execute(query).scalars())
