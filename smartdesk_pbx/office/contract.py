"""Plans and contracts, with the settings in force and where each comes from (R3)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, get_origin
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.deadlines import term_on
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.settings import Effective, ServiceSettings, check, explain, explain_all
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, Slug
from smartdesk_pbx.store import agreement, formation, subscriber
from smartdesk_pbx.store import contract as table

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


class Explain(Which):
    setting: str


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
    """With what lies ahead (None: nothing), and each setting in force and who set it.

    `ends_on`: the last day of a contract that still runs; `fee_yen`: what ending then costs, untaxed."""

    live_on: date | None
    term_from: date
    term_to: date
    next_plan: str | None
    next_plan_on: date | None
    ends_on: date | None
    fee_yen: int | None
    fee_waived: bool
    third_party_on: date | None
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


def find_any(connection: Connection, text: str) -> table.Contract:
    """As `find`; where none runs any more, the last one of the subscriber: money is owed for it all the same."""
    try:
        return table.get(connection, UUID(text))
    except ValueError:
        found = table.listing(connection, subscriber.get(connection, text).id)
    running = any(one.state != "ended" for one in found)
    return find(connection, text) if running or not found else found[-1]


async def add(office: Office, params: Add) -> ShownWhole:
    """The new contract, active from today (Tokyo): opened by operations, without application and checklist."""
    layer = _changed({}, params.settings)

    def store(connection: Connection) -> ShownWhole:
        who = subscriber.get(connection, params.subscriber)
        new = formation.open_at_once(
            connection, id=office.ids.new(), subscriber_id=who.id, plan=params.plan, at=office.store.now(connection),
            settings=layer,
        )  # fmt: skip
        return _whole(office, connection, new.id)

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Shown]:
    """All contracts, oldest first."""
    return await office.store.read(lambda c: [_shown(c, one) for one in table.listing(c)])


async def show(office: Office, params: Which) -> ShownWhole:
    """One contract."""
    return await office.store.read(lambda c: _whole(office, c, find_any(c, params.contract).id))


async def explain_one(office: Office, params: Explain) -> Effective:
    """R3: one setting of a contract: its value, who set it, what it is for, with the article."""

    def look(connection: Connection) -> Effective:
        one = find_any(connection, params.contract)
        return explain(params.setting, table.plan(connection, one.plan).settings, one.settings)

    return await office.store.read(look)


async def set_settings(office: Office, params: Set) -> ShownWhole:
    """The contract with these settings over those of its plan; what was agreed before stays in its history."""

    def store(connection: Connection) -> ShownWhole:
        one, at = find(connection, params.contract), office.store.now(connection)
        new = _changed(one.settings, params.settings)
        table.set_settings(connection, one.id, new)
        agreement.append(
            connection, one.id, "settings_changed", at=at, effective_on=tokyo_date(at), by="operations",
            doc=Doc(settings=new, settings_before=one.settings),
        )  # fmt: skip
        return _whole(office, connection, one.id)

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


def _whole(office: Office, connection: Connection, id: UUID) -> ShownWhole:
    one, today = agreement.agreed(connection, id), tokyo_date(office.store.now(connection))
    layers = explain_all(table.plan(connection, one.contract.plan).settings, one.contract.settings)
    life, fee = one.life, one.life.fee()
    term, waits = term_on(today, life.started_on, one.settings), life.pending_plan(today)
    return ShownWhole(
        **_columns(connection, one.contract), live_on=life.live_on, term_from=term.from_on, term_to=term.to_on,
        next_plan=waits.plan if waits else None, next_plan_on=waits.on if waits else None,
        ends_on=life.pending_end(today), fee_yen=fee.yen if fee else None,
        fee_waived=fee is not None and fee.waived is not None, third_party_on=life.third_party_on, settings=layers,
    )  # fmt: skip


def _columns(connection: Connection, one: table.Contract) -> dict[str, Any]:
    who = subscriber.by_id(connection, one.subscriber_id)
    return {
        "contract": str(one.id), "subscriber": who.slug if who else str(one.subscriber_id), "plan": one.plan,
        "state": one.state, "started_on": one.started_on, "ended_on": one.ended_on,
    }  # fmt: skip
