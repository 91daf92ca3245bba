"""Retention, legal holds, reconciliation, breaches.

Revision ID: 0006
"""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    pass
