"""When a flow behaves differently: every instant at which a calendar's answer changes, and what a draft shifts. Pure.

Works on calendars by name, as a flow has them; closures are those of the called number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from smartdesk_pbx.flow.calendar import Answer, Calendar, Closure, answer, changes

_JUST_BEFORE = timedelta(microseconds=1)

ABSENT = "no such calendar"
PRESENT = "a calendar"
"""In place of values, where one version of a flow has a calendar and the other has not."""


@dataclass(frozen=True)
class Shift:
    """At an instant (UTC) a calendar answers `after` instead of `before`; without a calendar: another version is live.

    `before` is empty when it is not known which version was live.
    """

    at: datetime
    calendar: str | None
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Scheduled:
    """A version (its `title` as people read it, such as `version 4`) that goes live at an instant."""

    at: datetime
    title: str
    calendars: Mapping[str, Calendar]


@dataclass(frozen=True)
class Difference:
    """From `since` to before `until` (UTC) a calendar of the draft answers `new` where what is live answers `old`."""

    since: datetime
    until: datetime
    calendar: str
    old: str
    new: str
    why: str


def timeline(
    calendars: Mapping[str, Calendar],
    closures: Sequence[Closure],
    since: datetime,
    until: datetime,
    scheduled: Sequence[Scheduled] = (),
    live: str = "",
) -> list[Shift]:
    """Every instant after `since` and before `until` at which behaviour changes, in order.

    `calendars` are those of the version that is live at `since` (its title in `live`); a version in `scheduled` takes
    its place at its instant (of several at one instant the last). Calendars that change at one instant stand in the
    flow's order.
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    coming = {v.at.astimezone(UTC): v for v in scheduled if since < v.at < until}
    reigns = [(since, Scheduled(since, live, calendars)), *sorted(coming.items()), (until, None)]
    found: list[Shift] = []
    for (begin, reign), (end, successor) in pairwise(reigns):
        assert reign is not None
        found += _shifts(reign.calendars, closures, begin, end)
        if successor is not None:
            found.append(Shift(end, None, reign.title, successor.title, f"{successor.title} goes live"))
            found += _going_live(reign.calendars, successor.calendars, closures, end)
    return found


def _shifts(
    calendars: Mapping[str, Calendar], closures: Sequence[Closure], since: datetime, until: datetime
) -> list[Shift]:
    found = []
    for name, calendar in calendars.items():
        before = answer(calendar, since, closures).value
        for at, new in changes(calendar, since, until, closures):
            found.append(Shift(at, name, before, new.value, new.why))
            before = new.value
    return sorted(found, key=lambda shift: shift.at)


def _going_live(
    old: Mapping[str, Calendar], new: Mapping[str, Calendar], closures: Sequence[Closure], at: datetime
) -> Iterator[Shift]:
    """What the calendars answer otherwise at the instant at which `new` takes the place of `old`."""
    for name in dict.fromkeys((*old, *new)):
        before = answer(old[name], at - _JUST_BEFORE, closures).value if name in old else ABSENT
        now = answer(new[name], at, closures) if name in new else Answer(ABSENT, "the new version has no such calendar")
        if now.value != before:
            yield Shift(at, name, before, now.value, now.why)


def shifted(
    old: Mapping[str, Calendar],
    new: Mapping[str, Calendar],
    closures: Sequence[Closure],
    since: datetime,
    until: datetime,
) -> list[Difference]:
    """The spans from `since` to before `until` in which a draft (`new`) answers differently from what is live (`old`).

    In order of their beginning. A calendar that only one of them has differs all the time, once.
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    found: list[Difference] = []
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            found.append(Difference(since, until, name, PRESENT, ABSENT, f"the draft has no calendar {name!r}"))
        elif name not in old:
            found.append(Difference(since, until, name, ABSENT, PRESENT, f"calendar {name!r} is new in the draft"))
        elif old[name] != new[name]:
            found += _differences(name, old[name], new[name], closures, since, until)
    return sorted(found, key=lambda difference: difference.since)


def _differences(
    name: str, old: Calendar, new: Calendar, closures: Sequence[Closure], since: datetime, until: datetime
) -> Iterator[Difference]:
    # At each of these instants one of the two values changes: two neighbours are never alike, nothing is left to merge.
    cuts = {since} | {at for calendar in (old, new) for at, _ in changes(calendar, since, until, closures)}
    for begin, end in pairwise((*sorted(cuts), until)):
        live, draft = answer(old, begin, closures), answer(new, begin, closures)
        if live.value != draft.value:
            why = f"live: {live.why}; draft: {draft.why}"
            yield Difference(begin, end, name, live.value, draft.value, why)
