"""Published flows: every version is kept as it was written and as it was read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.link import Find, Shared
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.turns import Version
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import flow as table


@dataclass(frozen=True)
class PublishedFlow:
    """One version of a flow, never changed again; `text` is the YAML that was published. `forced`: why it was
    published although `broken` was wrong with it."""

    id: UUID
    name: str
    version: int
    text: str
    tree: Tree
    published_at: datetime
    published_by: str = ""
    forced: str | None = None
    broken: tuple[str, ...] = ()

    @property
    def what(self) -> Version:
        """Its name and number."""
        return Version(self.name, self.version)


def publish(
    connection: Connection,
    *,
    id: UUID,
    text: str,
    tree: Tree,
    at: datetime,
    by: str = "",
    forced: str | None = None,
    broken: Sequence[str] = (),
) -> PublishedFlow:
    """The next version of the flow, or the latest one when it is still the same, shared flows included. Raises
    RuleBroken when somebody else publishes it at the very same time."""
    last = latest(connection, tree.flow)
    if last is not None and last.text == text and last.tree == tree:
        return last
    row = PublishedFlow(id, tree.flow, last.version + 1 if last else 1, text, tree, at, by, forced, tuple(broken))
    columns = vars(row) | {"tree": tree.model_dump(mode="json"), "broken": list(broken) or None}
    try:
        connection.execute(insert(table).values(columns))
    except IntegrityError:
        raise RuleBroken(f"somebody else is publishing {tree.flow} just now; try again") from None
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


def versions(connection: Connection, name: str) -> list[PublishedFlow]:
    """Every version of a flow, the newest first. Raises RuleBroken when it was never published."""
    rows = connection.execute(select(table).where(table.c.name == name).order_by(table.c.version.desc())).all()
    if not rows:
        raise RuleBroken(f"no flow {name}")
    return [_flow(row) for row in rows]


def shared(connection: Connection) -> Find:
    """Finds the latest version of a shared flow, to be linked in by `flow/load.py`."""

    def find(name: str) -> Shared | None:
        one = latest(connection, name)
        return Shared(one.text, str(one.what), one.version) if one else None

    return find


def _flow(row: Row[Any]) -> PublishedFlow:
    tree = Tree.model_validate_json(json.dumps(row.tree))
    return PublishedFlow(
        row.id, row.name, row.version, row.text, tree, row.published_at, row.published_by or "", row.forced,
        tuple(row.broken or ()),
    )  # fmt: skip
