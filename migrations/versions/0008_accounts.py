"""Users, their sessions, and who did or looked at what.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    for make in (_account, _session, _audit, _refuse_changes):
        make()


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), index=True),
        sa.Column("agent", sa.String(40), sa.ForeignKey("agent.id")),
        sa.Column("password", sa.Text),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('open', 'stolen', 'closed')", name=op.f("ck_account_state")),
        sa.CheckConstraint(
            "role IN ('subscriber', 'agent', 'supervisor', 'operations', 'accountant', 'auditor')",
            name=op.f("ck_account_role"),
        ),
        sa.CheckConstraint("(role = 'subscriber') = (subscriber_id IS NOT NULL)", name=op.f("ck_account_subscriber")),
        sa.CheckConstraint("(role = 'agent') = (agent IS NOT NULL)", name=op.f("ck_account_agent")),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
    )
    op.create_table(
        "password_reset",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("account_id", sa.Uuid),
        sa.Column("did", sa.String(12), nullable=False),
        sa.Column("operation", sa.String(60), nullable=False),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.CheckConstraint("did IN ('change', 'look', 'sign_in', 'sign_in_no', 'refused')", name=op.f("ck_audit_did")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_who_at", "audit", ["who", "at"])


def _refuse_changes() -> None:
    """Nobody rewrites what they did."""
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            refuse = "SELECT RAISE(ABORT, 'audit is insert-only')"
            op.execute(f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit BEGIN {refuse}; END")
        return
    does = "EXECUTE FUNCTION refuse_change()"
    op.execute(f"CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW {does}")
    op.execute(f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT {does}")
