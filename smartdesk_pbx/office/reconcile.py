"""The daily three-way reconciliation: Asterisk's call records, cases, ledger. The target is nothing unexplained."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import reconcile as table
from smartdesk_pbx.store.reconcile import Compared, Item

CATCH_UP_DAYS = 31
"""So far back days are made up for that were left out."""


class Run(Params):
    """`day`: Tokyo's; None: yesterday."""

    day: date | None = None


class Listing(Params):
    state: Literal["open", "explained", "closed", "vanished", "all"] = "open"
    day: date | None = None


class Days(Params):
    limit: Annotated[int, Field(ge=1, le=1000)] = 31


class Decide(Params):
    item: str
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@dataclass(frozen=True)
class Day:
    """The last run over a day."""

    day: date
    records: int
    cases: int
    entries: int
    differences: int
    open: int
    run_at: datetime


async def run(office: Office, params: Run) -> Compared:
    """Compare one day. A second run changes nothing but what has changed meanwhile."""
    return await office.store.run(lambda c: _run(office, c, params.day))


async def catch_up(office: Office, _: Params) -> list[Compared]:
    """Compare every day that was not compared with all call records at hand, up to yesterday; the first time yesterday
    alone. Raises `EdgeDown` while the records of a day are not all read: it is to be tried again later."""
    done = [await run(office, Run(day=day)) for day in await office.store.read(lambda c: _missing(office, c))]
    late = [str(one.day) for one in done if not one.records_complete]
    if late:
        raise EdgeDown(f"call records are not all read yet of {', '.join(late)}")
    return done


async def listing(office: Office, params: Listing) -> list[Item]:
    """Differences by day."""
    state = None if params.state == "all" else params.state
    return await office.store.read(lambda c: table.listing(c, state=state, day=params.day))


async def days(office: Office, params: Days) -> list[Day]:
    """The days that were compared, newest first."""
    found = await office.store.read(lambda c: table.days(c, params.limit))
    return [Day(one.day, one.records, one.cases, one.entries, one.differences, one.open, at) for one, at in found]


async def explain(office: Office, params: Decide) -> Item:
    """A difference is understood; it may still have to be put right."""
    return await _decide(office, params, "explained")


async def close(office: Office, params: Decide) -> Item:
    """A difference is settled."""
    return await _decide(office, params, "closed")


async def _decide(office: Office, params: Decide, state: Literal["explained", "closed"]) -> Item:
    try:
        id_ = UUID(params.item)
    except ValueError:
        raise RuleBroken(f"{params.item!r} is no difference (smartdesk reconcile list shows them)") from None
    return await office.store.run(lambda c: table.decide(c, id_, state, params.reason, office.store.now(c)))


def _run(office: Office, connection: Connection, day: date | None) -> Compared:
    return table.run(
        connection, day or _yesterday(office, connection), tolerance_s=office.settings.reconcile_s,
        now=office.store.now(connection), new_id=office.ids.new,
    )  # fmt: skip


def _missing(office: Office, connection: Connection) -> list[date]:
    return table.missing_days(connection, _yesterday(office, connection), CATCH_UP_DAYS)


def _yesterday(office: Office, connection: Connection) -> date:
    return tokyo_date(office.store.now(connection)) - timedelta(days=1)
