"""From application to end: what was asked, decided and agreed, and when.

Revision ID: 0003
"""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass
