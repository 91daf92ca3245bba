"""From application to end: what was asked, decided and agreed, and when.

Contracts that exist already get the events of their beginning.

Revision ID: 0003
"""

import itertools
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TOKYO = timezone(timedelta(hours=9))
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
INSERT_ONLY = ("application_event", "contract_event")
STATES = "state IN ('onboarding', 'active', 'suspended', 'ended')"


def upgrade() -> None:
    for make in (_states, _applications, _parties, _events, _refuse_changes, _beginnings):
        make()


def _states() -> None:
    """SQLite makes the table anew without its check; PostgreSQL drops it by name."""
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_contract_state"), "contract", type_="check")
    with op.batch_alter_table("contract") as table:
        table.create_check_constraint(op.f("ck_contract_state"), STATES)


def _applications() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.String(40), nullable=False),
        sa.Column("plan", sa.String(40), sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("starts_on", sa.Date),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("terms", sa.String(40), nullable=False),
        sa.Column("consented_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("reason_code", sa.String(12)),
        sa.Column("reason", sa.Text),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id")),
        sa.CheckConstraint(
            "state IN ('applied', 'screening', 'refused', 'approved')", name=op.f("ck_application_state")
        ),
    )
    op.create_index("ix_application_state_applied_at", "application", ["state", "applied_at"])
    op.create_index(op.f("ix_application_contract_id"), "application", ["contract_id"])
    op.create_table(
        "identity_check",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("application_id", sa.Uuid, sa.ForeignKey("application.id"), nullable=False),
        sa.Column("document", sa.String(40), nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("issued_on", sa.Date),
        sa.Column("checked_on", sa.Date, nullable=False),
        sa.Column("checked_by", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
    )
    op.create_index(op.f("ix_identity_check_application_id"), "identity_check", ["application_id"])


def _parties() -> None:
    keys = ("name_key", "phone_key", "address_key")
    op.create_table(
        "revoked_party",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id")),
        sa.Column("listed_at", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason_code", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        *(sa.Column(name, sa.String(64)) for name in keys),
        sa.Column("removed_at", MOMENT),
        sa.Column("removed_because", sa.Text),
    )
    for name in ("contract_id", *keys):
        op.create_index(op.f(f"ix_revoked_party_{name}"), "revoked_party", [name])


def _events() -> None:
    for of in ("application", "contract"):
        extra = [sa.Column("effective_on", sa.Date, nullable=False)] if of == "contract" else []
        op.create_table(
            f"{of}_event",
            sa.Column("id", sa.Uuid, primary_key=True),
            sa.Column(f"{of}_id", sa.Uuid, sa.ForeignKey(f"{of}.id"), nullable=False),
            sa.Column("seq", sa.Integer, nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("at", MOMENT, nullable=False),
            *extra,
            sa.Column("by", sa.Text, nullable=False),
            sa.Column("reason_code", sa.String(12)),
            sa.Column("reason", sa.Text),
            sa.Column("doc", sa.Text, nullable=False),
            sa.UniqueConstraint(f"{of}_id", "seq", name=op.f(f"uq_{of}_event_{of}_id_seq")),
        )
    op.create_index("ix_contract_event_kind_effective_on", "contract_event", ["kind", "effective_on"])


def _refuse_changes() -> None:
    """What was said and decided is never changed."""
    if op.get_context().dialect.name == "sqlite":
        for table, verb in itertools.product(INSERT_ONLY, ("UPDATE", "DELETE")):
            refuse = f"SELECT RAISE(ABORT, '{table} is insert-only')"
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {refuse}; END")
        return
    does = "EXECUTE FUNCTION refuse_change()"
    for table in INSERT_ONLY:
        op.execute(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {does}")
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {does}")


def _beginnings() -> None:
    """`formed`, `went_live` and, where it applies, `suspended` or `ended` for each contract made before this."""
    now = datetime.now(UTC)
    stamp = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
    at = stamp if op.get_context().dialect.name == "sqlite" else now
    contract = sa.table(
        "contract", sa.column("id", sa.Uuid), sa.column("plan", sa.String), sa.column("state", sa.String),
        sa.column("started_on", sa.Date), sa.column("ended_on", sa.Date),
    )  # fmt: skip
    rows = [
        {"id": uuid4(), "contract_id": row.id, "seq": seq, "kind": kind, "at": at, "effective_on": on, "by": "upgrade",
         "reason": "before revision 0003", "doc": doc}
        for row in op.get_bind().execute(sa.select(contract)).all()
        for seq, (kind, on, doc) in enumerate(_beginning(row, now), 1)
    ]  # fmt: skip
    event = sa.table(
        "contract_event", sa.column("id", sa.Uuid), sa.column("contract_id", sa.Uuid), sa.column("seq", sa.Integer),
        sa.column("kind", sa.String), sa.column("at", MOMENT), sa.column("effective_on", sa.Date),
        sa.column("by", sa.Text), sa.column("reason", sa.Text), sa.column("doc", sa.Text),
    )  # fmt: skip
    op.bulk_insert(event, rows)


def _beginning(row: sa.Row, now: datetime) -> list[tuple[str, object, str]]:
    told = [("formed", row.started_on, f'{{"plan":"{row.plan}"}}'), ("went_live", row.started_on, "{}")]
    if row.state == "suspended":
        told.append(("suspended", now.astimezone(TOKYO).date(), "{}"))
    if row.state == "ended":
        told.append(("ended", row.ended_on or now.astimezone(TOKYO).date(), '{"cause":"agreement"}'))
    return told
