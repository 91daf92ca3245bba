"""R23, R25: breaches of personal data, with the deadlines that the law sets for them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.breach import Cause, Kind, Owed, Rules, Step, deadlines, owed
from smartdesk_pbx.contract.hours import is_holiday
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, identifier
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import breach as table
from smartdesk_pbx.store.breach import Breach, Done

Text = Annotated[str, Field(min_length=1, max_length=10_000)]


class Add(Params):
    """`known_on`: the day on which we came to know, None: today. `persons` None: not known yet."""

    what: Text
    kind: Kind
    cause: Cause = "mistake"
    persons: Annotated[int, Field(ge=0)] | None = None
    known_on: date | None = None


class Which(Params):
    breach: str


class Note(Which):
    step: Literal["preliminary", "final", "persons", "note", "closed"]
    said: Text
    done_on: date | None = None


@dataclass(frozen=True)
class Shown:
    """A record with what is still to be done about it."""

    breach: str
    known_on: date
    kind: Kind
    cause: Cause
    persons: int | None
    what: str
    must_report: bool
    preliminary_due_on: date
    final_due_on: date
    recorded_at: datetime
    steps: tuple[Done, ...]
    owed: tuple[Owed, ...]


async def add(office: Office, params: Add) -> Shown:
    """A new record with its deadlines. Raises `RuleBroken` for a day in the future."""

    def store(connection: Connection) -> Shown:
        today = _today(office, connection)
        known_on = params.known_on or today
        if known_on > today:
            raise RuleBroken(f"known-on: {known_on} is in the future")
        due = deadlines(known_on, params.kind, params.cause, params.persons, _rules(office.settings), is_holiday)
        new = table.add(
            connection, id=office.ids.new(), known_on=known_on, kind=params.kind, cause=params.cause,
            persons=params.persons, what=params.what, due=due, at=office.store.now(connection),
        )  # fmt: skip
        return _shown(new, today)

    return await office.store.run(store)


async def note(office: Office, params: Note) -> Shown:
    """Note what was done: a report, that the persons were told, anything else, the end."""

    def store(connection: Connection) -> Shown:
        today = _today(office, connection)
        done = Done(params.step, params.done_on or today, params.said, office.store.now(connection))
        return _shown(table.step(connection, _id(params.breach), id=office.ids.new(), done=done), today)

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Shown]:
    """All records, oldest first."""
    return await office.store.read(lambda c: [_shown(one, _today(office, c)) for one in table.listing(c)])


async def show(office: Office, params: Which) -> Shown:
    """One record."""
    return await office.store.read(lambda c: _shown(table.get(c, _id(params.breach)), _today(office, c)))


def _shown(one: Breach, today: date) -> Shown:
    done: frozenset[Step] = frozenset(step.step for step in one.steps)
    return Shown(
        str(one.id), one.known_on, one.kind, one.cause, one.persons, one.what, one.due.must_report,
        one.due.preliminary_on, one.due.final_on, one.recorded_at, one.steps, tuple(owed(one.due, done, today)),
    )  # fmt: skip


def _rules(settings: Settings) -> Rules:
    return Rules(settings.breach_preliminary_days, settings.breach_final_days, settings.breach_final_malicious_days)


def _today(office: Office, connection: Connection) -> date:
    return tokyo_date(office.store.now(connection))


def _id(text: str) -> UUID:
    return identifier(text, "breach", "breach")
