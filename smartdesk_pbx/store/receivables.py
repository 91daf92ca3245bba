"""What is owed: the open amount of each document, read from the books."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select, union
from sqlalchemy.dialects import postgresql, sqlite

from smartdesk_pbx.billing.accounts import LATE_INTEREST, RECEIVABLE
from smartdesk_pbx.billing.interest import Charge, Rate, charges
from smartdesk_pbx.billing.items import Item, Paid, due_after
from smartdesk_pbx.billing.items import paid_by_month as _paid_by_month
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.session import database_now
from smartdesk_pbx.store.tables import contract, plan
from smartdesk_pbx.store.tables.money import invoice
from smartdesk_pbx.store.tables.receivables import acceleration, book_entry, book_posting, payment

_DOCUMENTS = ("invoice", "credit-note")
_NO_MONTH = Month(1, 1)


def items(
    connection: Connection, contract_id: UUID | None = None, *, numbers: Collection[int] | Select[Any] | None = None,
    only_open: bool = False,
) -> list[Item]:  # fmt: skip
    """Documents with what is billed, paid and open, by number: all, of one contract, or those named; `only_open`
    leaves out what is settled (neither owed nor overpaid)."""
    query = _postings(RECEIVABLE)
    if contract_id is not None:
        query = query.where(book_posting.c.contract_id == contract_id)
    if numbers is not None:
        query = query.where(book_posting.c.number.in_(numbers))
    if only_open:
        query = query.where(book_posting.c.number.in_(_unsettled(contract_id)))
    found: dict[int, _Gathered] = defaultdict(_Gathered)
    for row in connection.execute(query):
        found[row.number].add(row)
    _add_interest(connection, found, contract_id)
    since = accelerated(connection)
    return [one.item(number, since.get(one.contract_id)) for number, one in sorted(found.items())]


@dataclass
class _Gathered:
    """What the postings tell of one document."""

    billed_yen: int = 0
    interest_yen: int = 0
    charged_yen: int = 0
    contract_id: UUID = field(default_factory=lambda: UUID(int=0))
    due_on: date = date.max
    issued_on: date = date.max
    month: Month = _NO_MONTH
    paid: list[Paid] = field(default_factory=list)

    def add(self, row: Row[Any]) -> None:
        self.contract_id = row.contract_id
        if row.due_on is not None:
            self.due_on, self.issued_on = row.due_on, row.issued_on or row.booked_on
            self.month = Month.parse(row.month) if row.month else Month.of(row.booked_on)
        if row.entry.partition(":")[0] in _DOCUMENTS:
            self.billed_yen += row.yen
        else:
            self.paid.append(Paid(row.value_on or row.booked_on, -row.yen))

    def item(self, number: int, accelerated_on: date | None) -> Item:
        due_on = due_after(self.due_on, self.issued_on, accelerated_on)
        bears = self.billed_yen - self.interest_yen
        return Item(
            number, self.contract_id, self.month, due_on, self.billed_yen, bears, self.charged_yen,
            tuple(sorted(self.paid, key=lambda one: (one.on, one.yen))),
        )  # fmt: skip


def _postings(account: str) -> Select[Any]:
    joined = (
        book_posting.join(book_entry, book_entry.c.key == book_posting.c.entry)
        .outerjoin(payment, payment.c.id == book_posting.c.payment_id)
        .outerjoin(invoice, invoice.c.number == book_posting.c.number)
    )
    columns = (
        *(book_posting.c[name] for name in ("entry", "number", "contract_id", "yen", "due_on")),
        *(book_entry.c.booked_on, payment.c.value_on, invoice.c.issued_on, invoice.c.month),
    )
    return select(*columns).select_from(joined).where(book_posting.c.account == account)


def perhaps_late() -> Select[Any]:
    """The documents on which late interest can be owed or given back: unsettled, moved after their due date, of a
    contract whose debts became due at once, or charged before. All others need not be looked at."""
    moved, opened = book_posting.alias(), book_posting.alias()
    late = (
        select(moved.c.number)
        .join(book_entry, book_entry.c.key == moved.c.entry)
        .join(opened, (opened.c.number == moved.c.number) & (opened.c.account == RECEIVABLE))
        .outerjoin(payment, payment.c.id == moved.c.payment_id)
        .where(moved.c.account == RECEIVABLE, opened.c.due_on.is_not(None))
        .where(func.coalesce(payment.c.value_on, book_entry.c.booked_on) > opened.c.due_on)
    )
    of = book_posting.c
    hurried = select(of.number).where(of.contract_id.in_(select(acceleration.c.contract_id)))
    charged = select(of.number).where(of.account == LATE_INTEREST)
    numbers = union(_unsettled(None), late, hurried, charged).subquery()
    return select(numbers.c.number)


def _unsettled(contract_id: UUID | None) -> Select[Any]:
    query = select(book_posting.c.number).where(book_posting.c.account == RECEIVABLE)
    if contract_id is not None:
        query = query.where(book_posting.c.contract_id == contract_id)
    return query.group_by(book_posting.c.number).having(func.sum(book_posting.c.yen) != 0)


def _add_interest(connection: Connection, found: dict[int, _Gathered], contract_id: UUID | None) -> None:
    """Late interest: on which document it was charged, and in which document it stands."""
    opened = book_posting.alias()
    charged = book_posting.c
    query = (
        select(charged.number, charged.yen, opened.c.number.label("stands_in"))
        .join(opened, (opened.c.entry == charged.entry) & (opened.c.account == RECEIVABLE))
        .where(charged.account == LATE_INTEREST)
    )
    if contract_id is not None:
        query = query.where(charged.contract_id == contract_id)
    for on, yen, stands_in in connection.execute(query):
        if on in found:
            found[on].charged_yen -= yen
        if stands_in in found:
            found[stands_in].interest_yen -= yen


def settings_of(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, ServiceSettings]:
    """The settings in force of some contracts (R3)."""
    query = select(contract.c.id, plan.c.settings.label("of_plan"), contract.c.settings)
    query = query.join(plan, plan.c.id == contract.c.plan).where(contract.c.id.in_(list(ids)))
    return {row.id: effective(row.of_plan, row.settings) for row in connection.execute(query)}


def rate_of(settings: ServiceSettings) -> Rate:
    """R16.2: the rate of late interest of a contract."""
    return Rate(settings.late_interest_permille, settings.interest_day_base)


def interest_due(connection: Connection, contract_id: UUID, until: date) -> list[Charge]:
    """R16.2: late interest up to a day, that day included, that no document has charged yet: the lines to be billed."""
    found = items(connection, contract_id)
    if not any(item.due_on < until or item.charged_yen for item in found):
        return []
    return charges(found, until, rate_of(settings_of(connection, [contract_id])[contract_id]))


def accelerate(connection: Connection, contract_id: UUID, on: date) -> None:
    """R19: all debts of a contract become due on that day; interest runs from the day after. The first time counts."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"contract_id": contract_id, "due_on": on, "recorded_at": database_now(connection)}
    connection.execute(make(acceleration).values(row).on_conflict_do_nothing())


def accelerated(connection: Connection) -> dict[UUID, date]:
    """R19: the day on which all debts of a contract became due, for each to which that happened."""
    query = select(acceleration.c.contract_id, acceleration.c.due_on)
    return {of: due_on for of, due_on in connection.execute(query)}


def paid_by_month(connection: Connection, contract_id: UUID) -> dict[Month, int]:
    """R22, R28: what was paid of the fees of each month, in yen with tax, late interest left out."""
    return _paid_by_month(items(connection, contract_id))


def lock(connection: Connection, contract_id: UUID) -> None:
    """Let two who book for one contract follow each other. Raises RuleBroken when there is no such contract."""
    query = select(contract.c.id).where(contract.c.id == contract_id).with_for_update()
    if connection.execute(query).first() is None:
        raise RuleBroken(f"no contract {contract_id}")


def one(connection: Connection, number: int) -> Item:
    """A document's item. Raises RuleBroken when the books know of none."""
    found = items(connection, numbers=[number])
    if not found:
        raise RuleBroken(f"no document {number} in the books")
    return found[0]
