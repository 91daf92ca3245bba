"""Agents: who they are and what each is doing now."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables import agent as table


@dataclass(frozen=True)
class Agent:
    """A human agent. Digests are HA1 of the SIP password (hex), never the password."""

    id: str
    name: str
    team: str
    digest_md5: str = field(repr=False)
    digest_sha256: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True)
class AgentState:
    """What an agent is doing. `name` is the agent's id, `shown` the person's name."""

    name: str
    shown: str
    team: str
    state: str
    reason: str | None
    since: datetime
    idle_since: datetime | None
    call_id: UUID | None


_PERSON = (table.c.id, table.c.name, table.c.team, table.c.digest_md5, table.c.digest_sha256, table.c.created_at)
_STATE = (
    table.c.id.label("name"), table.c.name.label("shown"), table.c.team, table.c.state, table.c.reason, table.c.since,
    table.c.idle_since, table.c.call_id,
)  # fmt: skip


def add(
    connection: Connection, *, id: str, name: str, team: str, digest_md5: str, digest_sha256: str, at: datetime
) -> Agent:
    """A new agent, offline. Raises RuleBroken when the id is taken."""
    row = Agent(id, name, team, digest_md5, digest_sha256, at)
    if connection.execute(select(table.c.id).where(table.c.id == id)).first():
        raise RuleBroken(f"agent {id} exists already")
    try:
        connection.execute(insert(table).values(**vars(row), state="offline", since=at))
    except IntegrityError:
        raise RuleBroken(f"agent {id} exists already") from None
    return row


def get(connection: Connection, id: str) -> Agent:
    """An agent. Raises RuleBroken when there is none of that id."""
    found = connection.execute(select(*_PERSON).where(table.c.id == id)).first()
    if found is None:
        raise RuleBroken(f"no agent {id}")
    return Agent(**found._mapping)


def listing(connection: Connection) -> list[Agent]:
    """All agents by id."""
    return [Agent(**row._mapping) for row in connection.execute(select(*_PERSON).order_by(table.c.id))]


def set_password(connection: Connection, id: str, *, digest_md5: str, digest_sha256: str) -> None:
    """New digests. Raises RuleBroken when there is no such agent."""
    change = update(table).where(table.c.id == id).values(digest_md5=digest_md5, digest_sha256=digest_sha256)
    if connection.execute(change).rowcount == 0:
        raise RuleBroken(f"no agent {id}")


def set_state(
    connection: Connection,
    agent: str,
    state: str,
    *,
    reason: str | None,
    call_id: UUID | None,
    at: datetime,
    expect: Collection[str] | None,
    of_call: UUID | None = None,
) -> bool:
    """Change what an agent is doing, only from one of the `expect`ed states; False when it was another.
    `of_call`: only while the agent belongs to that call.

    An agent who comes back from an offer that came to nothing has been idle as long as before.
    """
    idle: object = None
    if state == "ready":
        idle = case((table.c.state.in_(("offered", "ready")), table.c.idle_since), else_=at)
    elif state == "offered":
        idle = table.c.idle_since
    columns = {"state": state, "reason": reason, "call_id": call_id, "since": at, "idle_since": idle}
    change = update(table).where(table.c.id == agent).values(columns)
    if expect is not None:
        change = change.where(table.c.state.in_(list(expect)))
    if of_call is not None:
        change = change.where(table.c.call_id == of_call)
    return connection.execute(change).rowcount == 1


def longest_idle(connection: Connection, team: str, reachable: Collection[str]) -> str | None:
    """The ready, reachable agent of a team who has been idle longest, locked until the transaction ends."""
    query = (
        select(table.c.id)
        .where(table.c.team == team, table.c.state == "ready", table.c.id.in_(sorted(reachable)))
        .order_by(table.c.idle_since, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(query).scalar_one_or_none()


def states(connection: Connection) -> list[AgentState]:
    """What all agents are doing, by id."""
    return [AgentState(**row._mapping) for row in connection.execute(select(*_STATE).order_by(table.c.id))]
