"""The operator's own details as documents name them; every version is kept."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from smartdesk_pbx.billing.invoice import Issuer
from smartdesk_pbx.store.tables.money import operator_details as table


@dataclass(frozen=True)
class Details:
    """One version of the details."""

    version: int
    issuer: Issuer
    at: datetime


def put(connection: Connection, issuer: Issuer, at: datetime) -> Details:
    """The details in force from now on; a version of their own unless nothing changed."""
    now = current(connection)
    if now is not None and now.issuer == issuer:
        return now
    made = Details(now.version + 1 if now else 1, issuer, at)
    content = msgspec.json.encode(issuer, order="sorted").decode()
    connection.execute(insert(table).values(version=made.version, content=content, at=at))
    return made


def current(connection: Connection) -> Details | None:
    """The details in force; None before they were set."""
    row = connection.execute(select(table).order_by(table.c.version.desc()).limit(1)).first()
    return Details(row.version, msgspec.json.decode(row.content, type=Issuer), row.at) if row else None
