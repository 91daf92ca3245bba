"""The number pool, notices, versions of the terms, requests for change, and letters to be sent."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from smartdesk_pbx.store.moment import Moment
from smartdesk_pbx.store.tables.base import metadata

pool_number = Table(
    "pool_number",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("since", Moment, nullable=False),
    Column("quarantined_until", Date),
    Column("carrier", String(80), nullable=False),
    CheckConstraint("state IN ('free', 'assigned', 'quarantined', 'ported_out')", name="state"),
)

pool_event = Table(
    "pool_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(16), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(80), nullable=False),
    Column("contract_id", Uuid, ForeignKey("contract.id")),
    Column("reason", Text, nullable=False),
    Index("ix_pool_event_number_at", "number", "at"),
)

terms_version = Table(
    "terms_version",
    metadata,
    Column("version", String(40), primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("added_by", String(80), nullable=False),
)

terms_consent = Table(
    "terms_consent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), nullable=False),
    Column("version", String(40), ForeignKey("terms_version.version"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("how", String(12), nullable=False),
    Column("by", String(80), nullable=False),
    UniqueConstraint("subscriber_id", "version"),
    CheckConstraint("how IN ('application', 'sign_in', 'call', 'writing')", name="how"),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("scope", String(10), nullable=False),
    Column("target", String(40), nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("to_at", Moment),
    Column("prompt", String(40)),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("terms_version", String(40), ForeignKey("terms_version.version")),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(80)),
    CheckConstraint("kind IN ('maintenance', 'interruption', 'end_of_service', 'terms')", name="kind"),
    CheckConstraint("scope IN ('all', 'node', 'plan', 'contract')", name="scope"),
)

notice_told = Table(
    "notice_told",
    metadata,
    Column("notice_id", Uuid, ForeignKey("notice.id"), primary_key=True),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), primary_key=True),
    Column("told_at", Moment, nullable=False),
    Column("timing", String(10), nullable=False),
    Column("letters", Integer, nullable=False),
    CheckConstraint("timing IN ('before', 'afterwards')", name="timing"),
)

change_request = Table(
    "change_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("field", String(24), nullable=False),
    Column("target", String(40), nullable=False),
    Column("sealed", LargeBinary),
    Column("asked_at", Moment, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("state", String(10), nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", String(80)),
    Column("reason", Text, nullable=False),
    CheckConstraint("state IN ('asked', 'approved', 'refused', 'withdrawn')", name="state"),
)

registered_detail = Table(
    "registered_detail",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), nullable=False),
    Column("field", String(24), nullable=False),
    Column("target", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary),
    Column("at", Moment, nullable=False),
    Column("by", String(80), nullable=False),
    Column("request_id", Uuid, ForeignKey("change_request.id")),
    UniqueConstraint("subscriber_id", "field", "target", "version"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), index=True),
    Column("state", String(8), nullable=False),
    Column("sealed", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("claimed_until", Moment),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", Moment),
    Column("last_error", Text, nullable=False),
    CheckConstraint("state IN ('queued', 'sent', 'failed')", name="state"),
    Index("ix_outbox_state_next_at", "state", "next_at"),
)
