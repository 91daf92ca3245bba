"""What people say of cases afterwards: marks, complaints, dossiers.

Revision ID: 0005
"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
