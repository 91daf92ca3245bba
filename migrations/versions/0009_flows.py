"""Flows: who published a version and what was wrong with it, which one a number had when, closures, callers' lists.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    for make in (_flow, _turns, _turns_so_far, _closures, _callers):
        make()


def _flow() -> None:
    """A version is never changed again: who asks what a caller heard must find it as it was."""
    op.add_column("flow", sa.Column("published_by", sa.String(80)))
    op.add_column("flow", sa.Column("forced", sa.Text))
    op.add_column("flow", sa.Column("broken", sa.JSON))
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            refuse = "SELECT RAISE(ABORT, 'flow is insert-only')"
            op.execute(f"CREATE TRIGGER flow_no_{verb.lower()} BEFORE {verb} ON flow BEGIN {refuse}; END")
        return
    does = "EXECUTE FUNCTION refuse_change()"
    op.execute(f"CREATE TRIGGER flow_no_change BEFORE UPDATE OR DELETE ON flow FOR EACH ROW {does}")
    op.execute(f"CREATE TRIGGER flow_no_truncate BEFORE TRUNCATE ON flow FOR EACH STATEMENT {does}")


def _turns() -> None:
    op.create_table(
        "flow_turn",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("assignment_id", sa.Uuid, sa.ForeignKey("number_assignment.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("flow_version_id", sa.Uuid, sa.ForeignKey("flow.id"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("broken", sa.JSON),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by", sa.String(80)),
        sa.CheckConstraint("kind IN ('assign', 'publish', 'rollback', 'schedule')", name=op.f("ck_flow_turn_kind")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_flow_turn_withdrawn")),
        sa.UniqueConstraint("assignment_id", "seq", name=op.f("uq_flow_turn_assignment_id_seq")),
    )


def _turns_so_far() -> None:
    """What each number has now, since the later of its assignment and the publication; then the column goes, so that
    nothing can disagree with the turns."""
    op.execute(
        "INSERT INTO flow_turn (id, assignment_id, seq, flow_version_id, kind, from_at, made_at, by, reason) "
        "SELECT h.id, h.id, 1, f.id, 'assign', "
        "CASE WHEN f.published_at > h.from_at THEN f.published_at ELSE h.from_at END, "
        "CASE WHEN f.published_at > h.from_at THEN f.published_at ELSE h.from_at END, '', '' "
        "FROM assigned_number a JOIN number_assignment h ON h.number = a.number AND h.to_at IS NULL "
        "JOIN flow f ON f.id = a.flow_version_id"
    )
    with op.batch_alter_table("assigned_number") as table:
        table.drop_column("flow_version_id")


def _closures() -> None:
    op.create_table(
        "closure",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("assignment_id", sa.Uuid, sa.ForeignKey("number_assignment.id"), nullable=False, index=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", sa.String(80)),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_closure_until")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_closure_ended")),
    )


def _callers() -> None:
    op.create_table(
        "listed_caller",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("list", sa.String(40), nullable=False),
        sa.Column("caller_key", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
        sa.UniqueConstraint(
            "contract_id", "list", "caller_key", name=op.f("uq_listed_caller_contract_id_list_caller_key")
        ),
    )
    op.create_index(op.f("ix_listed_caller_caller_key"), "listed_caller", ["caller_key"])
