"""The month's close and what it says: closed months, previews, rating again, other prices (R15, R16.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.billing.entry import RatingEntry
from smartdesk_pbx.billing.invoice import Line, Sums
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.contract import find_any
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.progress import progress
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import close as closing
from smartdesk_pbx.store import closed, rating
from smartdesk_pbx.store.chargeable import Problem
from smartdesk_pbx.store.close import Ask, Sum
from smartdesk_pbx.store.contract import slugs as slugs_of

Written = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]
"""A month as 2026-11."""


class Close(Params):
    """`skip`: close the contracts without problems; `reason`: why to go ahead although a node was not read to the end
    of the month."""

    month: Written
    contract: str | None = None
    dry_run: bool = False
    skip: bool = False
    reason: str = ""


class OfMonth(Params):
    month: Written


class OfContract(Params):
    """`month`: default the running one."""

    contract: str
    month: Written | None = None


@dataclass(frozen=True)
class ShownProblem:
    """`contract`, `subscriber` None: it concerns all."""

    contract: str | None
    subscriber: str | None
    wrong: str
    right: str
    may_override: bool


@dataclass(frozen=True)
class Closed:
    """What a close did, or (`dry_run`) would do. `blocked`: nothing, because of the problems."""

    month: str
    dry_run: bool
    blocked: bool
    contracts: int
    closed: int
    cases: int
    invoices: Sum
    corrections: Sum
    problems: tuple[ShownProblem, ...]


@dataclass(frozen=True)
class ClosedMonth:
    """A closed month of one contract. `number` None: nothing was charged."""

    contract: str
    subscriber: str
    plan: str
    number: int | None
    total_yen: int
    closed_at: datetime


@dataclass(frozen=True)
class Previewed:
    """What a month would come to if it were closed now, and what would stand in the way."""

    contract: str
    month: str
    lines: tuple[Line, ...]
    sums: Sums
    problems: tuple[ShownProblem, ...]


async def close(office: Office, params: Close) -> Closed:
    """Close a month for all contracts or one; all problems come back. Repeatable, and resumable after a crash."""
    month = Month.parse(params.month)
    of = await office.store.read(lambda c: only(c, params.contract))
    ask = Ask(month, of, params.dry_run, params.skip, params.reason)
    if not ask.dry_run:
        await office.store.run(lambda _: None)  # the trace of who closed the month; the batches leave none
    found = await closing.close(office.store.untraced(), office.sealer, office.signer, ask, progress())
    slugs = await office.store.read(slugs_of)
    return Closed(
        params.month, params.dry_run, found.blocked, found.contracts, found.closed, found.cases, found.invoices,
        found.corrections, tuple(_problem(one, slugs) for one in found.problems),
    )  # fmt: skip


def only(connection: Connection, contract: str | None) -> UUID | None:
    """The contract that was named; None for all."""
    return find_any(connection, contract).id if contract else None


def _problem(one: Problem, slugs: Mapping[UUID, str]) -> ShownProblem:
    of = str(one.contract_id) if one.contract_id else None
    subscriber = slugs.get(one.contract_id) if one.contract_id else None
    return ShownProblem(of, subscriber, one.wrong, one.right, one.may_override)


async def listing(office: Office, params: OfMonth) -> list[ClosedMonth]:
    """The contracts whose month is closed, by invoice number."""

    def read(connection: Connection) -> list[ClosedMonth]:
        slugs = slugs_of(connection)
        rows = closed.closed_in(connection, Month.parse(params.month)).values()
        return [
            ClosedMonth(str(r.contract_id), slugs[r.contract_id], r.plan, r.number, r.total_yen, r.closed_at)
            for r in sorted(rows, key=lambda r: (r.number is None, r.number or 0))
        ]

    return await office.store.read(read)


async def show(office: Office, params: OfContract) -> RatingEntry:
    """The rating entry of a closed month. Raises `RuleBroken` when it is not closed."""

    def read(connection: Connection) -> RatingEntry:
        one = find_any(connection, params.contract)
        month = _month(office, params.month)
        found = closed.entry_of(connection, one.id, month)
        if found is None:
            raise RuleBroken(f"{month} is not closed for contract {one.id} (smartdesk billing preview shows it)")
        return found

    return await office.store.read(read)


async def preview(office: Office, params: OfContract) -> Previewed:
    """What a month would come to if it were closed now."""

    def read(connection: Connection) -> Previewed:
        one = find_any(connection, params.contract)
        month = _month(office, params.month)
        found = rating.preview(connection, one.id, Month.parse(month))
        problems = tuple(_problem(problem, slugs_of(connection)) for problem in found.problems)
        return Previewed(str(one.id), month, found.rating.lines, found.sums, problems)

    return await office.store.read(read)


def _month(office: Office, written: str | None) -> str:
    return str(Month.parse(written)) if written else str(Month.of(tokyo_date(office.clock.now())))
