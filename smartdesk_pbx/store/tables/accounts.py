"""Users, their sessions, and who did or looked at what."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from smartdesk_pbx.store.moment import Moment
from smartdesk_pbx.store.tables.base import metadata

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), index=True),
    Column("agent", String(40), ForeignKey("agent.id")),
    Column("password", Text),
    Column("state", String(8), nullable=False),
    Column("reason", Text),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("state IN ('open', 'stolen', 'closed')", name="state"),
    CheckConstraint(
        "role IN ('subscriber', 'agent', 'supervisor', 'operations', 'accountant', 'auditor')", name="role"
    ),
    CheckConstraint("(role = 'subscriber') = (subscriber_id IS NOT NULL)", name="subscriber"),
    CheckConstraint("(role = 'agent') = (agent IS NOT NULL)", name="agent"),
)

session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False, index=True),
    Column("opened_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("address", Text, nullable=False),
    Column("program", Text, nullable=False),
)

password_reset = Table(
    "password_reset",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False, index=True),
    Column("ends_at", Moment, nullable=False),
    Column("used_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("account_id", Uuid),
    Column("did", String(12), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("about", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint("did IN ('change', 'look', 'sign_in', 'sign_in_no', 'refused')", name="did"),
    Index("ix_audit_at", "at"),
    Index("ix_audit_who_at", "who", "at"),
)
