"""Signing keys, legal holds, erasures, reconciliation, breaches."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from smartdesk_pbx.store.moment import Moment
from smartdesk_pbx.store.tables.base import metadata

signing_key = Table(
    "signing_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("public", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""Public halves of the keys that signed heads, as hex; the private ones lie in the home's secrets."""

legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("scope", String(12), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("released_at", Moment),
    Column("release_reason", Text),
    CheckConstraint("scope IN ('case', 'caller', 'contract', 'subscriber', 'everything')", name="scope"),
    CheckConstraint("(released_at IS NULL) = (release_reason IS NULL)", name="released"),
    Index("ix_legal_hold_scope_subject", "scope", "subject"),
)
"""`subject`: an id, or a caller's key; "" for everything."""

erasure = Table(
    "erasure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("what", String(12), nullable=False),
    Column("subject", Uuid, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("keys", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    CheckConstraint("what IN ('personal', 'recordings', 'identity', 'letters')", name="what"),
)
"""Insert-only: what was erased, when, why. `subject`: the case, the application, the subscriber."""

erased_file = Table(
    "erased_file",
    metadata,
    Column("file", String(200), primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("ordered_at", Moment, nullable=False),
    Column("removed_at", Moment, index=True),
)
"""Recordings that must not exist any more; `removed_at` None: the file may still be there."""

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("day", Date, primary_key=True),
    Column("run_at", Moment, nullable=False),
    Column("records", Integer, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
)
"""The last run over each day (Tokyo): how many call records, cases and judgements were compared. `complete`: every
node's call records of the day had been read."""

difference = Table(
    "difference",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("said", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("decided_at", Moment),
    Column("reason", Text),
    CheckConstraint("state IN ('open', 'explained', 'closed', 'vanished')", name="state"),
    CheckConstraint("(state = 'open') = (reason IS NULL)", name="reason"),
    UniqueConstraint("call_id", "kind"),
    Index("ix_difference_state_day", "state", "day"),
)

breach = Table(
    "breach",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("known_on", Date, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("cause", String(12), nullable=False),
    Column("persons", Integer),
    Column("what", Text, nullable=False),
    Column("must_report", Boolean, nullable=False),
    Column("preliminary_due_on", Date, nullable=False),
    Column("final_due_on", Date, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    CheckConstraint("kind IN ('sensitive', 'financial', 'malicious', 'many', 'other')", name="kind"),
    CheckConstraint("cause IN ('mistake', 'malicious')", name="cause"),
)

breach_step = Table(
    "breach_step",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("breach_id", Uuid, ForeignKey("breach.id"), nullable=False, index=True),
    Column("step", String(12), nullable=False),
    Column("done_on", Date, nullable=False),
    Column("said", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    CheckConstraint("step IN ('preliminary', 'final', 'persons', 'note', 'closed')", name="step"),
)
"""Insert-only: what was done about a breach."""
