"""What a call is routed by: all that it must know about its number, and the routes of all numbers together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from uuid import UUID

from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.notice import Notice
from smartdesk_pbx.contract.routing import ContractState
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.flow.tree import Tree


@dataclass(frozen=True)
class Coming:
    """From `at` on callers meet this version of a flow."""

    at: datetime
    flow: Tree
    name: str
    version: int


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
    closures: tuple[Closure, ...] = ()
    """Above every calendar of the flow; those that held a little while ago too."""
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The contract's lists of callers by name: their keys."""
    coming: tuple[Coming, ...] = ()
    """Versions that go live later, in order."""

    def as_of(self, now: datetime) -> "Route":
        """The route with the version that is live by then."""
        due = [one for one in self.coming if one.at <= now]
        if not due:
            return self
        live, rest = due[-1], self.coming[len(due) :]
        return replace(self, flow=live.flow, flow_name=live.name, flow_version=live.version, coming=rest)


@dataclass(frozen=True)
class Routing:
    """All routes by number, E.164, and the notices that calls may meet (R13). `version` is the counter at which they
    were read, `at` when."""

    version: int
    at: datetime
    routes: Mapping[str, Route]
    notices: tuple[Notice, ...] = ()

    @cached_property
    def next_at(self) -> datetime | None:
        """When the next version goes live; None: none is scheduled."""
        return min((one.at for route in self.routes.values() for one in route.coming), default=None)

    @cached_property
    def trees(self) -> Mapping[tuple[str, int], Tree]:
        """Every version of a flow in it, by name and number."""
        found: dict[tuple[str, int], Tree] = {}
        for route in self.routes.values():
            if route.flow is not None and route.flow_name is not None and route.flow_version is not None:
                found[route.flow_name, route.flow_version] = route.flow
            found |= {(one.name, one.version): one.flow for one in route.coming}
        return found

    def as_of(self, now: datetime) -> "Routing":
        """The routing with the versions that are live by then. Needs no database: what goes live later is known."""
        if self.next_at is None or now < self.next_at:
            return self
        routes = {number: route.as_of(now) for number, route in self.routes.items()}
        return replace(self, routes=MappingProxyType(routes))
