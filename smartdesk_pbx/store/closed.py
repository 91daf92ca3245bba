"""Which months of which contracts are closed, and what was corrected later; with the rating entries themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from smartdesk_pbx.billing import entry as entries
from smartdesk_pbx.billing.entry import RatingEntry
from smartdesk_pbx.billing.rate import Rating
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.store.tables import ledger_entry
from smartdesk_pbx.store.tables.money import closed_month, correction


@dataclass(frozen=True)
class Closed:
    """A closed month of a contract. `chain_seq`: its rating entry; `until_seq`: up to here judgements were read;
    `next_seq`: the next month's lie above this. `one_off_yen`: what was charged outside of the price table."""

    contract_id: UUID
    month: str
    chain: UUID
    chain_seq: int
    until_seq: int
    next_seq: int
    one_off_yen: int
    plan: str
    number: int | None
    total_yen: int
    closed_at: datetime


def closed_in(connection: Connection, month: Month) -> dict[UUID, Closed]:
    """The contracts whose month is closed."""
    query = select(closed_month).where(closed_month.c.month == str(month))
    return {row.contract_id: Closed(**row._mapping) for row in connection.execute(query)}


def last_before(connection: Connection, month: Month) -> dict[UUID, Closed]:
    """The last closed month of each contract before `month`."""
    last = select(closed_month.c.contract_id, func.max(closed_month.c.month).label("month"))
    last_of = last.where(closed_month.c.month < str(month)).group_by(closed_month.c.contract_id).subquery()
    same = (closed_month.c.contract_id == last_of.c.contract_id) & (closed_month.c.month == last_of.c.month)
    query = select(closed_month).join(last_of, same)
    return {row.contract_id: Closed(**row._mapping) for row in connection.execute(query)}


def months_of(connection: Connection, contract_id: UUID) -> list[Closed]:
    """All closed months of a contract, oldest first."""
    query = select(closed_month).where(closed_month.c.contract_id == contract_id).order_by(closed_month.c.month)
    return [Closed(**row._mapping) for row in connection.execute(query)]


def charged_one_offs(connection: Connection) -> Mapping[UUID, Mapping[str, int]]:
    """What each contract was charged outside of its price table, by month, corrections included; zeros left out."""
    found: dict[UUID, dict[str, int]] = {}
    for table in (closed_month, correction):
        query = select(table.c.contract_id, table.c.month, table.c.one_off_yen).where(table.c.one_off_yen != 0)
        for contract_id, month, yen in connection.execute(query):
            months = found.setdefault(contract_id, {})
            months[month] = months.get(month, 0) + yen
    return found


def entry_of(connection: Connection, contract_id: UUID, month: str) -> RatingEntry | None:
    """The rating entry of a contract and month; None when it is not closed."""
    query = select(ledger_entry.c.open).where(ledger_entry.c.key == entries.key_of(contract_id, month))
    text = connection.execute(query).scalar()
    return entries.read(text) if text is not None else None


def charged(connection: Connection, contract_id: UUID, month: str, before: str = "9999") -> list[Rating]:
    """Everything that was charged for a month: its own rating, then each correction of it, oldest first. Only what was
    closed with months earlier than `before`."""
    own = entry_of(connection, contract_id, month)
    ratings = [own.rating] if own else []
    later = corrections_of(connection, contract_id, month)
    return ratings + [Rating(one.lines, one.cases) for entry, one in later if entry.month < before]


def corrections_of(
    connection: Connection, contract_id: UUID, month: str
) -> Iterable[tuple[RatingEntry, entries.Correction]]:
    """The corrections of a month, oldest first, each with the entry it stands in."""
    query = select(correction.c.closed_in).where(correction.c.contract_id == contract_id, correction.c.month == month)
    for closed_later in connection.execute(query.order_by(correction.c.closed_in)).scalars().all():
        found = entry_of(connection, contract_id, closed_later)
        assert found is not None, f"{contract_id} {closed_later}: a correction without its entry"
        for one in found.corrections:
            if one.month == month:
                yield found, one
