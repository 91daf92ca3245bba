"""Which version of a flow answers a number when, closures of numbers, and the lists of callers that flows ask for.

All hang on the assignment of a number or on its contract: the next one who gets the number begins anew.
"""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
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

flow_turn = Table(
    "flow_turn",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("assignment_id", Uuid, ForeignKey("number_assignment.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("flow_version_id", Uuid, ForeignKey("flow.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("by", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("broken", JSON(none_as_null=True)),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(80)),
    CheckConstraint("kind IN ('assign', 'publish', 'rollback', 'schedule')", name="kind"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
    UniqueConstraint("assignment_id", "seq"),
)
"""The version in force is the last one whose `from_at` has come, of several at one instant that of the highest `seq`.
`broken`: what was wrong with it for this number when `reason` made it live all the same."""

closure = Table(
    "closure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("assignment_id", Uuid, ForeignKey("number_assignment.id"), nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("reason", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(80)),
    CheckConstraint("until IS NULL OR until > since", name="until"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
)
"""`ended_at`: opened again before `until`, or another closure took its place."""

listed_caller = Table(
    "listed_caller",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False),
    Column("list", String(40), nullable=False),
    Column("caller_key", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("added_by", String(80), nullable=False),
    UniqueConstraint("contract_id", "list", "caller_key"),
)
"""`sealed`: the number and a note."""
