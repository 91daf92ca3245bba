"""Plans and contracts: what was agreed, with the settings that each of them carries (R3)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from smartdesk_pbx.contract.case_rules import Rules, rules_from_json, rules_to_json
from smartdesk_pbx.contract.routing import ContractState
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import rules as kept_rules
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import contract as table
from smartdesk_pbx.store.tables import plan as plans
from smartdesk_pbx.store.tables import subscriber as subscribers


@dataclass(frozen=True)
class StoredPlan:
    """A plan as stored; `settings` is a layer for `contract.settings.effective`."""

    id: str
    name: str
    settings: Mapping[str, Any]
    rules: Rules


@dataclass(frozen=True)
class Contract:
    """A contract of a subscriber under a plan. Dates are Tokyo's."""

    id: UUID
    subscriber_id: UUID
    plan: str
    state: ContractState
    settings: Mapping[str, Any]
    started_on: date
    ended_on: date | None


def put_plan(connection: Connection, *, id: str, name: str, settings: Mapping[str, Any], rules: Rules) -> StoredPlan:
    """A new plan, or a new text of one. RuleBroken: other rules than its own under a version that was used before."""
    kept_rules.keep(connection, id, rules)
    columns = {
        "name": name,
        "settings": dict(settings),
        "rules": json.loads(rules_to_json(rules)),
        "rules_version": rules.version,
    }
    if connection.execute(update(plans).where(plans.c.id == id).values(columns)).rowcount == 0:
        connection.execute(insert(plans).values(id=id, **columns))
    bump(connection)
    return StoredPlan(id, name, settings, rules)


def plan(connection: Connection, id: str) -> StoredPlan:
    """A plan. Raises RuleBroken when there is none of that id."""
    found = connection.execute(select(plans).where(plans.c.id == id)).first()
    if found is None:
        raise RuleBroken(f"no plan {id}")
    return _plan(found)


def plan_listing(connection: Connection) -> list[StoredPlan]:
    """All plans by id."""
    return [_plan(row) for row in connection.execute(select(plans).order_by(plans.c.id))]


def _plan(row: Row[Any]) -> StoredPlan:
    return StoredPlan(row.id, row.name, row.settings, rules_from_json(json.dumps(row.rules)))


def add(
    connection: Connection,
    *,
    id: UUID,
    subscriber_id: UUID,
    plan: str,
    started_on: date,
    settings: Mapping[str, Any] | None = None,
    state: ContractState = "active",
) -> Contract:
    """A new contract. Raises RuleBroken when the plan is unknown."""
    if connection.execute(select(plans.c.id).where(plans.c.id == plan)).first() is None:
        raise RuleBroken(f"no plan {plan}")
    row = Contract(id, subscriber_id, plan, state, dict(settings or {}), started_on, None)
    connection.execute(insert(table).values(**vars(row)))
    bump(connection)
    return row


def get(connection: Connection, id: UUID) -> Contract:
    """A contract. Raises RuleBroken when there is none of that id."""
    found = connection.execute(select(table).where(table.c.id == id)).first()
    if found is None:
        raise RuleBroken(f"no contract {id}")
    return Contract(**found._mapping)


def listing(connection: Connection, subscriber_id: UUID | None = None) -> list[Contract]:
    """All contracts, or those of one subscriber, oldest first."""
    query = select(table).order_by(table.c.started_on, table.c.id)
    if subscriber_id is not None:
        query = query.where(table.c.subscriber_id == subscriber_id)
    return [Contract(**row._mapping) for row in connection.execute(query)]


def settings_of(connection: Connection, id: UUID) -> ServiceSettings:
    """The settings in force for a contract (R3). Raises RuleBroken when there is none of that id."""
    one = get(connection, id)
    return effective(plan(connection, one.plan).settings, one.settings)


def slugs(connection: Connection) -> dict[UUID, str]:
    """The short name of the subscriber of each contract."""
    query = select(table.c.id, subscribers.c.slug).join(subscribers, subscribers.c.id == table.c.subscriber_id)
    return {id: slug for id, slug in connection.execute(query)}


def set_state(connection: Connection, id: UUID, state: ContractState, *, ended_on: date | None = None) -> None:
    """Suspend, resume or end a contract (R8.5); routing follows at once. Raises RuleBroken for an unknown one."""
    _change(connection, id, state=state, ended_on=ended_on)


def set_settings(connection: Connection, id: UUID, settings: Mapping[str, Any]) -> None:
    """Replace a contract's own settings (R3); check them with `contract.settings` first."""
    _change(connection, id, settings=dict(settings))


def _change(connection: Connection, id: UUID, **columns: object) -> None:
    if connection.execute(update(table).where(table.c.id == id).values(columns)).rowcount == 0:
        raise RuleBroken(f"no contract {id}")
    bump(connection)
