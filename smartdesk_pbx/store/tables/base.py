"""What all tables share: the revision they belong to, and the names of their constraints."""

from sqlalchemy import MetaData

REVISION = "0009"
"""The revision of `migrations/` that these tables belong to."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
