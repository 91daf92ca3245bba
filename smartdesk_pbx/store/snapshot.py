"""The routing snapshot: who owns each number and what its callers meet, now and once a scheduled version goes live.

A call is routed by it alone, so calls go on while the database is away.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.contract.settings import effective
from smartdesk_pbx.flow.builtin import ANSWERING_ONLY, UNPUBLISHED, answering_only
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.turns import Turn, coming, in_force
from smartdesk_pbx.store import caller_list, closure, turn
from smartdesk_pbx.store.notice import for_routing
from smartdesk_pbx.store.route import Coming, Route, Routing
from smartdesk_pbx.store.routing_version import bump, version
from smartdesk_pbx.store.session import database_now
from smartdesk_pbx.store.snapshot_file import from_file, to_file
from smartdesk_pbx.store.tables import assigned_number, contract, flow, forward_source, plan, subscriber

__all__ = ["Route", "Routing", "bump", "from_file", "load", "to_file", "version"]

_AT_ONCE = 500

_QUERY = (
    select(
        assigned_number.c.number,
        contract.c.id.label("contract_id"),
        contract.c.state,
        contract.c.settings,
        plan.c.id.label("plan"),
        plan.c.settings.label("plan_settings"),
        plan.c.rules,
        subscriber,
    )
    .join_from(assigned_number, contract, contract.c.id == assigned_number.c.contract_id)
    .join(plan, plan.c.id == contract.c.plan)
    .join(subscriber, subscriber.c.id == contract.c.subscriber_id)
    .order_by(assigned_number.c.position, assigned_number.c.number)
)


def load(connection: Connection, at: datetime | None = None, before: Routing | None = None) -> Routing:
    """The routing as the tables say. `at`: now, else the database's clock; `before`: the last one, whose flows need
    not be read again, as a version never changes. Raises Mistakes when a stored setting is not valid (any more)."""
    counter = version(connection)
    at = at or database_now(connection)
    read = _Reader(connection, at, before.trees if before else {})
    routes = {row.number: read.route(row) for row in connection.execute(_QUERY).all()}
    return Routing(counter, at, MappingProxyType(routes), for_routing(connection, at))


class _Reader:
    """Reads what belongs to many numbers once: sources, turns, flows, closures, lists, each plan's rules."""

    def __init__(self, connection: Connection, at: datetime, known: Mapping[tuple[str, int], Tree]) -> None:
        self._at = at
        self._rules: dict[str, Rules] = {}
        self._sources: dict[str, set[str]] = {}
        for number, source in connection.execute(select(forward_source)):
            self._sources.setdefault(number, set()).add(source)
        self._turns = turn.of_all(connection)
        self._trees = _trees(connection, self._needed(), known)
        self._closures: Mapping[str, tuple[Closure, ...]] = closure.for_routing(connection, at)
        self._lists = caller_list.for_routing(connection)

    def _needed(self) -> Iterable[Turn]:
        for turns in self._turns.values():
            live = in_force(turns, self._at)
            yield from ([live] if live else [])
            yield from coming(turns, self._at)

    def route(self, row: Row[Any]) -> Route:
        """The whole route of a number."""
        if row.plan not in self._rules:
            self._rules[row.plan] = Rules.model_validate_json(json.dumps(row.rules))
        settings = effective(row.plan_settings, row.settings)
        tree, name, flow_version = self._live(row.number)
        later = self._later(row.number)
        if working(settings) & {"voice_guidance", "answering"} == {"answering"}:
            tree, name, flow_version, later = answering_only(), ANSWERING_ONLY, UNPUBLISHED, ()
        return Route(
            number=row.number,
            subscriber_id=row.id,
            subscriber=row.slug,
            contract_id=row.contract_id,
            contract_state=row.state,
            plan=row.plan,
            plan_rules=self._rules[row.plan],
            settings=settings,
            flow=tree,
            flow_name=name,
            flow_version=flow_version,
            language=row.language,
            announced_name=row.announced_name,
            announced_version=row.announced_version,
            announced_prompt=row.announced_prompt,
            emergency_prompt=row.emergency_prompt,
            emergency_version=row.emergency_version,
            forward_sources=frozenset(self._sources.get(row.number, ())),
            closures=self._closures.get(row.number, ()),
            lists=self._lists.get(row.contract_id, {}),
            coming=later,
        )

    def _live(self, number: str) -> tuple[Tree | None, str | None, int | None]:
        live = in_force(self._turns.get(number, ()), self._at)
        return (self._trees[live.flow_id], live.what.flow, live.what.version) if live else (None, None, None)

    def _later(self, number: str) -> tuple[Coming, ...]:
        ahead = coming(self._turns.get(number, ()), self._at)
        return tuple(Coming(one.from_at, self._trees[one.flow_id], one.what.flow, one.what.version) for one in ahead)


def _trees(connection: Connection, turns: Iterable[Turn], known: Mapping[tuple[str, int], Tree]) -> dict[UUID, Tree]:
    needed = {one.flow_id: (one.what.flow, one.what.version) for one in turns}
    found = {id: known[what] for id, what in needed.items() if what in known}
    missing = [id for id in needed if id not in found]
    for start in range(0, len(missing), _AT_ONCE):
        query = select(flow.c.id, flow.c.tree).where(flow.c.id.in_(missing[start : start + _AT_ONCE]))
        for id, tree in connection.execute(query):
            found[id] = Tree.model_validate_json(json.dumps(tree))
    return found
