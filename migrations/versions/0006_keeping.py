"""Signing keys, legal holds, erasures, reconciliation, breaches.

Revision ID: 0006
"""

import itertools

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
INSERT_ONLY = ("signing_key", "erasure", "breach_step")


def upgrade() -> None:
    for make in (_keys_and_holds, _erasures, _reconciliation, _breaches, _refuse_changes):
        make()


def _keys_and_holds() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("public", sa.String(64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("scope", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("released_at", MOMENT),
        sa.Column("release_reason", sa.Text),
        sa.CheckConstraint(
            "scope IN ('case', 'caller', 'contract', 'subscriber', 'everything')", name=op.f("ck_legal_hold_scope")
        ),
        sa.CheckConstraint("(released_at IS NULL) = (release_reason IS NULL)", name=op.f("ck_legal_hold_released")),
    )
    op.create_index("ix_legal_hold_scope_subject", "legal_hold", ["scope", "subject"])


def _erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("subject", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("keys", sa.Integer, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.CheckConstraint("what IN ('personal', 'recordings', 'identity', 'letters')", name=op.f("ck_erasure_what")),
    )
    op.create_index(op.f("ix_erasure_subject"), "erasure", ["subject"])
    op.create_table(
        "erased_file",
        sa.Column("file", sa.String(200), primary_key=True),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("ordered_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
    )
    for column in ("call_id", "removed_at"):
        op.create_index(op.f(f"ix_erased_file_{column}"), "erased_file", [column])


def _reconciliation() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("run_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("records", "cases", "entries")),
        sa.Column("complete", sa.Boolean, nullable=False),
    )
    op.create_table(
        "difference",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint("state IN ('open', 'explained', 'closed', 'vanished')", name=op.f("ck_difference_state")),
        sa.CheckConstraint("(state = 'open') = (reason IS NULL)", name=op.f("ck_difference_reason")),
        sa.UniqueConstraint("call_id", "kind", name=op.f("uq_difference_call_id_kind")),
    )
    op.create_index(op.f("ix_difference_call_id"), "difference", ["call_id"])
    op.add_column("cdr", sa.Column("number", sa.String(16)))
    op.create_index(op.f("ix_cdr_started_at"), "cdr", ["started_at"])
    op.create_index("ix_difference_state_day", "difference", ["state", "day"])


def _breaches() -> None:
    op.create_table(
        "breach",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("cause", sa.String(12), nullable=False),
        sa.Column("persons", sa.Integer),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("must_report", sa.Boolean, nullable=False),
        sa.Column("preliminary_due_on", sa.Date, nullable=False),
        sa.Column("final_due_on", sa.Date, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('sensitive', 'financial', 'malicious', 'many', 'other')", name=op.f("ck_breach_kind")
        ),
        sa.CheckConstraint("cause IN ('mistake', 'malicious')", name=op.f("ck_breach_cause")),
    )
    op.create_table(
        "breach_step",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("breach_id", sa.Uuid, sa.ForeignKey("breach.id"), nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "step IN ('preliminary', 'final', 'persons', 'note', 'closed')", name=op.f("ck_breach_step_step")
        ),
    )
    op.create_index(op.f("ix_breach_step_breach_id"), "breach_step", ["breach_id"])


def _refuse_changes() -> None:
    if op.get_context().dialect.name == "sqlite":
        for table, verb in itertools.product(INSERT_ONLY, ("UPDATE", "DELETE")):
            refuse = f"SELECT RAISE(ABORT, '{table} is insert-only')"
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {refuse}; END")
        return
    does = "EXECUTE FUNCTION refuse_change()"
    for table in INSERT_ONLY:
        op.execute(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {does}")
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {does}")
