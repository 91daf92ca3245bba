"""The number pool, notices, versions of the terms, requests for change, letters to be sent.

Revision ID: 0004
"""

import itertools

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
INSERT_ONLY = ("pool_event", "terms_version", "terms_consent")


def upgrade() -> None:
    for make in (_pool, _terms, _notices, _changes, _outbox, _known_numbers, _refuse_changes):
        make()


def _pool() -> None:
    op.create_table(
        "pool_number",
        sa.Column("number", sa.String(16), primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("quarantined_until", sa.Date),
        sa.Column("carrier", sa.String(80), nullable=False),
        sa.CheckConstraint(
            "state IN ('free', 'assigned', 'quarantined', 'ported_out')", name=op.f("ck_pool_number_state")
        ),
    )
    op.create_table(
        "pool_event",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id")),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_pool_event_number_at", "pool_event", ["number", "at"])


def _known_numbers() -> None:
    """Numbers that were assigned, now or once, before there was a pool."""
    op.execute(
        "INSERT INTO pool_number (number, state, since, carrier) "
        "SELECT h.number, CASE WHEN a.number IS NULL THEN 'free' ELSE 'assigned' END, "
        "max(coalesce(h.to_at, h.from_at)), '' "
        "FROM number_assignment h LEFT JOIN assigned_number a ON a.number = h.number GROUP BY h.number, a.number"
    )


def _terms() -> None:
    op.create_table(
        "terms_version",
        sa.Column("version", sa.String(40), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
    )
    op.create_table(
        "terms_consent",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("version", sa.String(40), sa.ForeignKey("terms_version.version"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("how", sa.String(12), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.UniqueConstraint("subscriber_id", "version", name=op.f("uq_terms_consent_subscriber_id_version")),
        sa.CheckConstraint("how IN ('application', 'sign_in', 'call', 'writing')", name=op.f("ck_terms_consent_how")),
    )


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("to_at", MOMENT),
        sa.Column("prompt", sa.String(40)),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("terms_version", sa.String(40), sa.ForeignKey("terms_version.version")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by", sa.String(80)),
        sa.CheckConstraint(
            "kind IN ('maintenance', 'interruption', 'end_of_service', 'terms')", name=op.f("ck_notice_kind")
        ),
        sa.CheckConstraint("scope IN ('all', 'node', 'plan', 'contract')", name=op.f("ck_notice_scope")),
    )
    op.create_table(
        "notice_told",
        sa.Column("notice_id", sa.Uuid, sa.ForeignKey("notice.id"), primary_key=True),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), primary_key=True),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("timing", sa.String(10), nullable=False),
        sa.Column("letters", sa.Integer, nullable=False),
        sa.CheckConstraint("timing IN ('before', 'afterwards')", name=op.f("ck_notice_told_timing")),
    )


def _changes() -> None:
    op.create_table(
        "change_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("field", sa.String(24), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'withdrawn')", name=op.f("ck_change_request_state")
        ),
    )
    op.create_index(op.f("ix_change_request_subscriber_id"), "change_request", ["subscriber_id"])
    op.create_table(
        "registered_detail",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("field", sa.String(24), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("change_request.id")),
        sa.UniqueConstraint(
            "subscriber_id", "field", "target", "version",
            name=op.f("uq_registered_detail_subscriber_id_field_target_version"),
        ),
    )  # fmt: skip


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id")),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("claimed_until", MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f("ck_outbox_state")),
    )
    op.create_index(op.f("ix_outbox_subscriber_id"), "outbox", ["subscriber_id"])
    op.create_index("ix_outbox_state_next_at", "outbox", ["state", "next_at"])


def _refuse_changes() -> None:
    """What was said or agreed is never changed: the database itself says no, whoever asks."""
    if op.get_context().dialect.name == "sqlite":
        for table, verb in itertools.product(INSERT_ONLY, ("UPDATE", "DELETE")):
            refuse = f"SELECT RAISE(ABORT, '{table} is insert-only')"
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {refuse}; END")
        return
    does = "EXECUTE FUNCTION refuse_change()"
    for table in INSERT_ONLY:
        op.execute(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {does}")
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {does}")
