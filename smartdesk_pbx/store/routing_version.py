"""The counter that says whether the routing snapshot is still what the tables say."""

from sqlalchemy import Connection, select, update

from smartdesk_pbx.store.tables import routing_version


def bump(connection: Connection) -> None:
    """Every write to what routing depends on calls this, in its own transaction."""
    connection.execute(update(routing_version).values(version=routing_version.c.version + 1))


def version(connection: Connection) -> int:
    """The counter: one cheap query for a sweep."""
    return int(connection.execute(select(routing_version.c.version)).scalar_one())
