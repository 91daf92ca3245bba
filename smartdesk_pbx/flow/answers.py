"""What the world answers to a flow's questions, as far as it follows from plain facts. Pure.

A live call, a simulation and a replay answer with these functions; a proof branches over all answers instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartdesk_pbx.flow.calendar import Closure, answer
from smartdesk_pbx.flow.nodes import CallerIs
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import OTHERWISE, Ask, Result


@dataclass(frozen=True)
class CallerFacts:
    """Who calls. `number` E.164, None when withheld or unreadable. `lists`: those of the contract that hold the
    number. `hours_since_last`: since the caller's last call to the contract, None for a first one."""

    number: str | None
    lists: frozenset[str] = frozenset()
    hours_since_last: float | None = None


def caller_case(cases: Sequence[CallerIs], caller: CallerFacts) -> Result:
    """The first case that holds, by its position."""
    for i, case in enumerate(cases):
        if _holds(case, caller):
            return Result("answer", str(i))
    return Result("answer", OTHERWISE)


def _holds(case: CallerIs, caller: CallerFacts) -> bool:
    if case.anonymous:
        return caller.number is None
    if case.list:
        return case.list in caller.lists
    if case.repeat_hours:
        return caller.hours_since_last is not None and caller.hours_since_last <= case.repeat_hours
    if caller.number is None:
        return False
    if case.ranges:
        return caller.number.startswith(case.ranges)
    return country_of(caller.number) in case.countries


def country_of(number: str) -> str | None:
    """The country of an E.164 number, as JP; None when nobody knows."""
    import phonenumbers  # its metadata is slow to load, and few flows ask

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


def number_called(ask: Ask, number: str) -> Result:
    """Which of the numbers that the flow asks for was called, E.164."""
    return Result("answer", number if number in ask.answers else OTHERWISE)


def caller_number(caller: CallerFacts) -> Result:
    """Is the caller's number known?"""
    return Result("answer", "known" if caller.number else "withheld")


def hours(tree: Tree, ask: Ask, arrived_at: datetime, closures: Sequence[Closure] = ()) -> Result:
    """What the calendar says of the instant at which the call arrived."""
    return Result("answer", answer(tree.calendars[ask.about], arrived_at, closures).value)
