"""Plans and contracts, with the settings in force and where each comes from (R3)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_origin
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.contract.settings import Effective, ServiceSettings, check, explain_all
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, Slug
from smartdesk_pbx.store import contract as table
from smartdesk_pbx.store import subscriber

Assignment = Annotated[str, Field(pattern=r"^[a-z0-9_]+=")]
"""NAME=VALUE; nothing after the sign takes the setting away."""


class Which(Params):
    contract: str


class Add(Params):
    subscriber: str
    plan: Slug
    settings: tuple[Assignment, ...] = ()


class Set(Which):
    settings: Annotated[tuple[Assignment, ...], Field(min_length=1)]


class State(Which):
    state: Literal["active", "suspended", "ended"]


@dataclass(frozen=True)
class Shown:
    contract: str
    subscriber: str
    plan: str
    state: str
    started_on: date
    ended_on: date | None


@dataclass(frozen=True)
class ShownWhole(Shown):
    """With each setting in force and who set it."""

    settings: tuple[Effective, ...]


def find(connection: Connection, text: str) -> table.Contract:
    """The contract of this id, or the only one of this subscriber that has not ended. Raises `RuleBroken`."""
    try:
        return table.get(connection, UUID(text))
    except ValueError:
        who = subscriber.get(connection, text)
    running = [one for one in table.listing(connection, who.id) if one.state != "ended"]
    if not running:
        raise RuleBroken(f"{text} has no contract that runs (smartdesk contract add {text} --plan PLAN)")
    if len(running) > 1:
        raise RuleBroken(f"{text} has {len(running)} contracts, name one: {', '.join(str(one.id) for one in running)}")
    return running[0]


async def add(office: Office, params: Add) -> ShownWhole:
    """The new contract, active from today (Tokyo)."""
    layer = _changed({}, params.settings)

    def store(connection: Connection) -> ShownWhole:
        who = subscriber.get(connection, params.subscriber)
        today = office.store.now(connection).astimezone(TOKYO).date()
        new = table.add(
            connection, id=office.ids.new(), subscriber_id=who.id, plan=params.plan, started_on=today, settings=layer
        )
        return _whole(connection, new)

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Shown]:
    """All contracts, oldest first."""
    return await office.store.read(lambda c: [_shown(c, one) for one in table.listing(c)])


async def show(office: Office, params: Which) -> ShownWhole:
    """One contract."""
    return await office.store.read(lambda c: _whole(c, find(c, params.contract)))


async def set_settings(office: Office, params: Set) -> ShownWhole:
    """The contract with these settings over those of its plan."""

    def store(connection: Connection) -> ShownWhole:
        one = find(connection, params.contract)
        table.set_settings(connection, one.id, _changed(one.settings, params.settings))
        return _whole(connection, table.get(connection, one.id))

    return await office.store.run(store)


async def set_state(office: Office, params: State) -> Shown:
    """The contract suspended, resumed or ended (R8.5). What has ended stays so."""

    def store(connection: Connection) -> Shown:
        one = find(connection, params.contract)
        if one.state == "ended":
            raise RuleBroken(f"contract {one.id} has ended; open another one")
        today = office.store.now(connection).astimezone(TOKYO).date()
        table.set_state(connection, one.id, params.state, ended_on=today if params.state == "ended" else None)
        return _shown(connection, table.get(connection, one.id))

    return await office.store.run(store)


def _changed(layer: Any, assignments: Iterable[str]) -> dict[str, Any]:
    new = dict(layer)
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if text:
            new[name] = _value(name, text)
        else:
            new.pop(name, None)
    check(new, "contract")
    return new


def _value(name: str, text: str) -> Any:
    field = ServiceSettings.model_fields.get(name)
    if field is not None and get_origin(field.annotation) is tuple:
        return [part.strip() for part in text.split(",")]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _shown(connection: Connection, one: table.Contract) -> Shown:
    return Shown(**_columns(connection, one))


def _whole(connection: Connection, one: table.Contract) -> ShownWhole:
    layers = explain_all(table.plan(connection, one.plan).settings, one.settings)
    return ShownWhole(**_columns(connection, one), settings=layers)


def _columns(connection: Connection, one: table.Contract) -> dict[str, Any]:
    who = subscriber.by_id(connection, one.subscriber_id)
    return {
        "contract": str(one.id), "subscriber": who.slug if who else str(one.subscriber_id), "plan": one.plan,
        "state": one.state, "started_on": one.started_on, "ended_on": one.ended_on,
    }  # fmt: skip
