"""What people said of cases (a projection of their events), complaints and dossiers, and every version of the rules."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from smartdesk_pbx.store.moment import Moment
from smartdesk_pbx.store.tables.base import metadata

case_mark = Table(
    "case_mark",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("kind", String(4), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("kind IN ('mark', 'tag')", name="kind"),
    Index("ix_case_mark_kind_name", "kind", "name"),
)

plan_rules = Table(
    "plan_rules",
    metadata,
    Column("plan", String(40), primary_key=True),
    Column("version", String(40), primary_key=True),
    Column("rules", JSON, nullable=False),
)

complaint_dossier = Table(
    "complaint_dossier",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("window_days", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", Text),
    Column("reason", Text),
    CheckConstraint("state IN ('open', 'kept', 'suspended')", name="state"),
)

dossier_case = Table(
    "dossier_case",
    metadata,
    Column("dossier_id", Uuid, ForeignKey("complaint_dossier.id"), primary_key=True),
    Column("call_id", Uuid, primary_key=True, index=True),
    Column("added_at", Moment, nullable=False),
)
