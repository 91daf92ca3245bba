"""Price tables of plans, each valid from a month until the next one; never changed, only followed by a new version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, func, insert, select

from smartdesk_pbx.billing.invoice import fingerprint
from smartdesk_pbx.billing.prices import Prices
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables.core import plan as plans
from smartdesk_pbx.store.tables.money import closed_month
from smartdesk_pbx.store.tables.money import price_table as table


@dataclass(frozen=True)
class PriceTable:
    """A table as stored. `text` is the file as it was written; `version` counts those of one plan and month."""

    id: UUID
    plan: str
    from_month: str
    version: int
    text: str
    prices: Prices
    sha256: str
    added_at: datetime


def add(connection: Connection, prices: Prices, text: str, *, id: UUID, at: datetime) -> PriceTable:
    """Put a price table in force. The same content again gives the one that is there.

    Raises RuleBroken for an unknown plan, and for a month that is closed for some contract of the plan.
    """
    if connection.execute(select(plans.c.id).where(plans.c.id == prices.plan)).first() is None:
        raise RuleBroken(f"no plan {prices.plan}: add it first (smartdesk plan add FILE)")
    content = msgspec.json.encode(prices, order="sorted")
    newest = _newest(connection, prices.plan, prices.valid_from)
    if newest is not None and newest.sha256 == fingerprint(content):
        return newest
    _check_open(connection, prices)
    version = newest.version + 1 if newest else 1
    made = PriceTable(id, prices.plan, prices.valid_from, version, text, prices, fingerprint(content), at)
    columns = {k: v for k, v in vars(made).items() if k != "prices"} | {"content": content.decode()}
    connection.execute(insert(table).values(columns))
    return made


def _newest(connection: Connection, plan: str, month: str) -> PriceTable | None:
    query = select(table).where(table.c.plan == plan, table.c.from_month == month)
    row = connection.execute(query.order_by(table.c.version.desc()).limit(1)).first()
    return _table(row) if row else None


def _check_open(connection: Connection, prices: Prices) -> None:
    query = select(func.max(closed_month.c.month)).where(closed_month.c.plan == prices.plan)
    closed = connection.execute(query).scalar()
    if closed is not None and closed >= prices.valid_from:
        after = Month.parse(closed).plus(1)
        raise RuleBroken(f"plan {prices.plan}: {closed} is closed; new prices can be valid from {after} on")


def listing(connection: Connection, plan: str | None = None) -> list[PriceTable]:
    """All tables, or those of a plan, in order of plan, month and version."""
    query = select(table).order_by(table.c.plan, table.c.from_month, table.c.version)
    if plan is not None:
        query = query.where(table.c.plan == plan)
    return [_table(row) for row in connection.execute(query)]


def in_force(connection: Connection, month: Month) -> Mapping[str, Prices]:
    """The prices of each plan that has some in that month: the latest table that began by then, its last version."""
    found: dict[str, Prices] = {}
    for one in listing(connection):
        if one.from_month <= str(month):
            found[one.plan] = one.prices
    return found


def _table(row: Row[Any]) -> PriceTable:
    prices = msgspec.json.decode(row.content, type=Prices)
    return PriceTable(row.id, row.plan, row.from_month, row.version, row.text, prices, row.sha256, row.added_at)
