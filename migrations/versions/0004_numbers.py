"""The number pool, notices, versions of the terms, requests for change.

Revision ID: 0004
"""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass
