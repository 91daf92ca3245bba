"""Prices, closed months, invoices; double entry, payments, dunning, collection.

Revision ID: 0007
"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass
