"""Versions of flows at numbers: which one answered when, what changed between two, back to one, forward at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow import turns as pure
from smartdesk_pbx.flow.compare import compare
from smartdesk_pbx.flow.turns import Kind, Turn
from smartdesk_pbx.office.flow import (
    Later,
    Listed,
    later,
    listed,
    live_turns,
)
from smartdesk_pbx.office.flow_source import Side, either
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow as table
from smartdesk_pbx.store import number as numbers
from smartdesk_pbx.store import turn

State = Literal["live", "past", "coming", "withdrawn"]


class OfFlow(Params):
    flow: str


class OfNumber(Params):
    """`number`: as 0312345678 or +81312345678."""

    number: str


class Diff(Params):
    old: Side
    new: Side


class Rollback(OfNumber):
    """`version`: of the flow that answers now; None: the one before."""

    version: Annotated[int, Field(ge=1)] | None = None
    reason: Annotated[str, Field(max_length=1000, pattern=r"^[^\r\n]*$")] = ""
    by: str = "operations"


@dataclass(frozen=True)
class ShownTurn:
    """From `from_at` on a version answered, answers or will answer. `subscriber` None: an earlier assignment's."""

    number: str
    subscriber: str | None
    state: State
    from_at: datetime
    flow: str
    version: int
    kind: Kind
    by: str
    reason: str
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """`old` and `new`: what was compared; `changes`: each as (about what, what is different)."""

    old: str
    new: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RolledBack:
    """`before`: what answered until now; `later`: what will take its place."""

    number: str
    flow: str
    version: int
    before: str
    later: tuple[Later, ...]


async def versions(office: Office, params: OfFlow) -> list[Listed]:
    """Every version of a flow, the newest first, with the numbers that each answers."""

    def find(connection: Connection) -> list[Listed]:
        live = live_turns(office, connection)
        return [listed(one, live) for one in table.versions(connection, params.flow)]

    return await office.store.read(find)


async def history(office: Office, params: OfNumber) -> list[ShownTurn]:
    """Which version a number had when, and will have, the latest first. Earlier assignments show no names."""
    number = checked(params.number, office.settings.country)

    def find(connection: Connection) -> list[ShownTurn]:
        at = office.store.now(connection)
        whose = subscribers(connection, at)
        present = turn.of_number(connection, number)
        known = {one.id for one in present}
        earlier = [one for one in turn.history(connection, number) if one.id not in known]
        found = [shown_turn(one, _state(one, present, at), whose.get(number)) for one in present]
        found += [shown_turn(one, "withdrawn" if one.withdrawn_at else "past", None) for one in earlier]
        if not found and number not in whose:
            raise RuleBroken(f"{number} is not assigned, and never had a flow")
        return sorted(found, key=lambda one: one.from_at, reverse=True)

    return await office.store.read(find)


async def diff(office: Office, params: Diff) -> Difference:
    """What changes for callers from one flow to another, in words."""

    def find(connection: Connection) -> Difference:
        (old_name, old), (new_name, new) = either(connection, params.old), either(connection, params.new)
        return Difference(old_name, new_name, tuple((one.about, one.said) for one in compare(old, new)))

    return await office.store.read(find)


async def rollback(office: Office, params: Rollback) -> RolledBack:
    """The version before, or another one that this number had, answers from now on. What was live there once is not
    looked at again: this is for when something is wrong now."""
    number = checked(params.number, office.settings.country)

    def store(connection: Connection) -> RolledBack:
        turn.lock(connection, number)
        at, past = office.store.now(connection), turn.of_number(connection, number)
        now = pure.in_force(past, at)
        try:
            back = pure.back_to(past, at, params.version)
        except RuleBroken as error:
            raise RuleBroken(f"{number}: {error}") from None
        assert now is not None
        turn.add(
            connection, number, back.flow_id, id=office.ids.new(), kind="rollback", made_at=at, by=params.by,
            reason=params.reason, broken=back.broken,
        )  # fmt: skip
        return RolledBack(
            number, back.what.flow, back.what.version, str(now.what), tuple(later(connection, [number], at))
        )

    return await office.store.run(store)


def subscribers(connection: Connection, at: datetime) -> dict[str, str]:
    """Whose each assigned number is."""
    return {one.number: one.subscriber for one in numbers.listing(connection, at=at)}


def _state(one: Turn, turns: Sequence[Turn], at: datetime) -> State:
    if one.withdrawn_at is not None:
        return "withdrawn"
    if one.from_at > at:
        return "coming"
    return "live" if one == pure.in_force(turns, at) else "past"


def shown_turn(one: Turn, state: State, subscriber: str | None) -> ShownTurn:
    """A turn as it is told."""
    return ShownTurn(
        one.number, subscriber, state, one.from_at, one.what.flow, one.what.version, one.kind, one.by, one.reason,
        one.broken,
    )  # fmt: skip
