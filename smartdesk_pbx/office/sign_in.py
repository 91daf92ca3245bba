"""Signing in and out, and setting a new password (R5). Each try leaves a trace; guessing is stopped by a lock."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from smartdesk_pbx.errors import NotAllowed, RuleBroken
from smartdesk_pbx.office import password as words
from smartdesk_pbx.office.account import ShownSession, open_sessions
from smartdesk_pbx.office.actor import Actor
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import account as table
from smartdesk_pbx.store import terms
from smartdesk_pbx.store.trail import Did, Trace, leave

REFUSED = "name or password is wrong, or the account is locked"
"""One answer for all cases: whoever guesses learns nothing."""


@dataclass(frozen=True)
class SignedIn:
    """A new session. `others`: where the account is signed in already (R5: no sharing)."""

    account: str
    role: str
    token: str = field(repr=False)
    ends_at: datetime
    others: list[ShownSession]


@dataclass(frozen=True)
class From:
    """Where a request comes from, as the holder of an account is shown it."""

    address: str
    program: str


async def sign_in(office: Office, name: str, password: str, where: From) -> SignedIn:
    """A session for whoever knows the password. Raises `NotAllowed` otherwise, or while the account is shut."""
    known = await office.store.read(lambda c: table.find(c, name))
    right = await words.fits(password[: words.LONGEST], known.password if known else None)

    def decide(connection: Connection) -> SignedIn | None:
        now = office.store.now(connection)
        # Looked at again, locked: of many tries at once only so many count, even a right one after them does not.
        one = table.find(connection, name)
        if one is None or one.shut(now):
            _no(office, connection, name, one, now)
            return None
        if not right or one.password != (known.password if known else None):
            _count_failure(office, connection, one, now)
            _no(office, connection, name, one, now)
            return None
        return _open(office, connection, one, where, now)

    answer = await office.store.run(decide)
    if answer is None:
        raise NotAllowed(REFUSED)
    return answer


async def actor_of(office: Office, token: str, why: str = "") -> Actor | None:
    """Who holds this session, which lives on by being used; None when it is over."""

    def look(connection: Connection) -> Actor | None:
        now = office.store.now(connection)
        found = table.session_of(connection, token, now)
        if found is None:
            return None
        session, holder = found
        if (now - session.seen_at).total_seconds() > office.settings.session_s / 20:
            table.seen(connection, session.id, now, now + timedelta(seconds=office.settings.session_s))
        return Actor(holder.name, holder.role, why, holder.id, holder.subscriber_id, holder.agent)

    return await office.store.run(look)


async def sign_out(office: Office, token: str) -> None:
    """Close the session of this token; nothing when it is closed already."""

    def store(connection: Connection) -> None:
        now = office.store.now(connection)
        if found := table.session_of(connection, token, now):
            session, holder = found
            table.revoke(connection, holder.id, now, session.id)

    await office.store.run(store)


async def own_sessions(office: Office, actor: Actor) -> list[ShownSession]:
    """Where the actor's own account is signed in."""
    mine = actor.account_id
    return [] if mine is None else await office.store.read(lambda c: open_sessions(office, c, mine))


async def close_own(office: Office, actor: Actor) -> None:
    """Sign the actor's account out everywhere."""
    if (mine := actor.account_id) is not None:
        await office.store.run(lambda c: table.revoke(c, mine, office.store.now(c)))


async def new_password(office: Office, reset: str, password: str) -> str:
    """Set the password with a reset's token; the account's name. All its sessions end, theft and locks are over."""
    stored = await words.hashed(password[: words.LONGEST + 1])

    def store(connection: Connection) -> str:
        now = office.store.now(connection)
        one = table.use_reset(connection, reset, now)
        if one.state == "closed":
            raise RuleBroken("this account is closed")
        words.check(password, one.name, office.settings.password_least)
        table.change(connection, one.id, password=stored, state="open", reason=None, failures=0, locked_until=None)
        table.revoke(connection, one.id, now)
        _trace(office, connection, "change", "account.new_password", one.name, one, now)
        return one.name

    return await office.store.run(store)


def _open(office: Office, connection: Connection, one: table.Account, where: From, now: datetime) -> SignedIn:
    others = open_sessions(office, connection, one.id)
    token = secrets.token_urlsafe(32)
    ends_at = now + timedelta(seconds=office.settings.session_s)
    table.open_session(
        connection,
        table.Session(
            office.ids.new(), table.digest(token), one.id, now, now, ends_at, None,
            where.address[:80], where.program[:200],
        ),
    )  # fmt: skip
    table.change(connection, one.id, failures=0, locked_until=None)
    _trace(office, connection, "sign_in", "account.sign_in", one.name, one, now)
    if one.subscriber_id is not None:
        # R31.4: using the service after a new version's date is consent; signing in is such a use.
        terms.used(connection, one.subscriber_id, now, "sign_in")
    return SignedIn(one.name, one.role, token, ends_at, others)


def _count_failure(office: Office, connection: Connection, one: table.Account, now: datetime) -> None:
    failures = one.failures + 1
    locked = now + timedelta(seconds=office.settings.sign_in_lock_s)
    full = failures >= office.settings.sign_in_tries
    table.change(connection, one.id, failures=0 if full else failures, locked_until=locked if full else None)


def _no(office: Office, connection: Connection, name: str, one: table.Account | None, now: datetime) -> None:
    _trace(office, connection, "sign_in_no", "account.sign_in", name, one, now)


def _trace(
    office: Office, connection: Connection, did: Did, what: str, name: str, one: table.Account | None, now: datetime
) -> None:
    # What was typed for an unknown name may be a password: it is not kept.
    who = name if one else "unknown"
    role = one.role if one else "-"
    leave(connection, Trace(office.ids.new(), now, who, role, one.id if one else None, did, what, {}, [], ""))
