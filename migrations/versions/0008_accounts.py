"""Users, their sessions, and who did or looked at what.

Revision ID: 0008
"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass
