"""Complaints (R8.4) and forbidden use (R8.3): how subscribers stand, dossiers, and the decision on one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract.complaint import Use
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.office.dossier import settle
from smartdesk_pbx.office.mark import Reason
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, identifier
from smartdesk_pbx.office.subscriber import Line
from smartdesk_pbx.store import complaint as table
from smartdesk_pbx.store import contract, mark, outbox, recording, subscriber
from smartdesk_pbx.store.case import CaseFile, file_of


class Listing(Params):
    state: Literal["open", "kept", "suspended"] | None = None


class Which(Params):
    dossier: str


class Decide(Which):
    """`suspend` False: the contract goes on."""

    suspend: bool
    reason: Reason
    by: Line = "operations"


class OfMonth(Params):
    """`month`: as 2026-11; None: this one."""

    month: str | None = None


@dataclass(frozen=True)
class Count:
    """Complaints about one subscriber. `in_window`: those of the last `window_days` that still count."""

    subscriber: str
    in_force: int
    in_window: int
    threshold: int
    window_days: int
    dossier: str | None


@dataclass(frozen=True)
class Shown:
    """A dossier in a list."""

    dossier: str
    subscriber: str
    contract: str
    state: str
    opened_at: datetime
    complaints: int
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True)
class Call:
    """One complaint of a dossier. `withdrawn`: the mark was taken back since."""

    case_id: str
    arrived_at: datetime
    number: str
    agent: str | None
    outcome: str | None
    marks: tuple[str, ...]
    withdrawn: bool
    recordings: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    """A notice to the subscriber; its text is in the outbox."""

    created_at: datetime
    about: str
    state: str
    sent_at: datetime | None


@dataclass(frozen=True)
class ShownWhole(Shown):
    """A dossier with its evidence: the calls with their recordings, and the notices sent."""

    threshold: int
    window_days: int
    calls: tuple[Call, ...]
    notices: tuple[Letter, ...]


@dataclass(frozen=True)
class Share:
    """R8.3: forbidden use of one subscriber in a month. `too_much`: at or over the setting `forbidden_use_percent`."""

    subscriber: str
    month: str
    calls: int
    forbidden: int
    percent: float
    limit_percent: int
    too_much: bool


async def counts(office: Office, _: Params) -> list[Count]:
    """How every subscriber with complaints stands, most complaints first."""

    def look(connection: Connection) -> list[Count]:
        now = office.store.now(connection)
        found = [_count(connection, one, now) for one in table.complained_of(connection)]
        return sorted(found, key=lambda c: (-c.in_window, -c.in_force, c.subscriber))

    return await office.store.read(look)


async def listing(office: Office, params: Listing) -> list[Shown]:
    """Dossiers, newest first."""
    return await office.store.read(
        lambda c: [Shown(**_columns(c, one)) for one in table.listing(c, state=params.state)]
    )


async def show(office: Office, params: Which) -> ShownWhole:
    """One dossier with its evidence."""
    return await office.store.read(lambda c: _whole(c, table.get(c, _id(params.dossier))))


async def decide(office: Office, params: Decide) -> ShownWhole:
    """Article 8.4: suspend the contract of a dossier, or let it go on; with a reason, once."""

    def store(connection: Connection) -> ShownWhole:
        decided = settle(
            office, connection, _id(params.dossier), "suspended" if params.suspend else "kept",
            by=params.by, reason=params.reason, now=office.store.now(connection),
        )  # fmt: skip
        return _whole(connection, decided)

    return await office.store.run(store)


async def use(office: Office, params: OfMonth) -> list[Share]:
    """R8.3: each subscriber's share of forbidden use in a month, highest first."""

    def look(connection: Connection) -> list[Share]:
        today = tokyo_date(office.store.now(connection))
        month = Month.parse(params.month) if params.month else Month.of(today)
        found = table.use_of_all(connection, month.starts_at, month.ends_at)
        shares = [_share(connection, who, month, found) for who in found]
        return sorted(shares, key=lambda s: (-s.percent, s.subscriber))

    return await office.store.read(look)


def _count(connection: Connection, subscriber_id: UUID, now: datetime) -> Count:
    settings = _settings(connection, subscriber_id)
    days = settings.complaint_window_days
    recent = [c for c in table.counted(connection, subscriber_id) if (now - c.arrived_at).days < days]
    waiting = table.open_of(connection, subscriber_id)
    return Count(
        _slug(connection, subscriber_id), len(table.all_of(connection, subscriber_id)), len(recent),
        settings.complaint_threshold, days, str(waiting.id) if waiting else None,
    )  # fmt: skip


def _share(connection: Connection, subscriber_id: UUID, month: Month, found: Mapping[UUID, Use]) -> Share:
    one, limit = found[subscriber_id], _settings(connection, subscriber_id).forbidden_use_percent
    return Share(
        _slug(connection, subscriber_id), str(month), one.calls, one.forbidden, one.percent, limit, one.too_much(limit)
    )


def _settings(connection: Connection, subscriber_id: UUID) -> ServiceSettings:
    """Those of the subscriber's latest contract that has not ended, else of the latest."""
    contracts = contract.listing(connection, subscriber_id)
    running = [one for one in contracts if one.state != "ended"] or contracts
    return contract.settings_of(connection, running[-1].id) if running else effective({}, {})


def _columns(connection: Connection, one: table.Dossier) -> dict[str, Any]:
    return {
        "dossier": str(one.id), "subscriber": _slug(connection, one.subscriber_id), "contract": str(one.contract_id),
        "state": one.state, "opened_at": one.opened_at, "complaints": len(table.cases_of(connection, one.id)),
        "decided_at": one.decided_at, "decided_by": one.decided_by, "reason": one.reason,
    }  # fmt: skip


def _whole(connection: Connection, one: table.Dossier) -> ShownWhole:
    files = [file_of(connection, call) for call in table.cases_of(connection, one.id)]
    letters = outbox.listing(connection, subscriber_id=one.subscriber_id)
    return ShownWhole(
        **_columns(connection, one),
        threshold=one.threshold,
        window_days=one.window_days,
        calls=tuple(_call(connection, file) for file in files if file),
        notices=tuple(Letter(one.created_at, one.key.partition(":")[0], one.state, one.sent_at) for one in letters),
    )


def _call(connection: Connection, file: CaseFile) -> Call:
    names = tuple(one.name for one in mark.of_call(connection, file.call_id) if one.kind == "mark")
    kept = tuple(one.file for one in recording.of_call(connection, file.call_id))
    return Call(
        str(file.call_id), file.invited_at, file.number, file.agent, file.outcome, names, "complaint" not in names, kept
    )


def _slug(connection: Connection, subscriber_id: UUID) -> str:
    who = subscriber.by_id(connection, subscriber_id)
    return who.slug if who else str(subscriber_id)


def _id(text: str) -> UUID:
    return identifier(text, "dossier", "complaint")
