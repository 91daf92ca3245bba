"""R6: the call log of a contract, with as much of it for the subscriber as the contract's settings say."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from smartdesk_pbx.contract.events import CallArrived
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.contract import Which, find
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import recording
from smartdesk_pbx.store.case import CaseFile, events_of, of_contract
from smartdesk_pbx.store.contract import settings_of


class Log(Which):
    """`month`: as 2026-11, None: this one. `as_subscriber`: only what the contract lets the subscriber see."""

    month: str | None = None
    as_subscriber: bool = False


@dataclass(frozen=True)
class Line:
    """One call. `caller`: E.164, or a class when withheld; None where the log leaves it out or it was erased.
    `seconds`: from answer to end. `billable`, `units`: None while the case is open."""

    case_id: str
    arrived_at: datetime
    number: str
    caller: str | None
    answered: bool
    human: bool
    seconds: float
    outcome: str | None
    case_class: str | None
    billable: bool | None
    units: int | None
    out_of_hours: bool | None
    recordings: tuple[str, ...]


async def log(office: Office, params: Log) -> list[Line]:
    """The calls of a month (Tokyo) by arrival. Raises `RuleBroken` where the contract has no log for the subscriber."""

    def look(connection: Connection) -> list[Line]:
        one = find(connection, params.contract)
        settings = settings_of(connection, one.id)
        if params.as_subscriber and settings.call_log == "none":
            raise RuleBroken(f"contract {one.id}: no call log is agreed (setting call_log)")
        month = Month.parse(params.month) if params.month else Month.of(tokyo_date(office.store.now(connection)))
        files = of_contract(connection, one.id, month.starts_at, month.ends_at)
        lines = [_line(office, connection, file) for file in files]
        return [_agreed(line, settings) for line in lines] if params.as_subscriber else lines

    return await office.store.read(look)


def _line(office: Office, connection: Connection, file: CaseFile) -> Line:
    ended = file.ended_at or file.answered_at
    seconds = (ended - file.answered_at).total_seconds() if file.answered_at and ended else 0.0
    kept = tuple(one.file for one in recording.of_call(connection, file.call_id))
    return Line(
        str(file.call_id), file.invited_at, file.number, _caller(office, connection, file),
        file.answered_at is not None, file.human_at is not None, round(seconds, 1), file.outcome, file.case_class,
        file.billable, file.units, file.out_of_hours, kept,
    )  # fmt: skip


def _caller(office: Office, connection: Connection, file: CaseFile) -> str | None:
    if file.caller_class != "number":
        return file.caller_class
    arrived = (one.fact for one in events_of(connection, office.sealer, file.call_id))
    return next((fact.caller for fact in arrived if isinstance(fact, CallArrived)), None)


def _agreed(line: Line, settings: ServiceSettings) -> Line:
    """What the subscriber is shown of it: callers only in a full log, recordings only where they are agreed."""
    if settings.call_log != "full":
        line = replace(line, caller=None)
    return line if settings.recording_shown else replace(line, recordings=())
