"""What a person says of a payment: whose it is, that it is not, that it went back; and who pays for whom."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.payment import Shown, Which, shown
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import assign as assigning
from smartdesk_pbx.store import credit, payer
from smartdesk_pbx.store import payment as table

Reason = Annotated[str, Field(min_length=1, max_length=200)]
Yen = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Assign(Which):
    """To documents, to a contract, or to the collection company (`fee_yen`: what it kept); exactly one of these.
    `remember`: this payer is known as the contract's from now on."""

    invoices: tuple[Annotated[int, Field(ge=1)], ...] = ()
    contract: str | None = None
    collection: bool = False
    fee_yen: Yen = 0
    remember: bool = True


class Undo(Which):
    reason: Reason


class Payer(Params):
    """A name that the bank announces, as the contract's; `remove`: not any more."""

    contract: str
    name: Annotated[str, Field(min_length=1, max_length=100)]
    remove: bool = False


@dataclass(frozen=True)
class Assigned:
    payment: UUID
    documents: tuple[int, ...]
    credit_yen: int


async def assign(office: Office, params: Assign) -> Assigned:
    """A payment set against what a person names; what is more than that is kept as the contract's credit."""
    if (bool(params.invoices), params.contract is not None, params.collection).count(True) != 1:
        raise RuleBroken("name one: invoices, a contract, or the collection company")

    def store(connection: Connection) -> Assigned:
        at = office.store.now(connection)
        today = tokyo_date(at)
        if params.collection:
            assigning.to_collection(connection, params.payment, params.fee_yen, today)
            return Assigned(params.payment, (), 0)
        if params.contract is not None:
            one = contract.find_any(connection, params.contract)
            match = assigning.to_contract(connection, params.payment, one.id, today)
        else:
            match = assigning.to_documents(connection, params.payment, params.invoices, today)
        name = table.get(connection, params.payment).payer
        if params.remember and name:
            payer.add(connection, match.contract_id, name, at)
        credit.settle(connection, today, match.contract_id)
        return Assigned(params.payment, tuple(number for number, _ in match.pays), match.credit_yen)

    return await office.store.run(store)


async def undo(office: Office, params: Undo) -> Shown:
    """What a payment was set against is open again; the payment is unmatched."""

    def store(connection: Connection) -> Shown:
        today = tokyo_date(office.store.now(connection))
        assigning.undo(connection, params.payment, today, params.reason)
        return shown(connection, [table.get(connection, params.payment)])[0]

    return await office.store.run(store)


async def give_back(office: Office, params: Undo) -> Shown:
    """A payment that belongs to nobody here was sent back."""

    def store(connection: Connection) -> Shown:
        today = tokyo_date(office.store.now(connection))
        assigning.give_back(connection, params.payment, today, params.reason)
        return shown(connection, [table.get(connection, params.payment)])[0]

    return await office.store.run(store)


@dataclass(frozen=True)
class Payers:
    contract: UUID
    payers: tuple[str, ...]


async def set_payer(office: Office, params: Payer) -> Payers:
    """The names under which a contract is paid, after the change."""

    def store(connection: Connection) -> Payers:
        one = contract.find_any(connection, params.contract)
        if params.remove:
            payer.remove(connection, one.id, params.name)
        else:
            payer.add(connection, one.id, params.name, office.store.now(connection))
        return Payers(one.id, tuple(payer.of_contract(connection, one.id)))

    return await office.store.run(store)
