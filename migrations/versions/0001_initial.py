"""The first tables: what is agreed, the facts and their chain, and what is derived from them.

Revision ID: 0001
"""

import itertools
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
INSERT_ONLY = ("case_event", "ledger_entry")


def upgrade() -> None:
    for make in (_installation, _agreed, _numbers, _agents):
        make()
    for name in INSERT_ONLY:
        _chained(name)
    for make in (_keys_and_heads, _case_file, _after_the_call, _refuse_changes, _first_rows):
        make()


def _installation() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, autoincrement=False, primary_key=True),
        sa.Column("operator_chain", sa.Uuid, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
    )
    op.create_table(
        "routing_version",
        sa.Column("id", sa.Integer, autoincrement=False, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_routing_version_one_row")),
    )


def _agreed() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.String(40), nullable=False, unique=True),
        sa.Column("emergency_sealed", sa.LargeBinary),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "announced_name", "announced_reading")),
        *(sa.Column(name, sa.String(40)) for name in ("announced_prompt", "emergency_prompt")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("announced_version", "emergency_version")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("rules_version", sa.String(40), nullable=False),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("plan", sa.String(40), sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("started_on", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.CheckConstraint("state IN ('active', 'suspended', 'ended')", name=op.f("ck_contract_state")),
    )
    op.create_index(op.f("ix_contract_subscriber_id"), "contract", ["subscriber_id"])
    op.create_table(
        "flow",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("tree", sa.JSON, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.UniqueConstraint("name", "version", name=op.f("uq_flow_name_version")),
    )


def _numbers() -> None:
    op.create_table(
        "assigned_number",
        sa.Column("number", sa.String(16), primary_key=True),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("flow_version_id", sa.Uuid, sa.ForeignKey("flow.id")),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index(op.f("ix_assigned_number_contract_id"), "assigned_number", ["contract_id"])
    op.create_table(
        "number_assignment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("to_at", MOMENT),
    )
    op.create_index(op.f("ix_number_assignment_number"), "number_assignment", ["number"])
    op.create_table(
        "forward_source",
        sa.Column(
            "number", sa.String(16), sa.ForeignKey("assigned_number.number", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("source", sa.String(16), primary_key=True),
    )


def _agents() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("team", sa.String(40), nullable=False),
        sa.Column("digest_md5", sa.String(32), nullable=False),
        sa.Column("digest_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("idle_since", MOMENT),
        sa.Column("call_id", sa.Uuid),
    )
    op.create_index("ix_agent_team_state_idle_since", "agent", ["team", "state", "idle_since"])


def _chained(name: str) -> None:
    op.create_table(
        name,
        sa.Column("chain", sa.Uuid, primary_key=True),
        sa.Column("chain_seq", sa.BigInteger, autoincrement=False, primary_key=True),
        sa.Column("key", sa.String(100), nullable=False, unique=True),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("open", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index(f"ix_{name}_call_id_chain_seq", name, ["call_id", "chain_seq"])


def _keys_and_heads() -> None:
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "case_key",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_index(op.f("ix_case_key_call_id"), "case_key", ["call_id"])


def _case_file() -> None:
    op.create_table(
        "case_file",
        sa.Column("call_id", sa.Uuid, primary_key=True),
        sa.Column("chain", sa.Uuid, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("caller_key", sa.String(64)),
        sa.Column("node", sa.String(8), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("invited_at", MOMENT, nullable=False),
        *(sa.Column(name, MOMENT) for name in ("answered_at", "human_at", "ended_at", "closed_at")),
        sa.Column("outcome", sa.String(20)),
        sa.Column("billable", sa.Boolean),
        sa.Column("rule", sa.String(80)),
        *(sa.Column(name, sa.Uuid) for name in ("subscriber_id", "contract_id")),
        *(sa.Column(name, sa.String(40)) for name in ("plan", "flow", "agent", "rules_version", "case_class")),
        *(sa.Column(name, sa.String(12)) for name in ("ended_by", "response")),
        *(sa.Column(name, sa.String(12), nullable=False) for name in ("decision", "caller_class")),
        *(sa.Column(name, sa.Integer) for name in ("flow_version", "units")),
    )
    op.create_index("ix_case_file_closed_at", "case_file", ["closed_at"])
    op.create_index("ix_case_file_contract_id_caller_key", "case_file", ["contract_id", "caller_key", "invited_at"])
    op.create_index("ix_case_file_invited_at", "case_file", ["invited_at"])
    op.create_index("ix_case_file_number_invited_at", "case_file", ["number", "invited_at"])


def _after_the_call() -> None:
    op.create_table(
        "cdr",
        sa.Column("call_id", sa.Uuid, primary_key=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("cause", sa.Integer),
        sa.Column("read_at", MOMENT, nullable=False),
    )
    op.create_table(
        "recording",
        sa.Column("call_id", sa.Uuid, primary_key=True),
        sa.Column("file", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.CheckConstraint("kind IN ('talk', 'message')", name=op.f("ck_recording_kind")),
    )


def _refuse_changes() -> None:
    """Facts are never changed: the database itself says no, whoever asks."""
    if op.get_context().dialect.name == "sqlite":
        for table, verb in itertools.product(INSERT_ONLY, ("UPDATE", "DELETE")):
            name = f"{table}_no_{verb.lower()}"
            refuse = f"SELECT RAISE(ABORT, '{table} is insert-only')"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN {refuse}; END")
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    does = "EXECUTE FUNCTION refuse_change()"
    for table in INSERT_ONLY:
        op.execute(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {does}")
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {does}")


def _first_rows() -> None:
    """The installation, with the chain of calls that belong to no subscriber, and the routing version."""
    now = datetime.now(UTC)
    stamp = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
    on_sqlite = op.get_context().dialect.name == "sqlite"
    installation = sa.table(
        "installation",
        sa.column("id", sa.Integer),
        sa.column("operator_chain", sa.Uuid),
        sa.column("created_at", MOMENT),
    )
    op.bulk_insert(installation, [{"id": 1, "operator_chain": uuid4(), "created_at": stamp if on_sqlite else now}])
    routing_version = sa.table("routing_version", sa.column("id", sa.Integer), sa.column("version", sa.BigInteger))
    op.bulk_insert(routing_version, [{"id": 1, "version": 1}])
