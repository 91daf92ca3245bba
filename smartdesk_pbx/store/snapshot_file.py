"""The routing snapshot on disk, for a start without the database. Each flow and each list of callers stands there
once, however many numbers share it."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from pydantic import TypeAdapter

from smartdesk_pbx.contract.notice import Notice
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.store.route import Coming, Route, Routing


@dataclass(frozen=True)
class _Flow:
    name: str
    version: int
    tree: Tree


@dataclass(frozen=True)
class _Coming:
    at: datetime
    name: str
    version: int


@dataclass(frozen=True)
class _OnDisk:
    """Routes stand without their trees and lists."""

    version: int
    at: datetime
    routes: list[Route]
    notices: tuple[Notice, ...] = ()
    flows: list[_Flow] = field(default_factory=list)
    coming: dict[str, list[_Coming]] = field(default_factory=dict)
    lists: dict[UUID, dict[str, frozenset[str]]] = field(default_factory=dict)


_ON_DISK = TypeAdapter(_OnDisk)


def to_file(routing: Routing, path: Path) -> None:
    """Write the snapshot, 0600, all or nothing. Raises EdgeDown when the disk refuses."""
    text = _ON_DISK.dump_json(_to_disk(routing), by_alias=True)
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
        return _from_disk(_ON_DISK.validate_json(path.read_bytes()))
    except (OSError, ValueError, KeyError) as error:
        raise RuleBroken(f"{path}: no routing snapshot that can be read ({type(error).__name__})") from None


def _to_disk(routing: Routing) -> _OnDisk:
    routes = routing.routes.values()
    return _OnDisk(
        routing.version,
        routing.at,
        [replace(route, flow=None, coming=(), lists={}) for route in routes],
        routing.notices,
        [_Flow(name, version, tree) for (name, version), tree in routing.trees.items()],
        {r.number: [_Coming(one.at, one.name, one.version) for one in r.coming] for r in routes if r.coming},
        {r.contract_id: {name: keys for name, keys in r.lists.items()} for r in routes if r.lists},
    )


def _from_disk(found: _OnDisk) -> Routing:
    trees = {(one.name, one.version): one.tree for one in found.flows}
    routes = {route.number: _whole(route, found, trees) for route in found.routes}
    return Routing(found.version, found.at, MappingProxyType(routes), found.notices)


def _whole(route: Route, found: _OnDisk, trees: Mapping[tuple[str, int], Tree]) -> Route:
    tree = None
    if route.flow_name is not None and route.flow_version is not None:
        tree = trees[route.flow_name, route.flow_version]
    coming = tuple(
        Coming(one.at, trees[one.name, one.version], one.name, one.version)
        for one in found.coming.get(route.number, ())
    )
    return replace(route, flow=tree, coming=coming, lists=found.lists.get(route.contract_id, {}))
