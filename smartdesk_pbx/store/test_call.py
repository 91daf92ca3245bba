"""R9: whether a test call to a contract was answered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from smartdesk_pbx.store.tables import case_file


def answered_at(connection: Connection, contract_id: UUID, callers: Sequence[str], since: datetime) -> datetime | None:
    """When the first call from one of these callers (keys, `Sealer.caller_key`) since then was answered and ended."""
    query = select(func.min(case_file.c.answered_at)).where(
        case_file.c.contract_id == contract_id,
        case_file.c.caller_key.in_(callers),
        case_file.c.invited_at >= since,
        case_file.c.decision == "accepted",
        case_file.c.ended_at.is_not(None),
    )
    found: datetime | None = connection.execute(query).scalar()
    return found
