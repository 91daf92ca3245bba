"""R8.2: the direct-transfer requests that led to a release of the emergency number, with their calls and recordings."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract.direct_transfer import window_start
from smartdesk_pbx.contract.events import CallArrived, EmergencyReleased, EmergencyTold, TransferRequested
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.case import Which, read_id
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import recording
from smartdesk_pbx.store.case import CaseFile, counted_in_call, counted_requests, events_of, file_of
from smartdesk_pbx.store.contract import settings_of
from smartdesk_pbx.store.facts import StoredFact


@dataclass(frozen=True)
class Request:
    """One counted request and the call in which it was made."""

    key: str
    case_id: str
    at: datetime
    by: str
    number: str
    recordings: tuple[recording.Recording, ...]


@dataclass(frozen=True)
class Release:
    """The number was released. `told_times`: how often it was told to its end after that, in this call."""

    at: datetime
    threshold: int
    number_version: int
    told_times: int
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Evidence:
    """What a case shows of R8.2. `counted`: the caller's requests that counted at its end, `missing`: how many more
    would have released the number."""

    case_id: str
    caller: str | None
    """In clear while the case's keys are there; None when withheld or erased."""
    threshold: int
    window_days: int
    counted: tuple[Request, ...]
    missing: int
    releases: tuple[Release, ...]


async def evidence(office: Office, params: Which) -> Evidence:
    """The calls and recordings that led to each release in a case, and how its caller stands. Raises `RuleBroken`."""
    call_id = read_id(params.case)
    return await office.store.read(lambda c: _evidence(office, c, call_id))


def _evidence(office: Office, connection: Connection, call_id: UUID) -> Evidence:
    file = file_of(connection, call_id)
    if file is None or file.contract_id is None:
        raise RuleBroken(f"no case {call_id} of a contract (smartdesk case list shows them)")
    settings = settings_of(connection, file.contract_id)
    stored = events_of(connection, office.sealer, call_id)
    arrived = next((one.fact for one in stored if isinstance(one.fact, CallArrived)), None)
    counted = _counted(connection, file, settings.direct_transfer_window_days)
    threshold = settings.direct_transfer_threshold
    return Evidence(
        str(call_id),
        arrived.caller if arrived else None,
        threshold,
        settings.direct_transfer_window_days,
        tuple(_request(office, connection, key) for key in counted),
        max(0, threshold - len(counted)),
        tuple(_releases(office, connection, stored)),
    )


def _counted(connection: Connection, file: CaseFile, window_days: int) -> list[str]:
    """Keys of the requests that counted at the end of this case; an anonymous caller's are those of the call."""
    if file.caller_key is None or file.contract_id is None:
        return counted_in_call(connection, file.call_id)
    until = file.ended_at or file.invited_at
    since = window_start(until, window_days)
    return counted_requests(connection, file.contract_id, file.caller_key, since, until)


def _releases(office: Office, connection: Connection, stored: list[StoredFact]) -> list[Release]:
    found = []
    for i, one in enumerate(stored):
        if isinstance(one.fact, EmergencyReleased):
            later = [s.fact for s in stored[i + 1 :]]
            again = next((j for j, fact in enumerate(later) if isinstance(fact, EmergencyReleased)), len(later))
            told = sum(fact.times for fact in later[:again] if isinstance(fact, EmergencyTold))
            requests = tuple(_request(office, connection, key) for key in one.fact.requests)
            found.append(Release(one.fact.at, one.fact.threshold, one.fact.number_version, told, requests))
    return found


def _request(office: Office, connection: Connection, key: str) -> Request:
    """A key names its call: `CALL/UUID`."""
    call_id = UUID(key.partition("/")[0])
    found = next(one for one in events_of(connection, office.sealer, call_id) if one.key == key)
    file = file_of(connection, call_id)
    assert isinstance(found.fact, TransferRequested) and file is not None
    return Request(
        key, str(call_id), found.fact.at, found.fact.by, file.number, tuple(recording.of_call(connection, call_id))
    )
