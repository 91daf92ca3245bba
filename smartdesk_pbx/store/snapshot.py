"""The routing snapshot: who owns each number and what its callers meet, in memory and on disk.

A call is routed by it alone, so calls go on while the database is away.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select

from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.notice import Notice
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.contract.routing import ContractState
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.flow.builtin import ANSWERING_ONLY, UNPUBLISHED, answering_only
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.store.notice import for_routing
from smartdesk_pbx.store.routing_version import bump, version
from smartdesk_pbx.store.session import database_now
from smartdesk_pbx.store.tables import assigned_number, contract, flow, forward_source, plan, subscriber

__all__ = ["Route", "Routing", "bump", "from_file", "load", "to_file", "version"]


@dataclass(frozen=True)
class Route:
    """All that an arriving call must know about its number."""

    number: str
    subscriber_id: UUID
    subscriber: str
    """The subscriber's slug."""
    contract_id: UUID
    contract_state: ContractState
    plan: str
    plan_rules: Rules
    settings: ServiceSettings
    flow: Tree | None
    flow_name: str | None
    flow_version: int | None
    language: str
    announced_name: str
    announced_version: int
    announced_prompt: str | None
    emergency_prompt: str | None
    emergency_version: int
    forward_sources: frozenset[str]


@dataclass(frozen=True)
class Routing:
    """All routes by number, E.164, and the notices that calls may meet (R13). `version` is the counter at which they
    were read, `at` when."""

    version: int
    at: datetime
    routes: Mapping[str, Route]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class _OnDisk:
    version: int
    at: datetime
    routes: list[Route]
    notices: tuple[Notice, ...] = ()


_ON_DISK = TypeAdapter(_OnDisk)

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
        flow.c.tree,
        flow.c.name.label("flow_name"),
        flow.c.version.label("flow_version"),
    )
    .join_from(assigned_number, contract, contract.c.id == assigned_number.c.contract_id)
    .join(plan, plan.c.id == contract.c.plan)
    .join(subscriber, subscriber.c.id == contract.c.subscriber_id)
    .join(flow, flow.c.id == assigned_number.c.flow_version_id, isouter=True)
    .order_by(assigned_number.c.position, assigned_number.c.number)
)


def load(connection: Connection, at: datetime | None = None) -> Routing:
    """The routing as the tables say. `at`: now, else the database's clock. Raises Mistakes when a stored setting is
    not valid (any more)."""
    counter = version(connection)
    sources: dict[str, set[str]] = {}
    for number, source in connection.execute(select(forward_source)):
        sources.setdefault(number, set()).add(source)
    read = _Reader()
    rows = connection.execute(_QUERY)
    routes = {row.number: read.route(row, frozenset(sources.get(row.number, ()))) for row in rows}
    at = at or database_now(connection)
    return Routing(counter, at, MappingProxyType(routes), for_routing(connection, at))


class _Reader:
    """Reads each plan's rules and each flow's tree once, however many numbers share them."""

    def __init__(self) -> None:
        self._rules: dict[str, Rules] = {}
        self._trees: dict[tuple[str, int], Tree] = {}

    def route(self, row: Row[Any], sources: frozenset[str]) -> Route:
        if row.plan not in self._rules:
            self._rules[row.plan] = Rules.model_validate_json(json.dumps(row.rules))
        settings = effective(row.plan_settings, row.settings)
        tree, name, flow_version = self._tree(row), row.flow_name, row.flow_version
        if working(settings) & {"voice_guidance", "answering"} == {"answering"}:
            tree, name, flow_version = answering_only(), ANSWERING_ONLY, UNPUBLISHED
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
            forward_sources=sources,
        )

    def _tree(self, row: Row[Any]) -> Tree | None:
        if row.tree is None:
            return None
        which = (row.flow_name, row.flow_version)
        if which not in self._trees:
            self._trees[which] = Tree.model_validate_json(json.dumps(row.tree))
        return self._trees[which]


def to_file(routing: Routing, path: Path) -> None:
    """Write the snapshot, 0600, all or nothing. Raises EdgeDown when the disk refuses."""
    whole = _OnDisk(routing.version, routing.at, list(routing.routes.values()), routing.notices)
    text = _ON_DISK.dump_json(whole, by_alias=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EdgeDown(f"{path}: {error}") from error


def from_file(path: Path) -> Routing:
    """What `to_file` wrote. Raises RuleBroken when there is none that can be read."""
    try:
        found = _ON_DISK.validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RuleBroken(f"{path}: no routing snapshot that can be read ({type(error).__name__})") from None
    return Routing(found.version, found.at, MappingProxyType({r.number: r for r in found.routes}), found.notices)
