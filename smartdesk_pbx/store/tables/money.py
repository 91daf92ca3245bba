"""Prices, closed months, invoices. Everything here but how far the nodes were read is insert-only by trigger.

`document` and `content` are canonical JSON kept as text, so that both databases give back what was hashed.
"""

from sqlalchemy import (
    BigInteger,
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

price_table = Table(
    "price_table",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("plan", String(40), ForeignKey("plan.id"), nullable=False),
    Column("from_month", String(7), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("added_at", Moment, nullable=False),
    UniqueConstraint("plan", "from_month", "version"),
)

operator_details = Table(
    "operator_details",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

closed_month = Table(
    "closed_month",
    metadata,
    Column("contract_id", Uuid, ForeignKey("contract.id"), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("chain", Uuid, nullable=False),
    Column("chain_seq", BigInteger, nullable=False),
    Column("until_seq", BigInteger, nullable=False),
    Column("next_seq", BigInteger, nullable=False),
    Column("one_off_yen", BigInteger, nullable=False),
    Column("plan", String(40), nullable=False),
    Column("number", BigInteger),
    Column("total_yen", BigInteger, nullable=False),
    Column("closed_at", Moment, nullable=False),
    Index("ix_closed_month_month", "month"),
)

correction = Table(
    "correction",
    metadata,
    Column("contract_id", Uuid, ForeignKey("contract.id"), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("closed_in", String(7), primary_key=True),
    Column("one_off_yen", BigInteger, nullable=False),
    Column("number", BigInteger),
)

invoice = Table(
    "invoice",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(12), nullable=False),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False),
    Column("subscriber_id", Uuid, ForeignKey("subscriber.id"), nullable=False),
    Column("month", String(7), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("total_yen", BigInteger, nullable=False),
    Column("refers_to", BigInteger, ForeignKey("invoice.number"), index=True),
    Column("document", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("issued_at", Moment, nullable=False),
    CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
    Index("ix_invoice_contract_id_month", "contract_id", "month"),
    Index("ix_invoice_month", "month"),
)

invoice_shown = Table(
    "invoice_shown",
    metadata,
    Column("number", BigInteger, ForeignKey("invoice.number"), primary_key=True, autoincrement=False),
    Column("shown_at", Moment, nullable=False),
    Column("sha256", String(64), nullable=False),
)

node_reach = Table(
    "node_reach",
    metadata,
    Column("node", String(8), primary_key=True),
    Column("journal_at", Moment),
    Column("cdr_at", Moment),
)
