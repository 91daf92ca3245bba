"""Versions that go live at a time: the daemon knows them beforehand, so that nothing has to happen at that time."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.instant import read_instant, shown
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.turns import coming
from smartdesk_pbx.office.flow import (
    Forced,
    Looked,
    Published,
    later,
    look,
    refuse_broken,
    refuse_force_without_reason,
)
from smartdesk_pbx.office.flow_gate import judge, places, teams
from smartdesk_pbx.office.flow_source import Text, of_version, published
from smartdesk_pbx.office.flow_versions import OfNumber, ShownTurn, shown_turn, subscribers
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow as table
from smartdesk_pbx.store import turn


class Schedule(Forced):
    """`draft`: published now, live later; or `version`: FLOW@VERSION, or FLOW for the newest. `at`: Tokyo's civil time,
    unless an offset is given."""

    draft: Text | None = None
    version: str | None = None
    numbers: Annotated[tuple[str, ...], Field(min_length=1)]
    at: str


class Unschedule(OfNumber):
    """`at`: which one, where several are scheduled."""

    at: str | None = None
    by: str = "operations"


async def schedule(office: Office, params: Schedule) -> Published:
    """A version goes live at these numbers at a time, all of them or none. Raises `RuleBroken` as publishing does, for
    a time that has passed, and where another one is scheduled for the very same time."""
    if (params.draft is None) == (params.version is None):
        raise RuleBroken("name either a file or a published version (FLOW@3)")
    if params.draft is not None:
        looked, known = await look(office, params.draft, params.numbers, params), None
    else:
        looked, known = await _look_at_version(office, params)

    def store(connection: Connection) -> Published:
        now = office.store.now(connection)
        at = read_instant(params.at, now)
        if at <= now:
            raise RuleBroken(f"{shown(at)} has passed, it is {shown(now)}; smartdesk flow publish puts it live now")
        one = known or table.publish(connection, id=office.ids.new(), at=now, **looked.columns(params))  # type: ignore[arg-type]
        for number in looked.numbers:
            _refuse_second(connection, number, now, at)
            turn.add(
                connection, number, one.id, id=office.ids.new(), kind="schedule", made_at=now, from_at=at, by=params.by,
                reason=params.reason, broken=looked.verdict.broken,
            )  # fmt: skip
        return looked.told(one, later(connection, looked.numbers, now))

    return await office.store.run(store)


async def scheduled(office: Office, _: Params) -> list[ShownTurn]:
    """What will go live at any number, the next one first."""

    def find(connection: Connection) -> list[ShownTurn]:
        at = office.store.now(connection)
        whose = subscribers(connection, at)
        ahead = [one for turns in turn.of_all(connection).values() for one in coming(turns, at)]
        ahead.sort(key=lambda one: (one.from_at, one.number))
        return [shown_turn(one, "coming", whose[one.number]) for one in ahead]

    return await office.store.read(find)


async def unschedule(office: Office, params: Unschedule) -> ShownTurn:
    """What was to go live does not. Raises `RuleBroken` when nothing is scheduled, or when it must be said which."""
    number = checked(params.number, office.settings.country)

    def store(connection: Connection) -> ShownTurn:
        turn.lock(connection, number)
        now = office.store.now(connection)
        ahead = coming(turn.of_number(connection, number), now)
        at = read_instant(params.at, now) if params.at else None
        found = [one for one in ahead if at is None or one.from_at == at]
        times = ", ".join(shown(one.from_at) for one in ahead)
        if not found:
            raise RuleBroken(f"{number}: nothing is scheduled{f' for then, only for {times}' if ahead else ''}")
        if len(found) > 1:
            raise RuleBroken(f"{number}: several are scheduled, say which one with --at: {times}")
        turn.withdraw(connection, found[0].id, at=now, by=params.by)
        return shown_turn(found[0], "withdrawn", subscribers(connection, now)[number])

    return await office.store.run(store)


async def _look_at_version(office: Office, params: Schedule) -> tuple[Looked, table.PublishedFlow]:
    """A published version, judged for the numbers of a schedule as if it were new."""
    wanted = [checked(one, office.settings.country) for one in params.numbers]
    refuse_force_without_reason(params)
    one, where, known_teams = await office.store.read(
        lambda c: (published(c, params.version or ""), places(c, wanted, office.store.now(c)), teams(c))
    )
    verdict = await judge(office, of_version(one), where, known_teams)
    refuse_broken(f"{one.what} is not scheduled", verdict, params)
    return Looked(one.text, one.tree, tuple(where), verdict), one


def _refuse_second(connection: Connection, number: str, now: datetime, at: datetime) -> None:
    for one in coming(turn.of_number(connection, number), now):
        if one.from_at == at:
            raise RuleBroken(
                f"{number}: {one.what} is scheduled for {shown(at)} already; smartdesk flow unschedule {number} first"
            )
