"""What people say of cases afterwards: marks, complaints, dossiers; and every version of a plan's rules.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    for make in (_case_file, _marks, _rules, _complaints):
        make()


def _case_file() -> None:
    op.add_column("case_file", sa.Column("surcharges", sa.JSON))
    op.add_column("case_file", sa.Column("out_of_hours", sa.Boolean))


def _marks() -> None:
    op.create_table(
        "case_mark",
        sa.Column("call_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(4), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('mark', 'tag')", name=op.f("ck_case_mark_kind")),
    )
    op.create_index("ix_case_mark_kind_name", "case_mark", ["kind", "name"])


def _rules() -> None:
    """Old versions stay: a judgement names the version by which it can be made again."""
    op.create_table(
        "plan_rules",
        sa.Column("plan", sa.String(40), primary_key=True),
        sa.Column("version", sa.String(40), primary_key=True),
        sa.Column("rules", sa.JSON, nullable=False),
    )
    op.execute("INSERT INTO plan_rules (plan, version, rules) SELECT id, rules_version, rules FROM plan")
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            refuse = "SELECT RAISE(ABORT, 'plan_rules is insert-only')"
            name = f"plan_rules_no_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON plan_rules BEGIN {refuse}; END")
        return
    does = "EXECUTE FUNCTION refuse_change()"
    op.execute(f"CREATE TRIGGER plan_rules_no_change BEFORE UPDATE OR DELETE ON plan_rules FOR EACH ROW {does}")
    op.execute(f"CREATE TRIGGER plan_rules_no_truncate BEFORE TRUNCATE ON plan_rules FOR EACH STATEMENT {does}")


def _complaints() -> None:
    op.create_table(
        "complaint_dossier",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("window_days", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint("state IN ('open', 'kept', 'suspended')", name=op.f("ck_complaint_dossier_state")),
    )
    op.create_index(op.f("ix_complaint_dossier_subscriber_id"), "complaint_dossier", ["subscriber_id"])
    op.create_table(
        "dossier_case",
        sa.Column("dossier_id", sa.Uuid, sa.ForeignKey("complaint_dossier.id"), primary_key=True),
        sa.Column("call_id", sa.Uuid, primary_key=True),
        sa.Column("added_at", MOMENT, nullable=False),
    )
    op.create_index(op.f("ix_dossier_case_call_id"), "dossier_case", ["call_id"])
