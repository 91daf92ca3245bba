"""A ledger entry may belong to a contract and month instead of a call: `call_id` may be null.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    with op.batch_alter_table("ledger_entry") as table:
        table.alter_column("call_id", existing_type=sa.Uuid, nullable=True)
    if on_sqlite:
        _refuse_changes()


def _refuse_changes() -> None:
    """SQLite rebuilds a table to change a column, and loses its triggers by that."""
    for verb in ("UPDATE", "DELETE"):
        refuse = "SELECT RAISE(ABORT, 'ledger_entry is insert-only')"
        op.execute(f"CREATE TRIGGER ledger_entry_no_{verb.lower()} BEFORE {verb} ON ledger_entry BEGIN {refuse}; END")
