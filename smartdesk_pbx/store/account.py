"""Accounts that people sign in with, their sessions and resets (R5). Tokens are stored as hashes only."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from smartdesk_pbx.contract.access import Role
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables.accounts import account as table
from smartdesk_pbx.store.tables.accounts import password_reset, session


@dataclass(frozen=True)
class Account:
    """One account. `state`: open, stolen (locked until a reset), closed. `password`: an argon2 hash."""

    id: UUID
    name: str
    role: Role
    subscriber_id: UUID | None
    agent: str | None
    password: str | None = field(repr=False)
    state: Literal["open", "stolen", "closed"]
    reason: str | None
    failures: int
    locked_until: datetime | None
    created_at: datetime

    def shut(self, now: datetime) -> bool:
        """True when nobody can sign in now, whatever the password."""
        return self.state != "open" or (self.locked_until is not None and now < self.locked_until)


@dataclass(frozen=True)
class Session:
    """One sign-in. `address` and `program` are what the account's holder is shown (R5: no sharing)."""

    id: UUID
    token: str = field(repr=False)
    account_id: UUID
    opened_at: datetime
    seen_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    address: str
    program: str


def digest(token: str) -> str:
    """As tokens are stored: a copy of the database opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    connection: Connection,
    *,
    id: UUID,
    name: str,
    role: Role,
    at: datetime,
    subscriber_id: UUID | None = None,
    agent: str | None = None,
) -> Account:
    """A new account without password: the first one is set through a reset. RuleBroken when the name is taken."""
    row = Account(id, name, role, subscriber_id, agent, None, "open", None, 0, None, at)
    if connection.execute(select(table.c.id).where(table.c.name == name)).first():
        raise RuleBroken(f"an account {name} exists already")
    try:
        connection.execute(insert(table).values(**vars(row)))
    except IntegrityError:
        raise RuleBroken(f"account {name}: no such subscriber or agent, or the name is taken") from None
    return row


def get(connection: Connection, name: str) -> Account:
    """The account of that name. Raises RuleBroken when there is none."""
    found = find(connection, name)
    if found is None:
        raise RuleBroken(f"no account {name} (smartdesk account list shows them)")
    return found


def find(connection: Connection, name: str) -> Account | None:
    """The account of that name, locked for a change on PostgreSQL, or None."""
    row = connection.execute(select(table).where(table.c.name == name).with_for_update()).first()
    return Account(**row._mapping) if row else None


def by_id(connection: Connection, id: UUID) -> Account:
    """The account with that id, which exists."""
    return Account(**connection.execute(select(table).where(table.c.id == id)).one()._mapping)


def listing(connection: Connection) -> list[Account]:
    """All, by name."""
    return [Account(**row._mapping) for row in connection.execute(select(table).order_by(table.c.name))]


def change(connection: Connection, id: UUID, **columns: Any) -> None:
    """Set columns of one account."""
    connection.execute(update(table).where(table.c.id == id).values(**columns))


def open_session(connection: Connection, new: Session) -> None:
    """Store a sign-in."""
    connection.execute(insert(session).values(**vars(new)))


def session_of(connection: Connection, token: str, now: datetime) -> tuple[Session, Account] | None:
    """The open session of this token and its account; None when it has ended, was revoked or never was."""
    row = connection.execute(select(session).where(session.c.token == digest(token))).first()
    if row is None:
        return None
    found = Session(**row._mapping)
    holder = by_id(connection, found.account_id)
    if found.revoked_at or now >= found.ends_at or holder.state != "open":
        return None
    return found, holder


def seen(connection: Connection, id: UUID, now: datetime, ends_at: datetime) -> None:
    """The session is in use and lives on until `ends_at`."""
    connection.execute(update(session).where(session.c.id == id).values(seen_at=now, ends_at=ends_at))


def open_sessions(connection: Connection, account_id: UUID, now: datetime) -> list[Session]:
    """The sessions of an account that are open now, oldest first."""
    mine = session.c.account_id == account_id
    query = select(session).where(mine, session.c.revoked_at.is_(None), session.c.ends_at > now)
    return [Session(**row._mapping) for row in connection.execute(query.order_by(session.c.opened_at))]


def revoke(connection: Connection, account_id: UUID, now: datetime, only: UUID | None = None) -> int:
    """Close all open sessions of an account, or one of them; how many were closed."""
    query = update(session).where(session.c.account_id == account_id, session.c.revoked_at.is_(None))
    if only is not None:
        query = query.where(session.c.id == only)
    return connection.execute(query.values(revoked_at=now)).rowcount


def add_reset(connection: Connection, account_id: UUID, token: str, now: datetime, lives: timedelta) -> None:
    """A token that may set one new password; those given before are void."""
    others = update(password_reset).where(password_reset.c.account_id == account_id)
    connection.execute(others.where(password_reset.c.used_at.is_(None)).values(used_at=now))
    row = {"token": digest(token), "account_id": account_id, "ends_at": now + lives}
    connection.execute(insert(password_reset).values(**row))


def use_reset(connection: Connection, token: str, now: datetime) -> Account:
    """The account whose password this token may set, once. Raises RuleBroken when it is used, late or unknown."""
    fits = (password_reset.c.token == digest(token), password_reset.c.used_at.is_(None), password_reset.c.ends_at > now)
    taken = update(password_reset).where(*fits).values(used_at=now).returning(password_reset.c.account_id)
    account_id = connection.execute(taken).scalar_one_or_none()
    if account_id is None:
        raise RuleBroken("this reset is not valid any more; ask operations for another one")
    return by_id(connection, account_id)
