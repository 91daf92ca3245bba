"""R23, R25: retention and erasure. What has outlived its time goes, on any day the same; legal holds keep it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection, select

from smartdesk_pbx.contract.month import midnight, tokyo_date
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.retention import Holds, Limits, What, identity_is_due, limits
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import keep_lists
from smartdesk_pbx.office.case import read_id
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import contract, erase, hold, identity, outbox
from smartdesk_pbx.store.erase import Erased, Order
from smartdesk_pbx.store.forgotten import listed, remember
from smartdesk_pbx.store.tables import case_file
from smartdesk_pbx.store.tables.keeping import erasure
from smartdesk_pbx.store.wipe import wipe

Reason = Annotated[str, Field(min_length=1, max_length=1000)]
_BOTH: frozenset[What] = frozenset({"personal", "recordings"})


class Erase(Params):
    """What a person asked to be erased, or operations decided: one case, or all of a caller's."""

    case: str | None = None
    caller: str | None = None
    because: Literal["request", "decision"] = "request"
    recordings_only: bool = False
    reason: Reason
    by: str = "operations"


class Log(Params):
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100


@dataclass(frozen=True)
class Due:
    """What a retention run would erase now. `contract` None: cases that belong to none."""

    contract: str | None
    recordings: int
    personal: int
    recordings_before: date
    personal_before: date


@dataclass(frozen=True)
class Done:
    """What was erased: cases with their keys and recordings; sealed fields of people on file; letters; callers on
    lists. `wiped`: the database's leftovers are cleared too."""

    cases: int
    keys: int
    files: int
    kept_by_hold: int
    fields: int = 0
    letters: int = 0
    wiped: bool = True
    listed: int = 0


@dataclass(frozen=True)
class Erasure:
    """One line of the log."""

    at: datetime
    what: str
    subject: str
    keys: int
    files: int
    reason: str


async def due(office: Office, _: Params) -> list[Due]:
    """What has outlived its time, by contract; contracts with nothing due are left out. Holds are not looked at."""

    def look(connection: Connection) -> list[Due]:
        found = []
        for contract_id, until in _limits(office, connection):
            recordings, personal = erase.count_due(connection, contract_id, until)
            if recordings or personal:
                name = str(contract_id) if contract_id else None
                dates = tokyo_date(until.recordings_before), tokyo_date(until.personal_before)
                found.append(Due(name, recordings, personal, *dates))
        return found

    return await office.store.read(look)


async def run(office: Office, _: Params) -> Done:
    """Erase everything that has outlived its time. A second run finds nothing more to do."""
    found = Erased()
    everything = await office.store.read(lambda c: list(_limits(office, c)))
    for what in ("recordings", "personal"):
        order = Order(frozenset({what}), "retention", "its time is over", "smartdesk", office.ids.new)
        for contract_id, until in everything:
            found = found.plus(await _erase_due(office, contract_id, until, order))
    fields = await office.store.run(lambda c: _erase_people(office, c))
    letters = await office.store.run(lambda c: outbox.erase_sent(c, _before(office, c, "letters_kept_days")))
    callers = await office.store.run(lambda c: keep_lists.erase_ended(office, c))
    return await _finish(office, found, fields, letters, callers)


async def erase_now(office: Office, params: Erase) -> Done:
    """R23: erase a case, or all closed cases of a caller and their places on lists, on request. Raises `RuleBroken` for
    an open one, and where a legal hold keeps it."""
    if (params.case is None) == (params.caller is None):
        raise RuleBroken("name either a case or a caller's number")
    what: frozenset[What] = frozenset({"recordings"}) if params.recordings_only else _BOTH
    order = Order(what, params.because, params.reason, params.by, office.ids.new)

    def go(connection: Connection) -> tuple[Erased, int]:
        callers = kept = 0
        if params.case is not None:
            condition = case_file.c.call_id == read_id(params.case)
        else:
            number = checked(params.caller or "", office.settings.country)
            condition = case_file.c.caller_key == office.sealer.caller_key(number)
            if not params.recordings_only:
                callers, kept = keep_lists.erase_caller(office, connection, number, params.reason)
        cases = erase.subjects(connection, condition)
        done = erase.erase(connection, cases, order, hold.in_force(connection), office.store.now(connection))
        if (done.kept or kept) and not done.cases and not callers:
            raise RuleBroken("a legal hold keeps it (smartdesk hold list)")
        # Before the commit: what a crash leaves unwritten, a restored database would never forget again.
        remember(office.settings.home, done.subjects, what)
        return done, callers

    done, callers = await office.store.run(go)
    return await _finish(office, done, callers=callers)


async def forget_again(office: Office) -> Done:
    """After a restore: erase the cases and callers that the home's list names and the older database still has."""
    found = Erased()
    for what in ("recordings", "personal"):
        order = Order(frozenset({what}), "decision", "erased before the restore", "smartdesk", office.ids.new)
        cases = sorted({one.case for one in listed(office.settings.home) if what in one.what})
        for start in range(0, len(cases), erase.BATCH):
            some = case_file.c.call_id.in_(cases[start : start + erase.BATCH])
            found = found.plus(
                await office.store.run(
                    lambda c, some=some, order=order: erase.erase(  # type: ignore[misc]
                        c, erase.subjects(c, some), order, Holds(()), office.store.now(c)
                    )
                )
            )
    callers = await office.store.run(lambda c: keep_lists.erase_again(office, c))
    return await _finish(office, found, callers=callers)


async def log(office: Office, params: Log) -> list[Erasure]:
    """What was erased, newest first."""

    def look(connection: Connection) -> list[Erasure]:
        query = select(erasure).order_by(erasure.c.at.desc(), erasure.c.id).limit(params.limit)
        return [
            Erasure(row.at, row.what, str(row.subject), row.keys, row.files, row.reason)
            for row in connection.execute(query)
        ]

    return await office.store.read(look)


async def _erase_due(office: Office, contract_id: UUID | None, until: Limits, order: Order) -> Erased:
    found, after = Erased(), None
    (what,) = order.what
    while True:

        def batch(connection: Connection, after: UUID | None = after) -> tuple[Erased, UUID | None]:
            cases = erase.due(connection, contract_id, until, what, after)
            holds, now = hold.in_force(connection), office.store.now(connection)
            done = erase.erase(connection, cases, order, holds, now) if cases else Erased()
            remember(office.settings.home, done.subjects, order.what)  # before the commit, as above
            return done, cases[-1].call_id if cases else None

        done, after = await office.store.run(batch)
        found = found.plus(done)
        if after is None:
            return found


def _erase_people(office: Office, connection: Connection) -> int:
    today, now = tokyo_date(office.store.now(connection)), office.store.now(connection)
    holds = hold.in_force(connection)
    years = {id_: settings.identity_kept_years for id_, settings in _settings(connection)}
    fields = 0
    for who in identity.former(connection):
        kept_years = max(years[one] for one in who.contracts if one is not None)
        due_now = identity_is_due(who.ended_on, kept_years, today)
        if due_now and not holds.keeps_subscriber(who.subscriber_id, who.contracts):
            fields += identity.erase_subscriber(
                connection, who, reason="its time is over", now=now, new_id=office.ids.new
            )
    refused = identity.refused_before(connection, _before(office, connection, "refused_kept_days"))
    return fields + identity.erase_applications(
        connection, refused, reason="its time is over", now=now, new_id=office.ids.new
    )


async def _finish(office: Office, found: Erased, fields: int = 0, letters: int = 0, callers: int = 0) -> Done:
    """Remove the files that were ordered away, now or by a run that was killed; clear the database's leftovers."""
    files = await office.store.read(erase.to_remove)
    gone = await asyncio.to_thread(erase.remove_files, office.settings.recordings_dir, files)
    if gone:
        await office.store.run(lambda c: erase.removed(c, gone, office.store.now(c)))
    wiped = True
    if found.keys or fields or letters or callers:
        wiped = await asyncio.to_thread(wipe, office.settings)
    return Done(found.cases, found.keys, len(gone), found.kept, fields, letters, wiped, callers)


def _limits(office: Office, connection: Connection) -> Iterator[tuple[UUID | None, Limits]]:
    today = tokyo_date(office.store.now(connection))
    for contract_id, settings in _settings(connection):
        yield contract_id, limits(settings, today)


def _settings(connection: Connection) -> Iterator[tuple[UUID | None, ServiceSettings]]:
    """Those of each contract, and the built-in ones for cases that belong to none."""
    plans = {plan.id: plan.settings for plan in contract.plan_listing(connection)}
    for one in contract.listing(connection):
        yield one.id, effective(plans[one.plan], one.settings)
    yield None, ServiceSettings()


def _before(
    office: Office, connection: Connection, setting: Literal["letters_kept_days", "refused_kept_days"]
) -> datetime:
    today = tokyo_date(office.store.now(connection))
    days: int = getattr(office.settings, setting)
    return midnight(today - timedelta(days=days))
