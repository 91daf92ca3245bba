"""Direct-debit mandates: whose account may be debited, sealed."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from smartdesk_pbx.billing.zengin_debit import BankAccount
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables.receivables import debit_mandate as table


def put(connection: Connection, sealer: Sealer, contract_id: UUID, account: BankAccount, at: datetime) -> None:
    """This account may be debited for the contract, in place of any before."""
    sealed = sealer.seal_value(msgspec.json.encode(account).decode(), _aad(contract_id))
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"contract_id": contract_id, "sealed": sealed, "changed_at": at}
    same = make(table).values(row)
    connection.execute(same.on_conflict_do_update(index_elements=["contract_id"], set_=row))


def get(connection: Connection, sealer: Sealer, contract_id: UUID) -> BankAccount:
    """The account to be debited. Raises RuleBroken when there is no mandate."""
    sealed = connection.execute(select(table.c.sealed).where(table.c.contract_id == contract_id)).scalar_one_or_none()
    if sealed is None:
        raise RuleBroken(f"contract {contract_id} has no debit mandate (smartdesk collection mandate adds one)")
    return msgspec.json.decode(sealer.open_value(sealed, _aad(contract_id)), type=BankAccount)


def remove(connection: Connection, contract_id: UUID) -> None:
    """The mandate was withdrawn."""
    if connection.execute(delete(table).where(table.c.contract_id == contract_id)).rowcount == 0:
        raise RuleBroken(f"contract {contract_id} has no debit mandate")


def contracts(connection: Connection) -> frozenset[UUID]:
    """The contracts that have one."""
    return frozenset(connection.execute(select(table.c.contract_id)).scalars())


def _aad(contract_id: UUID) -> str:
    return f"contract/{contract_id}/mandate"
