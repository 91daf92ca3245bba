"""R16.2: reminders that were sent, and which are due."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from smartdesk_pbx.billing.dunning import Policy, Reminder, reminders
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.store import collection
from smartdesk_pbx.store.receivables import items, rate_of, settings_of
from smartdesk_pbx.store.tables.receivables import dunning as table


def due(connection: Connection, today: date, contract_id: UUID | None = None) -> list[Reminder]:
    """The reminders that are to be sent on a day: of all contracts, or one."""
    found = items(connection, contract_id, only_open=True)
    settings = settings_of(connection, {item.contract_id for item in found})
    policies = {of: policy_of(one) for of, one in settings.items()}
    return reminders(found, strongest(connection), frozenset(collection.claimed(connection)), policies, today)


def policy_of(settings: ServiceSettings) -> Policy:
    """How a contract is reminded ⚙."""
    return Policy(tuple(sorted(settings.dunning_days)), settings.dunning_least_yen, rate_of(settings))


def record(connection: Connection, found: Sequence[Reminder], sent_on: date, at: datetime) -> None:
    """These reminders went out."""
    rows = [
        {
            "number": one.number, "step": one.step, "contract_id": one.contract_id, "sent_on": sent_on,
            "open_yen": one.open_yen, "interest_yen": one.interest_yen, "recorded_at": at,
        }
        for one in found
    ]  # fmt: skip
    if rows:
        connection.execute(insert(table), rows)


def strongest(connection: Connection) -> dict[int, int]:
    """Document → the strongest step sent for it."""
    query = select(table.c.number, func.max(table.c.step)).group_by(table.c.number)
    return {number: int(step) for number, step in connection.execute(query)}


def history(connection: Connection, contract_id: UUID) -> list[tuple[date, int, int, int]]:
    """What a contract was reminded of, oldest first: day, document, step, open yen."""
    query = select(table.c.sent_on, table.c.number, table.c.step, table.c.open_yen)
    query = query.where(table.c.contract_id == contract_id).order_by(table.c.sent_on, table.c.number, table.c.step)
    return [tuple(row) for row in connection.execute(query)]
