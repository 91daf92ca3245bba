"""The tables of calls, numbers and agents: facts (insert-only by trigger, chained) and what is agreed (ordinary rows).

`open` is canonical JSON kept as text, so that both databases give back what was hashed.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
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

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("operator_chain", Uuid, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

routing_version = Table(
    "routing_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", String(40), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("announced_name", Text, nullable=False),
    Column("announced_reading", Text, nullable=False),
    Column("announced_version", Integer, nullable=False),
    Column("announced_prompt", String(40)),
    Column("emergency_sealed", LargeBinary),
    Column("emergency_prompt", String(40)),
    Column("emergency_version", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("created_at", Moment, nullable=False),
)

plan = Table(
    "plan",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("rules_version", String(40), nullable=False),
)

contract = Table(
    "contract",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("plan", String(40), ForeignKey("plan.id"), nullable=False),
    Column("state", String(12), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("ended_on", Date),
    CheckConstraint("state IN ('onboarding', 'active', 'suspended', 'ended')", name="state"),
)

flow = Table(
    "flow",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("tree", JSON, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("published_by", String(80)),
    Column("forced", Text),
    Column("broken", JSON(none_as_null=True)),
    UniqueConstraint("name", "version"),
)
"""Insert-only. `forced`: why it was published although `broken` was wrong with it. `published_by`: None for those of
before revision 0009."""

assigned_number = Table(
    "assigned_number",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
)

number_assignment = Table(
    "number_assignment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(16), nullable=False, index=True),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("to_at", Moment),
)

forward_source = Table(
    "forward_source",
    metadata,
    Column("number", String(16), ForeignKey("assigned_number.number", ondelete="CASCADE"), primary_key=True),
    Column("source", String(16), primary_key=True),
)

agent = Table(
    "agent",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("team", String(40), nullable=False),
    Column("digest_md5", String(32), nullable=False),
    Column("digest_sha256", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text),
    Column("since", Moment, nullable=False),
    Column("idle_since", Moment),
    Column("call_id", Uuid),
    Index("ix_agent_team_state_idle_since", "team", "state", "idle_since"),
)


def _chained(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("chain", Uuid, primary_key=True),
        Column("chain_seq", BigInteger, primary_key=True, autoincrement=False),
        Column("key", String(100), nullable=False, unique=True),
        Column("call_id", Uuid, nullable=name == "ledger_entry"),
        Column("kind", String(40), nullable=False),
        Column("at", Moment, nullable=False),
        Column("recorded_at", Moment, nullable=False),
        Column("open", Text, nullable=False),
        Column("sealed", LargeBinary),
        Column("prev_hash", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
        Index(f"ix_{name}_call_id_chain_seq", "call_id", "chain_seq"),
    )


case_event = _chained("case_event")
ledger_entry = _chained("ledger_entry")

chain_head = Table(
    "chain_head",
    metadata,
    Column("chain", Uuid, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

case_key = Table(
    "case_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
)

case_file = Table(
    "case_file",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("chain", Uuid, nullable=False),
    Column("subscriber_id", Uuid),
    Column("contract_id", Uuid),
    Column("plan", String(40)),
    Column("number", String(16), nullable=False),
    Column("decision", String(12), nullable=False),
    Column("caller_class", String(12), nullable=False),
    Column("caller_key", String(64)),
    Column("node", String(8), nullable=False),
    Column("channel", Text, nullable=False),
    Column("flow", String(40)),
    Column("flow_version", Integer),
    Column("invited_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("human_at", Moment),
    Column("ended_at", Moment),
    Column("closed_at", Moment),
    Column("agent", String(40)),
    Column("outcome", String(20)),
    Column("ended_by", String(12)),
    Column("response", String(12)),
    Column("billable", Boolean),
    Column("rule", String(80)),
    Column("rules_version", String(40)),
    Column("case_class", String(40)),
    Column("units", Integer),
    Column("surcharges", JSON(none_as_null=True)),
    Column("out_of_hours", Boolean),
    Index("ix_case_file_invited_at", "invited_at", "node"),
    Index("ix_case_file_number_invited_at", "number", "invited_at"),
    Index("ix_case_file_contract_id_caller_key", "contract_id", "caller_key", "invited_at"),
    Index("ix_case_file_closed_at", "closed_at"),
)

cdr = Table(
    "cdr",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("started_at", Moment, nullable=False, index=True),
    Column("answered_at", Moment),
    Column("ended_at", Moment, nullable=False),
    Column("cause", Integer),
    Column("read_at", Moment, nullable=False),
    Column("number", String(16)),
)

recording = Table(
    "recording",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("file", String(200), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    CheckConstraint("kind IN ('talk', 'message')", name="kind"),
)
