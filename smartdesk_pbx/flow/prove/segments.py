"""The hours that the calendars of a flow can tell apart. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from smartdesk_pbx.flow.calendar import HORIZON, Calendar, segments


@dataclass(frozen=True)
class HourSegment:
    """What each calendar says, and an instant (UTC) at which they say so; None: only while the number is closed by
    command (`smartdesk flow closed`)."""

    answers: Mapping[str, str]
    example: datetime | None

    def said(self, calendar: str) -> str:
        """What a calendar says then."""
        return self.answers[calendar]


def hour_segments(calendars: Mapping[str, Calendar], since: datetime) -> tuple[HourSegment, ...]:
    """Every combination of answers of the next 13 months, and "all closed", which a command can bring about."""
    found = [HourSegment(dict(one.answers), one.example) for one in segments(calendars, since, since + HORIZON)]
    shut = dict.fromkeys(calendars, "closed")
    if calendars and all(dict(one.answers) != shut for one in found):
        found.append(HourSegment(shut, None))
    return tuple(found)
