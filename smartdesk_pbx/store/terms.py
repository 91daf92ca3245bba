"""Versions of the terms (R31), and who consented to which, when and how (R4.1, R31.4)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, exists, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from smartdesk_pbx.contract.month import midnight, tokyo_date
from smartdesk_pbx.contract.notice import Notice
from smartdesk_pbx.contract.settings import effective
from smartdesk_pbx.contract.terms import Consent, Version, check_effective, digest, in_force, letter_text
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import notice
from smartdesk_pbx.store.outbox import Attachment
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables import case_file, contract, plan, subscriber
from smartdesk_pbx.store.tables.numbers import terms_consent as consents
from smartdesk_pbx.store.tables.numbers import terms_version as table


@dataclass(frozen=True)
class Consented:
    """That a subscriber consented to a version."""

    subscriber_id: UUID
    version: str
    at: datetime
    how: Consent
    by: str


def add(
    connection: Connection, sealer: Sealer, *, version: str, title: str, text: str, effective_on: date, at: datetime,
    by: str, notice_id: UUID,
) -> Version:  # fmt: skip
    """A new version, and the notice of it to all subscribers, in the caller's transaction (Article 31.3).

    Raises `RuleBroken` when the name is taken or the notice would come too late."""
    known = listing(connection)
    if any(one.version == version for one in known):
        raise RuleBroken(f"version {version} exists already, and what was said is not changed; name a new one")
    check_effective(effective_on, tokyo_date(at), known)
    new = Version(version, title, text, digest(text), effective_on, at)
    connection.execute(insert(table).values(**vars(new), added_by=by))
    if known:
        told = Notice(
            notice_id, "terms", "all", "", midnight(effective_on), None, None, f"{title}（{version}）", letter_text(new)
        )
        file = Attachment(f"terms-{version}.txt", "text/plain", text.encode())
        notice.put(connection, sealer, told, at=at, by=by, terms_version=version, attachments=[file])
    return new


def listing(connection: Connection) -> list[Version]:
    """All versions, in the order in which they come into force."""
    return [_version(row) for row in connection.execute(select(table).order_by(table.c.effective_on, table.c.added_at))]


def get(connection: Connection, version: str) -> Version:
    """A version. Raises `RuleBroken` when there is none of that name."""
    found = connection.execute(select(table).where(table.c.version == version)).first()
    if found is None:
        raise RuleBroken(f"there is no version {version!r} of the terms (smartdesk terms list shows them)")
    return _version(found)


def current(connection: Connection, on: date) -> Version | None:
    """The version in force on that day (Tokyo); None before the first."""
    return in_force(listing(connection), on)


def consent(
    connection: Connection, subscriber_id: UUID, version: str, *, at: datetime, how: Consent, by: str = ""
) -> bool:
    """Record that a subscriber consented to a version; False when they had already: the first one counts (R31.4)."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"id": uuid4(), "subscriber_id": subscriber_id, "version": version, "at": at, "how": how, "by": by}
    return connection.execute(make(consents).values(row).on_conflict_do_nothing()).rowcount == 1


def used(connection: Connection, subscriber_id: UUID, at: datetime, how: Consent) -> Version | None:
    """Article 31.4: a subscriber uses the service at that time, which counts as consent to the version then in force.
    The version when this was the first such use, None when there was nothing to consent to."""
    version = current(connection, tokyo_date(at))
    if version is None or not consent(connection, subscriber_id, version.version, at=at, how=how):
        return None
    return version


def count_calls(connection: Connection, at: datetime) -> int:
    """Article 31.4 where `calls_count_as_use` is on: the first accepted call since the version in force came into
    force is the use; how many consents were recorded. A repeat records nothing."""
    version = current(connection, tokyo_date(at))
    if version is None:
        return 0
    given = exists().where(consents.c.subscriber_id == contract.c.subscriber_id, consents.c.version == version.version)
    query = (
        select(contract.c.id, contract.c.subscriber_id, contract.c.settings, plan.c.settings.label("plan_settings"))
        .join_from(contract, plan)
        .where(contract.c.state != "ended", ~given)
    )
    counted = 0
    for row in connection.execute(query).all():
        if effective(row.plan_settings, row.settings).calls_count_as_use:
            first = _first_call(connection, row.id, midnight(version.effective_on))
            if first is not None and first <= at:
                counted += consent(connection, row.subscriber_id, version.version, at=first, how="call")
    return counted


def consented(
    connection: Connection, *, subscriber_id: UUID | None = None, version: str | None = None
) -> list[Consented]:
    """Who consented to what, oldest first: all, or of one subscriber or version."""
    query = select(consents).order_by(consents.c.at, consents.c.id)
    if subscriber_id is not None:
        query = query.where(consents.c.subscriber_id == subscriber_id)
    if version is not None:
        query = query.where(consents.c.version == version)
    return [Consented(r.subscriber_id, r.version, r.at, r.how, r.by) for r in connection.execute(query)]


def missing(connection: Connection, version: str) -> list[UUID]:
    """The subscribers with a contract that has not ended who did not consent to that version (yet)."""
    given = select(consents.c.subscriber_id).where(consents.c.version == version)
    running = select(contract.c.subscriber_id).where(contract.c.state != "ended")
    query = select(subscriber.c.id).where(subscriber.c.id.in_(running), subscriber.c.id.not_in(given))
    return list(connection.execute(query.order_by(subscriber.c.created_at)).scalars())


def _first_call(connection: Connection, contract_id: UUID, since: datetime) -> datetime | None:
    query = select(func.min(case_file.c.invited_at)).where(
        case_file.c.contract_id == contract_id, case_file.c.decision == "accepted", case_file.c.invited_at >= since
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def _version(row: Row[Any]) -> Version:
    return Version(row.version, row.title, row.text, row.sha256, row.effective_on, row.added_at)
