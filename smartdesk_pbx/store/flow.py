"""Published flows: every version is kept as it was written and as it was read."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import flow as table


@dataclass(frozen=True)
class PublishedFlow:
    """One version of a flow; `text` is the YAML that was published."""

    id: UUID
    name: str
    version: int
    text: str
    tree: Tree
    published_at: datetime


def publish(connection: Connection, *, id: UUID, text: str, tree: Tree, at: datetime) -> PublishedFlow:
    """The next version of the flow, or the latest one when its text is still the same."""
    last = latest(connection, tree.flow)
    if last is not None and last.text == text and last.tree == tree:
        return last
    row = PublishedFlow(id, tree.flow, last.version + 1 if last else 1, text, tree, at)
    columns = vars(row) | {"tree": tree.model_dump(mode="json")}
    connection.execute(insert(table).values(columns))
    bump(connection)
    return row


def get(connection: Connection, name: str, version: int | None = None) -> PublishedFlow:
    """A version of a flow, without `version` the latest. Raises RuleBroken when it was not published."""
    query = select(table).where(table.c.name == name).order_by(table.c.version.desc())
    if version is not None:
        query = query.where(table.c.version == version)
    found = connection.execute(query).first()
    if found is None:
        raise RuleBroken(f"no flow {name}" + (f" version {version}" if version else ""))
    return _flow(found)


def latest(connection: Connection, name: str) -> PublishedFlow | None:
    """The latest version of a flow, None when it was never published."""
    found = connection.execute(select(table).where(table.c.name == name).order_by(table.c.version.desc())).first()
    return _flow(found) if found else None


def listing(connection: Connection) -> list[PublishedFlow]:
    """The latest version of every flow, by name."""
    newest = select(table.c.name, func.max(table.c.version).label("version")).group_by(table.c.name).subquery()
    same = (newest.c.name == table.c.name) & (newest.c.version == table.c.version)
    return [_flow(row) for row in connection.execute(select(table).join(newest, same).order_by(table.c.name))]


def _flow(row: Row[Any]) -> PublishedFlow:
    tree = Tree.model_validate_json(json.dumps(row.tree))
    return PublishedFlow(row.id, row.name, row.version, row.text, tree, row.published_at)
