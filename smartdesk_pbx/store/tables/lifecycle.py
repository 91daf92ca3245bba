"""From application to end: what was asked, decided and agreed, and when."""

from sqlalchemy import (
    JSON,
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

application = Table(
    "application",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", String(40), nullable=False),
    Column("plan", String(40), ForeignKey("plan.id"), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("starts_on", Date),
    Column("state", String(12), nullable=False),
    Column("terms", String(40), nullable=False),
    Column("consented_at", Moment, nullable=False),
    Column("sealed", LargeBinary),
    Column("applied_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("reason_code", String(12)),
    Column("reason", Text),
    Column("contract_id", Uuid, ForeignKey("contract.id"), index=True),
    CheckConstraint("state IN ('applied', 'screening', 'refused', 'approved')", name="state"),
    Index("ix_application_state_applied_at", "state", "applied_at"),
)

application_event = Table(
    "application_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("application_id", Uuid, ForeignKey("application.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason_code", String(12)),
    Column("reason", Text),
    Column("doc", Text, nullable=False),
    UniqueConstraint("application_id", "seq"),
)

identity_check = Table(
    "identity_check",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("application_id", Uuid, ForeignKey("application.id"), nullable=False, index=True),
    Column("document", String(40), nullable=False),
    Column("method", String(12), nullable=False),
    Column("issued_on", Date),
    Column("checked_on", Date, nullable=False),
    Column("checked_by", Text, nullable=False),
    Column("sealed", LargeBinary),
)

revoked_party = Table(
    "revoked_party",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contract.id"), index=True),
    Column("listed_at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason_code", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("sealed", LargeBinary),
    *(Column(name, String(64), index=True) for name in ("name_key", "phone_key", "address_key")),
    Column("removed_at", Moment),
    Column("removed_because", Text),
)

contract_event = Table(
    "contract_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason_code", String(12)),
    Column("reason", Text),
    Column("doc", Text, nullable=False),
    UniqueConstraint("contract_id", "seq"),
    Index("ix_contract_event_kind_effective_on", "kind", "effective_on"),
)
