"""What is owed: open documents, credit, late interest, reminders (R16.1, R16.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.billing.allocation import waiver_entry
from smartdesk_pbx.billing.interest import accrued
from smartdesk_pbx.billing.items import Item, State, state
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.assignment import Reason
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import books, credit, dunning, late_interest, receivables, subscriber
from smartdesk_pbx.store import contract as contracts


class Listing(Params):
    """`overdue`: past their due date alone; `paid`: settled ones too; `on`: as of that day, default today."""

    contract: str | None = None
    overdue: bool = False
    paid: bool = False
    on: date | None = None


class Which(Params):
    contract: str


class Interest(Params):
    """`month`: late interest up to its last day; `dry_run`: say what would be charged."""

    month: str
    dry_run: bool = False


class Refund(Which):
    yen: Annotated[int, Field(ge=1, le=1_000_000_000)]


class Waive(Params):
    """The rest of a document that is short by a bank's fee: the operator bears it."""

    invoice: Annotated[int, Field(ge=1)]
    reason: Reason


@dataclass(frozen=True)
class Shown:
    """One document. `interest_yen`: late interest on it up to the day that no document has charged yet."""

    number: int
    subscriber: str
    contract: UUID
    month: str
    due_on: date
    billed_yen: int
    paid_yen: int
    open_yen: int
    interest_yen: int
    days_late: int
    state: State


@dataclass(frozen=True)
class Reminded:
    """A reminder that was sent."""

    on: date
    number: int
    step: int
    open_yen: int


@dataclass(frozen=True)
class Statement:
    """A contract's account at a day: what is open, its credit, its late interest, what it was reminded of."""

    subscriber: str
    contract: UUID
    on: date
    open_yen: int
    credit_yen: int
    interest_yen: int
    documents: tuple[Shown, ...]
    reminders: tuple[Reminded, ...]


@dataclass(frozen=True)
class Charged:
    """Late interest of one contract: the document that charges it (None in a dry run)."""

    subscriber: str
    contract: UUID
    number: int | None
    yen: int


@dataclass(frozen=True)
class Settled:
    contracts: int


@dataclass(frozen=True)
class Left:
    contract: UUID
    credit_yen: int


async def listing(office: Office, params: Listing) -> list[Shown]:
    """Documents that are open, by number."""

    def look(connection: Connection) -> list[Shown]:
        of = contract.find_any(connection, params.contract).id if params.contract else None
        on = params.on or tokyo_date(office.store.now(connection))
        found = shown(connection, receivables.items(connection, of, only_open=not params.paid), on)
        return [one for one in found if not params.overdue or (one.open_yen > 0 and on > one.due_on)]

    return await office.store.read(look)


async def show(office: Office, params: Which) -> Statement:
    """The account of one contract today."""

    def look(connection: Connection) -> Statement:
        one = contract.find_any(connection, params.contract)
        on = tokyo_date(office.store.now(connection))
        documents = shown(connection, receivables.items(connection, one.id), on)
        who = subscriber.by_id(connection, one.subscriber_id)
        return Statement(
            subscriber=who.slug if who else "-", contract=one.id, on=on,
            open_yen=sum(d.open_yen for d in documents if d.open_yen > 0),
            credit_yen=credit.of(connection, one.id), interest_yen=sum(d.interest_yen for d in documents),
            documents=tuple(documents),
            reminders=tuple(Reminded(*row) for row in dunning.history(connection, one.id)),
        )  # fmt: skip

    return await office.store.read(look)


def shown(connection: Connection, items: Sequence[Item], on: date) -> list[Shown]:
    """Items as they stand on a day."""
    settings = receivables.settings_of(connection, {item.contract_id for item in items})
    names = contracts.slugs(connection)
    return [_shown(item, names[item.contract_id], settings[item.contract_id], on) for item in items]


def _shown(item: Item, slug: str, settings: ServiceSettings, on: date) -> Shown:
    interest = accrued(item, on, receivables.rate_of(settings))
    return Shown(
        number=item.number, subscriber=slug, contract=item.contract_id, month=str(item.month), due_on=item.due_on,
        billed_yen=item.billed_yen, paid_yen=item.paid_yen, open_yen=item.open_yen,
        interest_yen=interest.yen - item.charged_yen,
        days_late=max(0, (on - item.due_on).days) if item.open_yen > 0 else 0,
        state=state(item, on, settings.bank_fee_most_yen),
    )  # fmt: skip


async def settle(office: Office, _: Params) -> Settled:
    """Set credit against what is open and make credit of what was overpaid; a second run changes nothing."""
    return await office.store.run(
        lambda c: Settled(credit.settle(c, tokyo_date(office.store.now(c))))
    )  # fmt: skip


async def interest(office: Office, params: Interest) -> list[Charged]:
    """R16.2: late interest to the end of a month as documents of its own; a second run issues none."""
    month = Month.parse(params.month)

    def look(connection: Connection) -> list[Charged]:
        names = contracts.slugs(connection)
        return [
            Charged(names[one.contract_id], one.contract_id, None, one.yen)
            for one in late_interest.owed(connection, month)
        ]

    def store(connection: Connection) -> list[Charged]:
        now = office.store.now(connection)
        made = late_interest.charge(connection, office.sealer, office.signer, month, now)
        credit.settle(connection, tokyo_date(now))
        names = contracts.slugs(connection)
        return [Charged(names[d.contract_id], d.contract_id, d.number, d.total_yen) for d in made]

    return await (office.store.read(look) if params.dry_run else office.store.run(store))


async def refund(office: Office, params: Refund) -> Left:
    """Credit that was paid back to the subscriber; what is left of it."""

    def store(connection: Connection) -> Left:
        one = contract.find_any(connection, params.contract)
        credit.refund(connection, one.id, params.yen, tokyo_date(office.store.now(connection)))
        return Left(one.id, credit.of(connection, one.id))

    return await office.store.run(store)


async def waive(office: Office, params: Waive) -> Shown:
    """The document, settled: what a bank kept as its fee is borne by the operator. Nothing else can be waived so."""

    def store(connection: Connection) -> Shown:
        today = tokyo_date(office.store.now(connection))
        item = receivables.one(connection, params.invoice)
        receivables.lock(connection, item.contract_id)
        now = shown(connection, [item], today)[0]
        if now.state != "bank_fee_short":
            raise RuleBroken(
                f"document {params.invoice} is {now.state}: only a shortfall by a bank's fee can be waived"
            )
        entry = waiver_entry(item.number, today, item.contract_id, item.open_yen, params.reason)
        books.post(connection, [entry])
        return shown(connection, [receivables.one(connection, params.invoice)], today)[0]

    return await office.store.run(store)
