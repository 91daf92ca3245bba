"""How many callers went which way through a published flow, and where they gave up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.flow.show.traffic import Call, Walked, count
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow as flows
from smartdesk_pbx.store.walked import Walk, walks

IN_TALK = {"hand": "human", "reach": "connected"}
"""Verbs during which people may talk, and the outcome of the call when they did."""


class Days(Params):
    """`days` up to now. `version`: the newest one unless it is given."""

    flow: str
    version: int | None = None
    days: int = Field(7, ge=1, le=400)


@dataclass(frozen=True)
class Counted:
    """Each caller counts once. `ways`: from node, to node, callers. `strange`: calls whose steps do not fit."""

    flow: str
    version: int
    since: datetime
    calls: int
    strange: int
    ways: list[tuple[str, str, int]]
    visits: dict[str, int]
    gave_up: dict[str, int]


async def traffic(office: Office, params: Days) -> Counted:
    """The traffic of some days on one version of a flow."""

    def read(connection: Connection) -> Counted:
        one = flows.get(connection, params.flow, params.version)
        until = office.store.now(connection)
        since = until - timedelta(days=params.days)
        found = count(one.tree, map(_call, walks(connection, one.name, one.version, since, until)))
        ways = [(start, end, times) for (start, end), times in found.ways.items()]
        return Counted(
            one.name, one.version, since, found.calls, found.strange, ways, dict(found.visits), dict(found.gave_up)
        )

    return await office.store.read(read)


def _call(walk: Walk) -> Call:
    last = walk.steps[-1]
    talked = IN_TALK.get(last.verb) == walk.outcome
    gave_up = walk.ended_by == "caller" and last.verb != "bye" and not talked
    return Call([Walked(step.node, step.position, step.heard) for step in walk.steps], gave_up)
