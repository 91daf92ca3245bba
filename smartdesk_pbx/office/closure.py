"""Closures: a number is closed from now on, whatever its calendars say, until it opens again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.instant import read_until
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.flow.nodes import Hours
from smartdesk_pbx.flow.turns import in_force
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import closure as table
from smartdesk_pbx.store import flow, turn


class Which(Params):
    """`number`: as 0312345678 or +81312345678."""

    number: str


class Reopen(Which):
    by: str = "operations"


class Close(Which):
    """`until`: a time, a day (all of it), or "further notice"; None: the end of today in Tokyo."""

    until: str | None = None
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\r\n]*$")]
    by: str = "operations"


class Listing(Params):
    """`past`: those that are over, too."""

    number: str | None = None
    past: bool = False


@dataclass(frozen=True)
class Shown:
    """`until` None: until further notice. `unheard`: no node of the flow asks a calendar, so nobody notices."""

    number: str
    state: Literal["closed", "over"]
    since: datetime
    until: datetime | None
    reason: str
    by: str
    unheard: bool = False


async def close(office: Office, params: Close) -> Shown:
    """Close a number from now on; the next call meets it. A closure that holds is replaced."""
    number = checked(params.number, office.settings.country)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        until = read_until(params.until, at)
        table.close(connection, number, id=office.ids.new(), at=at, until=until, reason=params.reason, by=params.by)
        return Shown(number, "closed", at, until, params.reason, params.by, not _asks_hours(connection, number, at))

    return await office.store.run(store)


async def reopen(office: Office, params: Reopen) -> Shown:
    """End the closure that holds: the calendars count again."""
    number = checked(params.number, office.settings.country)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        table.reopen(connection, number, at=at, by=params.by)
        return _shown([one for one in table.listing(connection, number=number) if one.ended_at == at][-1], at)

    return await office.store.run(store)


async def listing(office: Office, params: Listing) -> list[Shown]:
    """What is closed now; with `past` what was, too."""
    number = checked(params.number, office.settings.country) if params.number else None

    def look(connection: Connection) -> list[Shown]:
        at = office.store.now(connection)
        found = [_shown(one, at) for one in table.listing(connection, number=number, past=params.past)]
        return [one for one in found if params.past or one.state == "closed"]

    return await office.store.read(look)


def _shown(one: table.StoredClosure, at: datetime) -> Shown:
    told = one.told
    return Shown(one.number, "closed" if told.holds(at) else "over", told.since, told.until, one.reason, one.by)


def _asks_hours(connection: Connection, number: str, at: datetime) -> bool:
    live = in_force(turn.of_number(connection, number), at)
    if live is None:
        return False
    tree = flow.get(connection, live.what.flow, live.what.version).tree
    return any(isinstance(node, Hours) for node in tree.nodes.values())
