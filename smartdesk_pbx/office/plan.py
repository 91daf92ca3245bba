"""Plans: default settings and case rules, put in force from a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smartdesk_pbx.contract.plan import Plan, plan_from_yaml
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import contract as table


class Add(Params):
    """`text` is the YAML of a plan, `file` what its mistakes are named after."""

    text: str
    file: str = "plan.yaml"


class Which(Params):
    plan: str


@dataclass(frozen=True)
class Shown:
    plan: str
    name: str
    rules_version: str
    settings: Mapping[str, Any]
    rules: tuple[Mapping[str, Any], ...]
    """As in the file: id, text, when, class, billable, units; in the order in which they are asked."""


async def add(office: Office, params: Add) -> Shown:
    """The plan, new or in its new version. Raises `Mistakes`, all of them with their lines."""
    plan = plan_from_yaml(params.text, params.file)
    return _shown(await office.store.run(lambda c: _put(office, c, plan)))


def _put(office: Office, connection: Any, plan: Plan) -> table.StoredPlan:
    known = {one.id: one for one in table.plan_listing(connection)}.get(plan.plan)
    if known and known.rules != plan.rules and known.rules.version == plan.rules.version:
        raise RuleBroken(f"plan {plan.plan}: these are not the rules of version {plan.rules.version}; name a new one")
    return table.put_plan(connection, id=plan.plan, name=plan.name, settings=plan.settings, rules=plan.rules)


async def listing(office: Office, _: Params) -> list[Shown]:
    """All plans by id."""
    return [_shown(one) for one in await office.store.read(table.plan_listing)]


async def show(office: Office, params: Which) -> Shown:
    """One plan with its rules."""
    return _shown(await office.store.read(lambda c: table.plan(c, params.plan)))


def _shown(plan: table.StoredPlan) -> Shown:
    rules = tuple(r.model_dump(mode="json", by_alias=True, exclude_none=True) for r in plan.rules.rules)
    return Shown(plan.id, plan.name, plan.rules.version, plan.settings, rules)
