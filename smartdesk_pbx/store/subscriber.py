"""Subscribers: who they are, the name that is announced for them, their emergency number (sealed)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables import subscriber as table


@dataclass(frozen=True)
class Subscriber:
    """A subscriber. Versions count the changes of the announced name and of the emergency number, from 0."""

    id: UUID
    slug: str
    name: str
    announced_name: str
    announced_reading: str
    announced_version: int
    announced_prompt: str | None
    emergency_sealed: bytes | None = field(repr=False)
    emergency_prompt: str | None
    emergency_version: int
    language: str
    created_at: datetime


def add(
    connection: Connection,
    *,
    id: UUID,
    slug: str,
    name: str,
    announced_name: str,
    announced_reading: str,
    announced_prompt: str | None = None,
    language: str = "ja",
    at: datetime,
) -> Subscriber:
    """A new subscriber without emergency number; the id is also its chain's. RuleBroken when the slug is taken."""
    row = Subscriber(
        id, slug, name, announced_name, announced_reading, 1, announced_prompt, None, None, 0, language, at
    )
    if connection.execute(select(table.c.id).where(table.c.slug == slug)).first():
        raise RuleBroken(f"subscriber {slug} exists already")
    try:
        connection.execute(insert(table).values(**vars(row)))
    except IntegrityError:
        raise RuleBroken(f"subscriber {slug} exists already") from None
    bump(connection)
    return row


def get(connection: Connection, slug: str) -> Subscriber:
    """The subscriber of that slug, or of that UUID written out. Raises RuleBroken when there is none."""
    try:
        found = connection.execute(select(table).where(table.c.id == UUID(slug))).first()
    except ValueError:
        found = connection.execute(select(table).where(table.c.slug == slug)).first()
    if found is None:
        raise RuleBroken(f"no subscriber {slug}")
    return Subscriber(**found._mapping)


def by_id(connection: Connection, id: UUID) -> Subscriber | None:
    """The subscriber with that id."""
    found = connection.execute(select(table).where(table.c.id == id)).first()
    return Subscriber(**found._mapping) if found else None


def listing(connection: Connection) -> list[Subscriber]:
    """All, in the order in which they were added."""
    return [Subscriber(**row._mapping) for row in connection.execute(select(table).order_by(table.c.created_at))]


def set_name(connection: Connection, id: UUID, name: str) -> None:
    """Change the full name, as on invoices (R14)."""
    connection.execute(update(table).where(table.c.id == id).values(name=name))


def set_announced(
    connection: Connection, id: UUID, *, name: str, reading: str, prompt: str | None, at_version: int | None = None
) -> int:
    """Change the name that is announced (R2.3); the new version. `at_version`: only if it is still this one."""
    return _change(
        connection, id, "announced_version", at_version,
        announced_name=name, announced_reading=reading, announced_prompt=prompt,
    )  # fmt: skip


def set_emergency(connection: Connection, sealer: Sealer, id: UUID, *, number: str | None, prompt: str | None) -> int:
    """Change the emergency number (R8.2), E.164, None takes it off file; the new version. In force at once."""
    version = connection.execute(select(table.c.emergency_version).where(table.c.id == id)).scalar_one()
    sealed = None if number is None else sealer.seal_value(number, _aad(id, version + 1))
    return _change(
        connection, id, "emergency_version", version,
        emergency_sealed=sealed, emergency_prompt=None if number is None else prompt,
    )  # fmt: skip


def emergency_of(sealer: Sealer, who: Subscriber) -> str | None:
    """The emergency number in clear, E.164. To be shown to nobody before its release (R8.2)."""
    if who.emergency_sealed is None:
        return None
    return sealer.open_value(who.emergency_sealed, _aad(who.id, who.emergency_version))


def _change(connection: Connection, id: UUID, counter: str, at_version: int | None, **columns: object) -> int:
    count = table.c[counter]
    change = update(table).where(table.c.id == id).values({counter: count + 1, **columns}).returning(count)
    if at_version is not None:
        change = change.where(count == at_version)
    new = connection.execute(change).scalar_one_or_none()
    if new is None:
        raise RuleBroken(f"subscriber {id} is gone or was changed meanwhile; look again")
    bump(connection)
    return int(new)


def _aad(id: UUID, version: int) -> str:
    return f"subscriber/{id}/emergency/{version}"
