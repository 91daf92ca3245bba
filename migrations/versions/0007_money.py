"""Prices, closed months, invoices; double entry, payments, dunning, collection.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
INSERT_ONLY_RECEIVABLES = (
    *("payment_file", "payment", "book_entry", "book_posting", "acceleration", "dunning"),
    *("collection_batch", "collection_item", "collection_result"),
)


INSERT_ONLY_MONEY = ("price_table", "operator_details", "closed_month", "correction", "invoice", "invoice_shown")


def upgrade() -> None:
    _money()
    _receivables()


def _money() -> None:
    for make in (_prices, _closed_months, _invoices, _nodes_of_a_month):
        make()
    for table in INSERT_ONLY_MONEY:
        _refuse_change_of(table)


def _nodes_of_a_month() -> None:
    """The close asks which nodes took calls of a month: with the node in the index it need not read the cases."""
    op.drop_index("ix_case_file_invited_at", "case_file")
    op.create_index("ix_case_file_invited_at", "case_file", ["invited_at", "node"])


def _prices() -> None:
    op.create_table(
        "price_table",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("plan", sa.String(40), sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("from_month", sa.String(7), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.UniqueConstraint("plan", "from_month", "version", name=op.f("uq_price_table_plan_from_month_version")),
    )
    op.create_table(
        "operator_details",
        sa.Column("version", sa.Integer, autoincrement=False, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "node_reach",
        sa.Column("node", sa.String(8), primary_key=True),
        sa.Column("journal_at", MOMENT),
        sa.Column("cdr_at", MOMENT),
    )


def _closed_months() -> None:
    op.create_table(
        "closed_month",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("chain", sa.Uuid, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("chain_seq", "until_seq", "next_seq")),
        sa.Column("one_off_yen", sa.BigInteger, nullable=False),
        sa.Column("plan", sa.String(40), nullable=False),
        sa.Column("number", sa.BigInteger),
        sa.Column("total_yen", sa.BigInteger, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
    )
    op.create_index("ix_closed_month_month", "closed_month", ["month"])
    op.create_table(
        "correction",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("closed_in", sa.String(7), primary_key=True),
        sa.Column("one_off_yen", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger),
    )


def _invoices() -> None:
    op.create_table(
        "invoice",
        sa.Column("number", sa.BigInteger, autoincrement=False, primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("subscriber_id", sa.Uuid, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("total_yen", sa.BigInteger, nullable=False),
        sa.Column("refers_to", sa.BigInteger, sa.ForeignKey("invoice.number")),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_kind")),
    )
    op.create_index(op.f("ix_invoice_refers_to"), "invoice", ["refers_to"])
    op.create_index("ix_invoice_contract_id_month", "invoice", ["contract_id", "month"])
    op.create_index("ix_invoice_month", "invoice", ["month"])
    op.create_table(
        "invoice_shown",
        sa.Column("number", sa.BigInteger, sa.ForeignKey("invoice.number"), autoincrement=False, primary_key=True),
        sa.Column("shown_at", MOMENT, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )


def _receivables() -> None:
    for make in (_payments, _books, _dunning, _collection):
        make()
    for table in INSERT_ONLY_RECEIVABLES:
        _refuse_change_of(table)


def _payments() -> None:
    op.create_table(
        "payment_file",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("format", sa.String(40), nullable=False),
        sa.Column("bank_account", sa.String(40), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("file", sa.String(64), sa.ForeignKey("payment_file.sha256"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("value_on", sa.Date, nullable=False),
        sa.Column("yen", sa.BigInteger, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.UniqueConstraint("file", "line", name=op.f("uq_payment_file_line")),
    )
    op.create_index("ix_payment_value_on", "payment", ["value_on"])
    op.create_table(
        "payer",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), primary_key=True),
        sa.Column("kana", sa.String(60), primary_key=True),
        sa.Column("added_at", MOMENT, nullable=False),
    )
    op.create_index("ix_payer_kana", "payer", ["kana"])


def _books() -> None:
    op.create_table(
        "book_entry",
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )
    op.create_index("ix_book_entry_booked_on", "book_entry", ["booked_on"])
    op.create_table(
        "book_posting",
        sa.Column("entry", sa.String(120), sa.ForeignKey("book_entry.key"), primary_key=True),
        sa.Column("position", sa.Integer, autoincrement=False, primary_key=True),
        sa.Column("account", sa.String(24), nullable=False),
        sa.Column("yen", sa.BigInteger, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id")),
        sa.Column("number", sa.BigInteger),
        sa.Column("due_on", sa.Date),
        sa.Column("payment_id", sa.Uuid, sa.ForeignKey("payment.id")),
    )
    op.create_index("ix_book_posting_contract_id_account", "book_posting", ["contract_id", "account"])
    op.create_index("ix_book_posting_number", "book_posting", ["number"])
    op.create_index("ix_book_posting_payment_id", "book_posting", ["payment_id"])


def _dunning() -> None:
    op.create_table(
        "acceleration",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), primary_key=True),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )
    op.create_table(
        "dunning",
        sa.Column("number", sa.BigInteger, autoincrement=False, primary_key=True),
        sa.Column("step", sa.Integer, autoincrement=False, primary_key=True),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("sent_on", sa.Date, nullable=False),
        sa.Column("open_yen", sa.BigInteger, nullable=False),
        sa.Column("interest_yen", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )
    op.create_index("ix_dunning_contract_id", "dunning", ["contract_id"])


def _collection() -> None:
    op.create_table(
        "debit_mandate",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
    )
    op.create_table(
        "collection_batch",
        sa.Column("id", sa.Integer, autoincrement=False, primary_key=True),
        sa.Column("debit_on", sa.Date, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
    )
    op.create_table(
        "collection_item",
        sa.Column("key", sa.String(20), primary_key=True),
        sa.Column("batch", sa.Integer, sa.ForeignKey("collection_batch.id"), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("yen", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("batch", "number", name=op.f("uq_collection_item_batch_number")),
    )
    op.create_index("ix_collection_item_contract_id", "collection_item", ["contract_id"])
    op.create_index("ix_collection_item_number", "collection_item", ["number"])
    op.create_table(
        "collection_result",
        sa.Column("key", sa.String(20), sa.ForeignKey("collection_item.key"), primary_key=True),
        sa.Column("code", sa.String(1), nullable=False),
        sa.Column("result_on", sa.Date, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )


def _refuse_change_of(table: str) -> None:
    """What was booked, paid, claimed or answered is never rewritten."""
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            refuse = f"SELECT RAISE(ABORT, '{table} is insert-only')"
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {refuse}; END")
        return
    does = "EXECUTE FUNCTION refuse_change()"
    op.execute(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {does}")
    op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {does}")
