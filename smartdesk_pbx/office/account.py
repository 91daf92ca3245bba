"""Accounts (R4.3, R5): who may sign in, resets, theft, sessions. Signing in itself: office/sign_in.py."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.access import Role
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import account as table
from smartdesk_pbx.store import agent, subscriber

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.@_+-]{1,79}$")]
"""What one signs in with: a short name or a mail address."""


class Add(Params):
    account: Name
    role: Role
    subscriber: str | None = None
    agent: str | None = None


class Which(Params):
    account: str


class Close(Which):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class Revoke(Which):
    session: UUID | None = None


@dataclass(frozen=True)
class Shown:
    account: str
    role: Role
    subscriber: str | None
    agent: str | None
    state: str
    """open, locked, stolen, closed, or new: no password was set yet."""
    reason: str | None
    sessions: int
    created_at: datetime


@dataclass(frozen=True)
class ShownSession:
    """R5: what shows that somebody else is signed in too."""

    session: UUID
    opened_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    program: str


@dataclass(frozen=True)
class Reset:
    """A token with which the holder sets a new password; shown once."""

    account: str
    reset: str
    valid_until: datetime


async def add(office: Office, params: Add) -> Reset:
    """A new account and the token with which its holder sets the first password."""

    def store(connection: Connection) -> Reset:
        now = office.store.now(connection)
        _check_holder(params)
        whose = subscriber.get(connection, params.subscriber).id if params.subscriber else None
        if params.agent:
            agent.get(connection, params.agent)
        new = table.issue(
            connection, id=office.ids.new(), name=params.account, role=params.role, at=now,
            subscriber_id=whose, agent=params.agent,
        )  # fmt: skip
        return _reset(office, connection, new, now)

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Shown]:
    """All accounts by name."""
    return await office.store.read(lambda c: [_shown(office, c, one) for one in table.listing(c)])


async def show(office: Office, params: Which) -> Shown:
    """One account."""
    return await office.store.read(lambda c: _shown(office, c, table.get(c, params.account)))


async def sessions(office: Office, params: Which) -> list[ShownSession]:
    """R5: where an account is signed in now."""
    return await office.store.read(lambda c: open_sessions(office, c, table.get(c, params.account).id))


async def reset(office: Office, params: Which) -> Reset:
    """A token for a new password. The old password and the sessions stay good until it is used."""

    def store(connection: Connection) -> Reset:
        one = table.get(connection, params.account)
        if one.state == "closed":
            raise RuleBroken(f"account {one.name} is closed: {one.reason}")
        return _reset(office, connection, one, office.store.now(connection))

    return await office.store.run(store)


async def stolen(office: Office, params: Which) -> Reset:
    """R5: theft was reported. Locked at once, all sessions closed; only the new token opens it again."""

    def store(connection: Connection) -> Reset:
        one = table.get(connection, params.account)
        if one.state == "closed":
            raise RuleBroken(f"account {one.name} is closed: {one.reason}")
        now = office.store.now(connection)
        table.change(connection, one.id, state="stolen", reason="reported stolen", password=None)
        table.revoke(connection, one.id, now)
        return _reset(office, connection, one, now)

    return await office.store.run(store)


async def close(office: Office, params: Close) -> Shown:
    """Nobody signs in with this account again; its name stays taken, for the audit trail names it."""

    def store(connection: Connection) -> Shown:
        one = table.get(connection, params.account)
        table.change(connection, one.id, state="closed", reason=params.reason, password=None)
        table.revoke(connection, one.id, office.store.now(connection))
        return _shown(office, connection, table.by_id(connection, one.id))

    return await office.store.run(store)


async def unlock(office: Office, params: Which) -> Shown:
    """End the lock that follows too many wrong passwords."""

    def store(connection: Connection) -> Shown:
        one = table.get(connection, params.account)
        table.change(connection, one.id, failures=0, locked_until=None)
        return _shown(office, connection, table.by_id(connection, one.id))

    return await office.store.run(store)


async def revoke(office: Office, params: Revoke) -> list[ShownSession]:
    """Close one session of an account, or all; what is still open."""

    def store(connection: Connection) -> list[ShownSession]:
        one = table.get(connection, params.account)
        closed = table.revoke(connection, one.id, office.store.now(connection), params.session)
        if params.session and not closed:
            raise RuleBroken(f"account {one.name} has no open session {params.session}")
        return open_sessions(office, connection, one.id)

    return await office.store.run(store)


def open_sessions(office: Office, connection: Connection, account_id: UUID) -> list[ShownSession]:
    """As its holder and operations see them, oldest first."""
    found = table.open_sessions(connection, account_id, office.store.now(connection))
    return [ShownSession(s.id, s.opened_at, s.seen_at, s.ends_at, s.address, s.program) for s in found]


def _check_holder(params: Add) -> None:
    for role, given in (("subscriber", params.subscriber), ("agent", params.agent)):
        if (params.role == role) != (given is not None):
            raise RuleBroken(f"{role}: needed for the role {role}, and for no other")


def _reset(office: Office, connection: Connection, one: table.Account, now: datetime) -> Reset:
    token = secrets.token_urlsafe(24)
    lives = timedelta(seconds=office.settings.reset_s)
    table.add_reset(connection, one.id, token, now, lives)
    return Reset(one.name, token, now + lives)


def _shown(office: Office, connection: Connection, one: table.Account) -> Shown:
    now = office.store.now(connection)
    whose = subscriber.by_id(connection, one.subscriber_id) if one.subscriber_id else None
    state: str = one.state
    if state == "open":
        state = "locked" if one.shut(now) else "open" if one.password else "new"
    open_now = len(table.open_sessions(connection, one.id, now))
    return Shown(
        one.name, one.role, whose.slug if whose else None, one.agent, state, one.reason, open_now, one.created_at
    )
