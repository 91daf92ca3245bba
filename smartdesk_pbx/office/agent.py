"""Agents and their phones' passwords. Only digests are kept; a password is shown once."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5, sha256

from sqlalchemy import Connection

from smartdesk_pbx.asterisk.render import REALM
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, Slug
from smartdesk_pbx.office.subscriber import Line
from smartdesk_pbx.store import agent as table

PASSWORD_BYTES = 12


class Add(Params):
    agent: Slug
    name: Line
    team: Slug = "front"


class Which(Params):
    agent: str


class Pause(Which):
    reason: str = ""


@dataclass(frozen=True)
class Account:
    """What goes into the agent's softphone; shown once."""

    agent: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Digests:
    """HA1 of a SIP account (RFC 8760), hex: what Asterisk needs instead of a password."""

    digest_md5: str = field(repr=False)
    digest_sha256: str = field(repr=False)


@dataclass(frozen=True)
class Shown:
    agent: str
    name: str
    team: str
    state: str
    reason: str | None
    since: datetime
    call_id: str | None


def new_password() -> str:
    """A password nobody guesses, without characters that are mistyped at shells and phones."""
    return secrets.token_hex(PASSWORD_BYTES)


def digests(agent: str, password: str) -> Digests:
    """The digests of an agent's SIP account."""
    secret = f"{agent}:{REALM}:{password}".encode()
    return Digests(md5(secret, usedforsecurity=False).hexdigest(), sha256(secret).hexdigest())


async def add(office: Office, params: Add) -> Account:
    """A new agent, offline, and the password of the phone."""
    account = Account(params.agent, new_password())
    both = digests(params.agent, account.password)

    def store(connection: Connection) -> None:
        table.add(
            connection, id=params.agent, name=params.name, team=params.team, at=office.store.now(connection),
            digest_md5=both.digest_md5, digest_sha256=both.digest_sha256,
        )  # fmt: skip

    await office.store.run(store)
    return account


async def password(office: Office, params: Which) -> Account:
    """A new password of an agent's phone; the old one ends."""
    account = Account(params.agent, new_password())
    both = digests(params.agent, account.password)
    await office.store.run(
        lambda c: table.set_password(c, params.agent, digest_md5=both.digest_md5, digest_sha256=both.digest_sha256)
    )
    return account


async def listing(office: Office, _: Params) -> list[Shown]:
    """All agents and what each is doing."""
    return [shown(one) for one in await office.store.read(table.states)]


async def show(office: Office, params: Which) -> Shown:
    """One agent."""
    for one in await office.store.read(table.states):
        if one.name == params.agent:
            return shown(one)
    raise RuleBroken(f"no agent {params.agent}")


def shown(one: table.AgentState) -> Shown:
    """An agent's state as it is told."""
    call = str(one.call_id) if one.call_id else None
    return Shown(one.name, one.shown, one.team, one.state, one.reason, one.since, call)
