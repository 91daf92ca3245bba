"""When a flow behaves differently: the year ahead, versions that are scheduled, and what a draft shifts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.flow.calendar import HORIZON, Calendar, Closure, SpecialDays, answer
from smartdesk_pbx.flow.timeline import ABSENT, PRESENT, Difference, Scheduled, Shift, shifted, timeline

DESK = Calendar(weekly=("mon-fri 09:00-18:00",))
LONGER = Calendar(weekly=("mon-fri 09:00-20:00",))
SALES = Calendar(weekly=("mon-fri 10:00-18:00",))
MINUTE = timedelta(minutes=1)


def on(text: str) -> datetime:
    """`2026-11-24 09:00` (a Tuesday) in Tokyo."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def told(shifts: Sequence[Shift]) -> list[str]:
    return [f"{s.at.astimezone(TOKYO):%m-%d %H:%M} {s.calendar}: {s.before} -> {s.after}" for s in shifts]


def differing(found: Sequence[Difference]) -> list[str]:
    return [
        f"{d.since.astimezone(TOKYO):%m-%d %H:%M} till {d.until.astimezone(TOKYO):%m-%d %H:%M} {d.old} -> {d.new}"
        for d in found
    ]


def test_a_timeline_lists_every_change_of_every_calendar_in_order() -> None:
    found = timeline({"desk": DESK, "sales": SALES}, [], on("2026-11-20 17:00"), on("2026-11-24 11:00"))
    assert told(found) == [
        "11-20 18:00 desk: open -> closed",
        "11-20 18:00 sales: open -> closed",
        "11-23 00:00 desk: closed -> holiday",
        "11-23 00:00 sales: closed -> holiday",
        "11-24 00:00 desk: holiday -> closed",
        "11-24 00:00 sales: holiday -> closed",
        "11-24 09:00 desk: closed -> open",
        "11-24 10:00 sales: closed -> open",
    ]
    assert found[2].why == "Monday 2026-11-23 00:00 in Asia/Tokyo is national holiday 勤労感謝の日"


def test_a_closure_shows_where_it_changes_something() -> None:
    closure = Closure(on("2026-11-24 12:00"), on("2026-11-25 08:00"), "power cut")
    found = timeline({"desk": DESK}, [closure], on("2026-11-24 11:00"), on("2026-11-25 12:00"))
    assert told(found) == ["11-24 12:00 desk: open -> closed", "11-25 09:00 desk: closed -> open"]
    assert found[0].why.endswith("(power cut)")


def test_a_scheduled_version_takes_over_with_its_calendars() -> None:
    """The new version goes live at 18:00, when the old one closes, and closes later: the desk stays open."""
    early = {"desk": LONGER, "night": Calendar(weekly=("mon-sun closed",))}
    new = Scheduled(on("2026-11-24 18:00"), "version 4", early)
    found = timeline(
        {"desk": DESK, "sales": SALES}, [], on("2026-11-24 17:00"), on("2026-11-25 09:30"), [new], "version 3"
    )
    assert told(found) == [
        "11-24 18:00 None: version 3 -> version 4",
        f"11-24 18:00 sales: open -> {ABSENT}",
        f"11-24 18:00 night: {ABSENT} -> closed",
        "11-24 20:00 desk: open -> closed",
        "11-25 09:00 desk: closed -> open",
    ]
    assert found[0].why == "version 4 goes live"


def test_versions_outside_the_span_and_one_replaced_at_once_do_not_count() -> None:
    since, until, noon = on("2026-11-24 10:00"), on("2026-11-24 19:00"), on("2026-11-24 12:00")
    shut = {"desk": Calendar(weekly=("mon-sun closed",))}
    scheduled = [
        *(Scheduled(at, "never", shut) for at in (since, noon, until)),
        Scheduled(noon, "version 5", {"desk": LONGER}),
        Scheduled(on("2026-11-24 18:30"), "version 6", shut),
    ]
    assert told(timeline({"desk": DESK}, [], since, until, scheduled)) == [
        "11-24 12:00 None:  -> version 5",
        "11-24 18:30 None: version 5 -> version 6",
        "11-24 18:30 desk: open -> closed",
    ]


def test_a_draft_shifts_only_the_spans_in_which_it_answers_differently() -> None:
    party = SpecialDays(name="party", days="2026-11-26")
    draft = Calendar(weekly=("mon-fri 09:00-20:00",), exceptions=(party,))
    found = shifted({"desk": DESK}, {"desk": draft}, [], on("2026-11-24 19:00"), on("2026-11-28"))
    assert differing(found) == [
        "11-24 19:00 till 11-24 20:00 closed -> open",
        "11-25 18:00 till 11-25 20:00 closed -> open",
        "11-26 00:00 till 11-26 09:00 closed -> exception party",
        "11-26 09:00 till 11-26 18:00 open -> exception party",
        "11-26 18:00 till 11-27 00:00 closed -> exception party",
        "11-27 18:00 till 11-27 20:00 closed -> open",
    ]
    assert found[1].why == (
        "live: Wednesday 2026-11-25 18:00 in Asia/Tokyo is outside mon-fri 09:00-18:00; "
        "draft: Wednesday 2026-11-25 18:00 in Asia/Tokyo is within mon-fri 09:00-20:00"
    )


def test_the_shifts_of_several_calendars_stand_in_order() -> None:
    later = {"desk": LONGER, "sales": Calendar(weekly=("mon-fri 11:00-18:00",))}
    found = shifted({"desk": DESK, "sales": SALES}, later, [], on("2026-11-24"), on("2026-11-26"))
    assert [(one.calendar, one.since.astimezone(TOKYO).hour) for one in found] == [("sales", 10), ("desk", 18)] * 2


def test_what_is_written_otherwise_but_answers_alike_shifts_nothing() -> None:
    same = Calendar(weekly=("mon+tue 09:00-12:00 12:00-18:00", "wed-fri 09:00-18:00", "sun closed"))
    assert shifted({"desk": DESK}, {"desk": same}, [], on("2026-11-01"), on("2026-11-01") + HORIZON) == []


def test_while_the_number_is_closed_a_draft_shifts_nothing() -> None:
    closure = Closure(on("2026-11-24 17:00"), None)
    assert shifted({"desk": DESK}, {"desk": LONGER}, [closure], on("2026-11-24 12:00"), on("2027-11-24")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({}, {"desk": DESK}, (ABSENT, PRESENT, "calendar 'desk' is new in the draft")),
        ({"desk": DESK}, {}, (PRESENT, ABSENT, "the draft has no calendar 'desk'")),
    ],
)
def test_a_calendar_that_only_one_of_them_has_differs_once(
    old: dict[str, Calendar], new: dict[str, Calendar], said: tuple[str, str, str]
) -> None:
    since, until = on("2026-11-24"), on("2027-11-24")
    (found,) = shifted(old, new, [], since, until)
    assert (found.since, found.until, found.old, found.new, found.why) == (since, until, *said)


_weekly = st.sampled_from(
    [("mon-fri 09:00-18:00",), ("mon-sun 22:00-06:00",), ("tue 09:00-12:00 13:00-17:00", "hol 10:00-11:00")]
)
_calendars = st.builds(Calendar, weekly=_weekly, zone=st.sampled_from(["Asia/Tokyo", "Europe/Berlin"]))


@settings(max_examples=40, deadline=None)
@given(_calendars, _calendars, st.integers(0, 600), st.none() | st.integers(0, 2000))
def test_shifted_holds_exactly_the_minutes_that_differ(
    old: Calendar, new: Calendar, day: int, closed: int | None
) -> None:
    since = on("2026-01-01") + timedelta(days=day)
    until = since + timedelta(days=2)
    closures = [] if closed is None else [Closure(since + closed * MINUTE, since + (closed + 300) * MINUTE)]
    found = shifted({"desk": old}, {"desk": new}, closures, since, until)
    for i in range(2 * 1440):
        at = since + i * MINUTE
        values = (answer(old, at, closures).value, answer(new, at, closures).value)
        holding = [(one.old, one.new) for one in found if one.since <= at < one.until]
        assert holding == ([values] if values[0] != values[1] else [])
