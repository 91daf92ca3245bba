"""Double entry, payments, dunning, collection.

Entries and their postings, the bank's lines, dunning steps and results of collection are facts: insert-only by trigger.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
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

payment_file = Table(
    "payment_file",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("format", String(40), nullable=False),
    Column("bank_account", String(40), nullable=False),
    Column("imported_at", Moment, nullable=False),
)

payment = Table(
    "payment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("file", String(64), ForeignKey("payment_file.sha256"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("value_on", Date, nullable=False),
    Column("yen", BigInteger, nullable=False),
    Column("payer", Text, nullable=False),
    Column("reference", Text, nullable=False),
    UniqueConstraint("file", "line"),
    Index("ix_payment_value_on", "value_on"),
)

book_entry = Table(
    "book_entry",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("booked_on", Date, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

book_posting = Table(
    "book_posting",
    metadata,
    Column("entry", String(120), ForeignKey("book_entry.key"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("account", String(24), nullable=False),
    Column("yen", BigInteger, nullable=False),
    Column("contract_id", Uuid, ForeignKey("contract.id")),
    Column("number", BigInteger),
    Column("due_on", Date),
    Column("payment_id", Uuid, ForeignKey("payment.id"), index=True),
    Index("ix_book_posting_contract_id_account", "contract_id", "account"),
    Index("ix_book_posting_number", "number"),
)

payer = Table(
    "payer",
    metadata,
    Column("contract_id", Uuid, ForeignKey("contract.id"), primary_key=True),
    Column("kana", String(60), primary_key=True),
    Column("added_at", Moment, nullable=False),
    Index("ix_payer_kana", "kana"),
)

acceleration = Table(
    "acceleration",
    metadata,
    Column("contract_id", Uuid, ForeignKey("contract.id"), primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

dunning = Table(
    "dunning",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False, index=True),
    Column("sent_on", Date, nullable=False),
    Column("open_yen", BigInteger, nullable=False),
    Column("interest_yen", BigInteger, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

debit_mandate = Table(
    "debit_mandate",
    metadata,
    Column("contract_id", Uuid, ForeignKey("contract.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

collection_batch = Table(
    "collection_batch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("debit_on", Date, nullable=False),
    Column("made_at", Moment, nullable=False),
)

collection_item = Table(
    "collection_item",
    metadata,
    Column("key", String(20), primary_key=True),
    Column("batch", Integer, ForeignKey("collection_batch.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False, index=True),
    Column("yen", BigInteger, nullable=False),
    UniqueConstraint("batch", "number"),
    Index("ix_collection_item_number", "number"),
)

collection_result = Table(
    "collection_result",
    metadata,
    Column("key", String(20), ForeignKey("collection_item.key"), primary_key=True),
    Column("code", String(1), nullable=False),
    Column("result_on", Date, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)
