"""Letters to be sent: written in the transaction of the change that they tell, sent after its commit by `report/`.

What stands in a letter (address, subject, text, attachments) is sealed: it names subscribers and callers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection, Row, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables.numbers import outbox as table

State = Literal["queued", "sent", "failed"]

_NAMES = UUID("7a4e0f0e-5a0c-4a53-9a8e-7a35e5d5a2c1")
"""Under which a letter's id is derived from its key: the same letter has the same Message-ID, however often sent."""


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes with a letter; `media` such as `application/pdf`."""

    name: str
    media: str
    content: bytes


class Letter(msgspec.Struct, frozen=True):
    """One mail to one address. Plain text."""

    to: str
    subject: str
    body: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Queued:
    """A row of the outbox. Times aware UTC; `last_error` "" when none."""

    id: UUID
    key: str
    subscriber_id: UUID | None
    state: State
    created_at: datetime
    next_at: datetime
    attempts: int
    sent_at: datetime | None
    last_error: str


def put(
    connection: Connection,
    sealer: Sealer,
    *,
    key: str,
    to: str,
    subject: str,
    body: str,
    at: datetime,
    attachments: Sequence[Attachment] = (),
    subscriber_id: UUID | None = None,
) -> bool:
    """Queue a letter in the caller's transaction; False when one of this key is there already (a repeat is a no-op).

    `key`: what the letter tells, and to whom (`invoice:17:ADDRESS-HASH`); `address_key` makes the last part.
    """
    id_ = uuid5(_NAMES, key)
    letter = Letter(to, subject, body, tuple(attachments))
    row = {
        "id": id_, "key": key, "subscriber_id": subscriber_id, "state": "queued", "created_at": at, "next_at": at,
        "sealed": sealer.seal_value(msgspec.json.encode(letter).decode(), _aad(id_)), "attempts": 0, "last_error": "",
    }  # fmt: skip
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return connection.execute(make(table).values(row).on_conflict_do_nothing()).rowcount == 1


def address_key(sealer: Sealer, to: str) -> str:
    """A mail address as part of a key: 16 hex digits under the installation's key, the address in clear nowhere."""
    return sealer.caller_key(to.strip().lower())[:16]


def claim(connection: Connection, now: datetime, *, lease_s: float, most: int) -> list[Queued]:
    """Letters that are due, kept from other senders for `lease_s`; oldest first. A sender that dies loses nothing:
    they are due again when the lease is over."""
    due = (
        select(table.c.id)
        .where(table.c.state == "queued", table.c.next_at <= now)
        .where(or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now))
        .order_by(table.c.next_at, table.c.key)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(due).scalars())
    lease = update(table).where(table.c.id.in_(ids)).values(claimed_until=now + timedelta(seconds=lease_s))
    connection.execute(lease)
    rows = connection.execute(select(table).where(table.c.id.in_(ids)).order_by(table.c.next_at, table.c.key))
    return [_queued(row) for row in rows]


def open_letter(connection: Connection, sealer: Sealer, id: UUID) -> Letter:
    """What stands in a letter. Raises `RuleBroken` when there is none, or its text has been erased."""
    sealed = connection.execute(select(table.c.sealed).where(table.c.id == id)).scalar_one_or_none()
    if sealed is None:
        raise RuleBroken(f"letter {id}: there is none, or its text was erased (smartdesk outbox list shows them)")
    return msgspec.json.decode(sealer.open_value(sealed, _aad(id)), type=Letter)


def sent(connection: Connection, id: UUID, at: datetime) -> None:
    """The mail server has taken the letter."""
    _change(connection, id, state="sent", sent_at=at, attempts=table.c.attempts + 1, last_error="")


def postponed(connection: Connection, id: UUID, next_at: datetime, error: str, *, attempts: int) -> None:
    """It could not be sent now, after so many attempts in all; it is due again at `next_at`."""
    _change(connection, id, next_at=next_at, attempts=attempts, last_error=error)


def failed(connection: Connection, id: UUID, error: str) -> None:
    """It will not be sent: the address is refused, or too many attempts were made. A person has to look."""
    _change(connection, id, state="failed", attempts=table.c.attempts + 1, last_error=error)


def retry(connection: Connection, id: UUID, at: datetime) -> None:
    """Send a failed letter after all. Raises `RuleBroken` when it is not a failed one."""
    change = update(table).where(table.c.id == id, table.c.state == "failed", table.c.sealed.is_not(None))
    if connection.execute(change.values(state="queued", next_at=at, claimed_until=None)).rowcount == 0:
        raise RuleBroken(f"letter {id} is no failed one (smartdesk outbox list --state failed shows them)")


def erase_sent(connection: Connection, before: datetime) -> int:
    """Erase the text of letters sent before that time, and of those that failed and are as old; how many. The row
    stays: that a letter went out."""
    sent = and_(table.c.state == "sent", table.c.sent_at < before)
    failed = and_(table.c.state == "failed", table.c.created_at < before)
    old = update(table).where(or_(sent, failed), table.c.sealed.is_not(None))
    return connection.execute(old.values(sealed=None)).rowcount


def listing(connection: Connection, *, state: State | None = None, subscriber_id: UUID | None = None) -> list[Queued]:
    """Letters, oldest first: all, or those of one state or subscriber."""
    query = select(table).order_by(table.c.created_at, table.c.key)
    if state is not None:
        query = query.where(table.c.state == state)
    if subscriber_id is not None:
        query = query.where(table.c.subscriber_id == subscriber_id)
    return [_queued(row) for row in connection.execute(query)]


def counts(connection: Connection) -> dict[State, int]:
    """How many letters there are in each state."""
    rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
    return {state: int(count) for state, count in rows}


def _change(connection: Connection, id: UUID, **columns: object) -> None:
    connection.execute(update(table).where(table.c.id == id).values(claimed_until=None, **columns))


def _queued(row: Row[Any]) -> Queued:
    return Queued(
        row.id, row.key, row.subscriber_id, row.state, row.created_at, row.next_at, row.attempts, row.sent_at,
        row.last_error,
    )  # fmt: skip


def _aad(id: UUID) -> str:
    return f"outbox/{id}"
