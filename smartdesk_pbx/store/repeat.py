"""R7.2: has this caller called the same contract shortly before?"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.contract.events import CallArrived
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.store.tables import case_file


def earlier_case(connection: Connection, arrived: CallArrived, settings: ServiceSettings) -> UUID | None:
    """The caller's last case with this contract that arrived within `repeat_hours` before this one and was answered
    (`repeat_after`: or had a human). Nobody can tell anonymous callers apart: None."""
    if arrived.caller_key is None or arrived.contract_id is None:
        return None
    reached = case_file.c.answered_at if settings.repeat_after == "answered" else case_file.c.human_at
    query = (
        select(case_file.c.call_id)
        .where(
            case_file.c.contract_id == arrived.contract_id,
            case_file.c.caller_key == arrived.caller_key,
            case_file.c.invited_at >= arrived.at - timedelta(hours=settings.repeat_hours),
            case_file.c.invited_at < arrived.at,
            case_file.c.call_id != arrived.call_id,
            reached.is_not(None),
        )
        .order_by(case_file.c.invited_at.desc(), case_file.c.call_id)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()
