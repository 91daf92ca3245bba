"""Every version of a plan's rules, for good: a judgement names one, and can be made again by it (R7.2)."""

import json

from sqlalchemy import Connection, insert, select

from smartdesk_pbx.contract.case_rules import Rules, rules_from_json, rules_to_json
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.tables import cases

table = cases.plan_rules


def keep(connection: Connection, plan: str, rules: Rules) -> None:
    """Keep a version. The same again is a no-op; other rules under a version that was used raise `RuleBroken`."""
    known = of(connection, plan, rules.version)
    if known is None:
        row = {"plan": plan, "version": rules.version, "rules": json.loads(rules_to_json(rules))}
        connection.execute(insert(table).values(row))
    elif known != rules:
        raise RuleBroken(f"plan {plan}: these are not the rules of version {rules.version}; name a new one")


def of(connection: Connection, plan: str, version: str) -> Rules | None:
    """The rules of a plan in that version."""
    query = select(table.c.rules).where(table.c.plan == plan, table.c.version == version)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else rules_from_json(json.dumps(found))


def versions(connection: Connection, plan: str) -> list[str]:
    """The versions a plan has had, by name."""
    query = select(table.c.version).where(table.c.plan == plan).order_by(table.c.version)
    return list(connection.execute(query).scalars())
