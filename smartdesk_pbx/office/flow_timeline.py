"""Every instant in the next thirteen months at which callers meet something else: `smartdesk flow timeline`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.flow.calendar import HORIZON, Calendar, Closure
from smartdesk_pbx.flow.timeline import Scheduled, shifted, timeline
from smartdesk_pbx.flow.turns import coming, in_force
from smartdesk_pbx.office.flow_number import Known, known, live, local
from smartdesk_pbx.office.flow_source import Draft, Side, either
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow

MOST_DAYS = HORIZON.days


class Timeline(Params):
    """`draft`: show what it would change instead."""

    number: str
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = MOST_DAYS
    draft: Draft | None = None


@dataclass(frozen=True)
class Moment:
    """An instant at which a calendar answers otherwise, or (`calendar` None) another version goes live."""

    at: datetime
    local: str
    zone: str
    calendar: str | None
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Span:
    """A span in which a draft answers otherwise than what is live at its beginning."""

    since: datetime
    until: datetime
    local: str
    local_until: str
    zone: str
    calendar: str
    live: str
    draft: str
    why: str


@dataclass(frozen=True)
class Course:
    """What lies ahead of a number: `moments`, or with a draft the `spans` that it changes."""

    number: str
    version: str | None
    since: datetime
    until: datetime
    closures: tuple[str, ...]
    moments: tuple[Moment, ...]
    spans: tuple[Span, ...] = ()


async def course(office: Office, params: Timeline) -> Course:
    """Every instant ahead at which something else is met, or what a draft would change of that."""

    def look(connection: Connection) -> Course:
        one = known(office, connection, params.number)
        since = office.store.now(connection)
        until = since + timedelta(days=params.days)
        version, tree = live(connection, one, in_force(one.turns, since))
        calendars = tree.calendars if tree else {}
        whys = tuple(c.why(TOKYO) for c in one.closures if c.until is None or c.until > since)
        if params.draft is not None:
            draft = either(connection, Side(draft=params.draft))[1]
            spans = _spans(calendars, draft.calendars, one.closures, since, until)
            return Course(one.number, version, since, until, whys, (), spans)
        scheduled = _scheduled(connection, one, since)
        moments = _moments(calendars, one.closures, since, until, scheduled, version or "no flow")
        return Course(one.number, version, since, until, whys, moments)

    return await office.store.read(look)


def _scheduled(connection: Connection, one: Known, since: datetime) -> list[Scheduled]:
    ahead = [] if one.is_flowless else coming(one.turns, since)
    versions = [(each, flow.get(connection, each.what.flow, each.what.version)) for each in ahead]
    return [Scheduled(each.from_at, str(each.what), version.tree.calendars) for each, version in versions]


def _moments(
    calendars: Mapping[str, Calendar], closures: Sequence[Closure], since: datetime, until: datetime,
    scheduled: Sequence[Scheduled], live: str,
) -> tuple[Moment, ...]:  # fmt: skip
    zones = _zones(calendars, *(one.calendars for one in scheduled))
    found = []
    for one in timeline(calendars, closures, since, until, scheduled, live):
        zone = zones.get(one.calendar or "", TOKYO)
        found.append(Moment(one.at, local(zone, one.at), zone.key, one.calendar, one.before, one.after, one.why))
    return tuple(found)


def _spans(
    old: Mapping[str, Calendar], new: Mapping[str, Calendar], closures: Sequence[Closure], since: datetime,
    until: datetime,
) -> tuple[Span, ...]:  # fmt: skip
    zones = _zones(old, new)
    found = []
    for one in shifted(old, new, closures, since, until):
        zone = zones[one.calendar]
        begins, ends = local(zone, one.since), local(zone, one.until)
        found.append(Span(one.since, one.until, begins, ends, zone.key, one.calendar, one.old, one.new, one.why))
    return tuple(found)


def _zones(*calendars: Mapping[str, Calendar]) -> dict[str, ZoneInfo]:
    return {name: ZoneInfo(one.zone) for several in calendars for name, one in several.items()}
