"""Notices (R13, R21, R30, R31): kept, in force for routing, and whom they were told to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, or_, select, update

from smartdesk_pbx.contract.notice import Notice, Timing, check_span, ending_letter, letter, timing
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import detail, outbox
from smartdesk_pbx.store.outbox import Attachment
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables import case_event, contract, subscriber
from smartdesk_pbx.store.tables.numbers import notice as table
from smartdesk_pbx.store.tables.numbers import notice_told as told


@dataclass(frozen=True)
class Kept:
    """A notice as stored, with who made it. `withdrawn_at`: it does not take place after all."""

    notice: Notice
    terms_version: str | None
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Told:
    """R13.2: a subscriber who was told. `letters`: how many mails were queued; 0: on the web page alone."""

    subscriber_id: UUID
    told_at: datetime
    timing: Timing
    letters: int


def put(
    connection: Connection, sealer: Sealer, notice: Notice, *, at: datetime, by: str, terms_version: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> list[Told]:  # fmt: skip
    """Keep a notice, tell everybody whom it concerns, and let routing know; whom it was told to.

    Raises `RuleBroken` for an empty span.
    """
    check_span(notice.from_at, notice.to_at)
    more = {"created_at": at, "created_by": by, "terms_version": terms_version}
    connection.execute(insert(table).values(**vars(notice), **more))
    bump(connection)
    return tell(connection, sealer, notice, at=at, attachments=attachments)


def end(connection: Connection, sealer: Sealer, id: UUID, *, at: datetime, by: str) -> Kept:
    """End a notice now, or withdraw one that has not begun; everybody who was told is told that too.

    Raises `RuleBroken` when it is over already, or tells of new terms."""
    kept = get(connection, id)
    notice = kept.notice
    if notice.kind == "terms":
        raise RuleBroken("a new version of the terms is not withdrawn by its notice; add another version")
    if kept.withdrawn_at or (notice.to_at and notice.to_at <= at):
        raise RuleBroken(f"notice {id} is over already")
    change = {"to_at": at} if notice.from_at < at else {"withdrawn_at": at, "withdrawn_by": by}
    connection.execute(update(table).where(table.c.id == id).values(change))
    bump(connection)
    for one in told_of(connection, id):
        name = _names(connection)[one.subscriber_id]
        subject, body = ending_letter(notice, name, at)
        _post(connection, sealer, one.subscriber_id, f"notice-end:{id}", subject, body, at, ())
    return get(connection, id)


def tell(
    connection: Connection, sealer: Sealer, notice: Notice, *, at: datetime, attachments: Sequence[Attachment] = ()
) -> list[Told]:
    """R13.2: tell those whom it concerns and who have not heard of it yet (a contract may have come since)."""
    heard = {one.subscriber_id for one in told_of(connection, notice.id)}
    names = _names(connection)
    new: list[Told] = []
    for subscriber_id in sorted(concerned(connection, notice) - heard):
        when = timing(at, notice.from_at)
        subject, body = letter(notice, names[subscriber_id], when)
        letters = _post(connection, sealer, subscriber_id, f"notice:{notice.id}", subject, body, at, attachments)
        new.append(Told(subscriber_id, at, when, letters))
        connection.execute(insert(told).values(notice_id=notice.id, **vars(new[-1])))
    return new


def tell_newcomers(connection: Connection, sealer: Sealer, *, at: datetime) -> int:
    """Tell the notices that are not over to subscribers whom they have come to concern since; how many were told."""
    query = select(table).where(table.c.withdrawn_at.is_(None), or_(table.c.to_at.is_(None), table.c.to_at > at))
    notices = [_kept(row).notice for row in connection.execute(query)]
    # New terms in force are what a newcomer has consented to already.
    return sum(len(tell(connection, sealer, n, at=at)) for n in notices if n.kind != "terms" or at < n.from_at)


def concerned(connection: Connection, notice: Notice) -> set[UUID]:
    """The subscribers with a contract that has not ended and that the notice touches."""
    rows = connection.execute(select(contract).where(contract.c.state != "ended"))
    return {r.subscriber_id for r in rows if notice.concerns(node=None, plan=r.plan, contract_id=r.id)}


def for_routing(connection: Connection, at: datetime) -> tuple[Notice, ...]:
    """The notices that calls may meet from now on, whether they run already or begin later."""
    query = select(table).where(
        table.c.kind != "terms", table.c.withdrawn_at.is_(None), or_(table.c.to_at.is_(None), table.c.to_at > at)
    )
    return tuple(_kept(row).notice for row in connection.execute(query.order_by(table.c.from_at, table.c.id)))


def get(connection: Connection, id: UUID) -> Kept:
    """A notice. Raises `RuleBroken` when there is none of that id."""
    row = connection.execute(select(table).where(table.c.id == id)).first()
    if row is None:
        raise RuleBroken(f"there is no notice {id} (smartdesk notice list shows them)")
    return _kept(row)


def listing(connection: Connection, *, subscriber_id: UUID | None = None) -> list[Kept]:
    """All notices, the newest first, or those that a subscriber was told of: their page of notices (R13.2)."""
    query = select(table).order_by(table.c.from_at.desc(), table.c.id)
    if subscriber_id is not None:
        query = query.join(told, told.c.notice_id == table.c.id).where(told.c.subscriber_id == subscriber_id)
    return [_kept(row) for row in connection.execute(query)]


def told_of(connection: Connection, id: UUID) -> list[Told]:
    """Who was told of a notice, and when."""
    rows = connection.execute(select(told).where(told.c.notice_id == id).order_by(told.c.told_at, told.c.subscriber_id))
    return [Told(row.subscriber_id, row.told_at, row.timing, row.letters) for row in rows]


def calls_met(connection: Connection, id: UUID) -> list[UUID]:
    """The calls that met a notice, oldest first: their first event names it."""
    query = select(case_event.c.call_id).where(
        case_event.c.kind == "call.arrived", case_event.c.open.contains(f'"notice_id":"{id}"')
    )
    return list(connection.execute(query.order_by(case_event.c.at)).scalars())


def _post(
    connection: Connection, sealer: Sealer, subscriber_id: UUID, key: str, subject: str, body: str, at: datetime,
    attachments: Sequence[Attachment],
) -> int:  # fmt: skip
    return sum(
        outbox.put(
            connection, sealer, key=f"{key}:{subscriber_id}:{outbox.address_key(sealer, to)}", to=to, subject=subject,
            body=body, at=at, attachments=attachments, subscriber_id=subscriber_id,
        )
        for to in detail.mail_addresses(connection, sealer, subscriber_id)
    )  # fmt: skip


def _names(connection: Connection) -> dict[UUID, str]:
    return {row.id: row.name for row in connection.execute(select(subscriber.c.id, subscriber.c.name))}


def _kept(row: Row[Any]) -> Kept:
    notice = Notice(row.id, row.kind, row.scope, row.target, row.from_at, row.to_at, row.prompt, row.subject, row.body)
    return Kept(notice, row.terms_version, row.created_at, row.created_by, row.withdrawn_at)
