"""How two calendars of the same name differ, in words. Pure."""

from collections.abc import Iterator, Sequence

from smartdesk_pbx.flow.written_calendar import Calendar, SpecialDays


def described(calendar: Calendar) -> str:
    """A whole calendar in one line."""
    parts = [", ".join(calendar.weekly)]
    parts += [f"closed {', '.join(calendar.closed)}"] if calendar.closed else []
    parts += [_special(one) for one in calendar.exceptions]
    parts += ["national holidays do not count"] if calendar.holidays == "none" else []
    return f"{'; '.join(parts)} ({calendar.zone})"


def calendar_changes(old: Calendar, new: Calendar) -> Iterator[str]:
    """Each difference as the end of a sentence that begins with the calendar's name."""
    if old.zone != new.zone:
        yield f"is read on the clock of {new.zone} instead of {old.zone}"
    yield from _weekly(old.weekly, new.weekly)
    if old.holidays != new.holidays:
        counts = "count" if new.holidays == "JP" else "do not count any more"
        yield f"national holidays {counts}"
    for text in new.closed:
        if text not in old.closed:
            yield f"is closed on {text} too"
    for text in old.closed:
        if text not in new.closed:
            yield f"is not closed on {text} any more"
    yield from _exceptions(old.exceptions, new.exceptions)


def _weekly(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    before = {_days(line): line for line in old if line not in new}
    for line in new:
        if line in old:
            continue
        was = before.pop(_days(line), None)
        yield f"{_days(line)} {_hours(line)} instead of {_hours(was)}" if was else f"{line} is new"
    yield from (f"{line} is gone" for line in before.values())


def _days(line: str) -> str:
    return line.split()[0]


def _hours(line: str) -> str:
    return " ".join(line.split()[1:])


def _exceptions(old: Sequence[SpecialDays], new: Sequence[SpecialDays]) -> Iterator[str]:
    before = {(one.name, one.days): one for one in old}
    after = {(one.name, one.days): one for one in new}
    for key, one in after.items():
        was = before.get(key)
        if was is None:
            yield f"{_special(one)} is new"
        elif was.hours != one.hours:
            yield f"exception {one.name} on {one.days}: {_span(one)} instead of {_span(was)}"
    for key, one in before.items():
        if key not in after:
            yield f"{_special(one)} is gone"
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield f"looks at its exceptions in another order: {', '.join(one.name for one in new)}"


def _special(one: SpecialDays) -> str:
    return f"exception {one.name} on {one.days}" + (f" ({_span(one)})" if one.hours else "")


def _span(one: SpecialDays) -> str:
    return " ".join(one.hours) or "a way of its own"
