"""When a caller called a contract last."""

from sqlalchemy import Connection, func, select

from smartdesk_pbx.contract.events import CallArrived
from smartdesk_pbx.store.tables import case_file

HOUR_S = 3600


def hours_since_last_call(connection: Connection, arrived: CallArrived) -> float | None:
    """Hours from the caller's last call to this contract until `arrived`. None: there was none, or nobody knows, for
    the number was withheld."""
    if arrived.caller_key is None or arrived.contract_id is None:
        return None
    before = connection.execute(
        select(func.max(case_file.c.invited_at)).where(
            case_file.c.contract_id == arrived.contract_id,
            case_file.c.caller_key == arrived.caller_key,
            case_file.c.invited_at < arrived.at,
            case_file.c.call_id != arrived.call_id,
        )
    ).scalar_one()
    return None if before is None else (arrived.at - before).total_seconds() / HOUR_S
