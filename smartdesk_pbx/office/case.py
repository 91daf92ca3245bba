"""Cases as staff see them: list, events with what was sealed, judgement, recordings, and whether the chains hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.after_call import LedgerFact
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.events import (
    CallArrived,
    CallbackPromised,
    CaseEvent,
    Judged,
    Reclassified,
    ResponseTaken,
)
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.ledger import find_chain
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, identifier
from smartdesk_pbx.store import audit, recording
from smartdesk_pbx.store import case as table
from smartdesk_pbx.store.chain import Broken
from smartdesk_pbx.store.facts import StoredFact

Item = Literal["name", "phone", "callback", "purpose"]


class Listing(Params):
    limit: Annotated[int, Field(ge=1, le=10_000)] = 50
    number: str | None = None
    open_only: bool = False


class Which(Params):
    case: str


class Respond(Which):
    """R2.3: what was taken; each item may be refused or not heard instead. `by`: the agent's name."""

    name: str | None = None
    phone: str | None = None
    callback: Literal["yes", "no"] | None = None
    purpose: str | None = None
    refused: tuple[Item, ...] = ()
    not_heard: tuple[Item, ...] = ()
    by: str | None = None


class Verify(Params):
    """`chain`: a subscriber, a chain's id, or "operator"; None: all."""

    chain: str | None = None


@dataclass(frozen=True)
class Row:
    """One line of the list. Judgement fields are None until the case is closed."""

    case_id: str
    number: str
    outcome: str | None
    billable: bool | None
    rule: str | None
    started_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    subscriber_id: str | None
    caller_class: str
    units: int | None


@dataclass(frozen=True)
class Shown(Row):
    """A case opened. Sealed parts are "" or None where the case's key was erased (`erased`)."""

    caller: str | None
    plan: str | None
    flow: str | None
    flow_version: int | None
    agent: str | None
    answered_at: datetime | None
    human_at: datetime | None
    ended_by: str | None
    erased: bool
    judgement: LedgerFact | None
    response: ResponseTaken | None
    callbacks: tuple[str, ...]
    """Numbers on which the flow promised a call back; "erased" for one that is no longer there."""
    tags: tuple[str, ...]
    recordings: tuple[recording.Recording, ...]
    recordings_folder: str
    events: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Verified:
    """How many chains and entries were looked at, and every break."""

    chains: int
    entries: int
    broken: tuple[Mapping[str, Any], ...]


async def listing(office: Office, params: Listing) -> list[Row]:
    """The latest cases, newest first."""
    number = checked(params.number, office.settings.country) if params.number else None
    files = await office.store.read(
        lambda c: table.listing(c, limit=params.limit, number=number, open_only=params.open_only)
    )
    return [Row(**_columns(one)) for one in files]


async def show(office: Office, params: Which) -> Shown:
    """One case with all its facts in order."""
    call_id = read_id(params.case)
    return await office.store.read(lambda c: _shown(office, c, call_id))


async def verify(office: Office, params: Verify) -> Verified:
    """Recompute the hashes of all chains, or of one."""

    def look(connection: Connection) -> Verified:
        chain = find_chain(connection, params.chain) if params.chain else None
        chains, entries = audit.extent(connection, chain)
        return Verified(chains, entries, tuple(_break(one) for one in table.verify_all(connection, chain)))

    return await office.store.read(look)


def read_id(text: str) -> UUID:
    """A case's id. Raises `RuleBroken`."""
    return identifier(text, "case id", "case")


def _break(one: Broken) -> Mapping[str, Any]:
    return {"chain": str(one.chain), "seq": one.seq, "wrong": one.wrong}


def _columns(file: table.CaseFile) -> dict[str, Any]:
    return {
        "case_id": str(file.call_id), "number": file.number, "outcome": file.outcome, "billable": file.billable,
        "rule": file.rule, "started_at": file.invited_at, "ended_at": file.ended_at, "closed_at": file.closed_at,
        "subscriber_id": str(file.subscriber_id) if file.subscriber_id else None,
        "caller_class": file.caller_class, "units": file.units,
    }  # fmt: skip


def _shown(office: Office, connection: Connection, call_id: UUID) -> Shown:
    file = table.file_of(connection, call_id)
    if file is None:
        raise RuleBroken(f"no case {call_id}")
    stored = table.events_of(connection, office.sealer, call_id)
    facts = [one.fact for one in stored]
    arrived = next((f for f in facts if isinstance(f, CallArrived)), None)
    responses = [f for f in facts if isinstance(f, ResponseTaken)]
    return Shown(
        **_columns(file),
        caller=arrived.caller if arrived else None,
        plan=file.plan, flow=file.flow, flow_version=file.flow_version, agent=file.agent,
        answered_at=file.answered_at, human_at=file.human_at, ended_by=file.ended_by,
        erased=any(one.erased for one in stored),
        judgement=next((f for f in reversed(facts) if isinstance(f, Judged | Reclassified)), None),
        response=responses[-1] if responses else None,
        callbacks=tuple(f.number or "erased" for f in facts if isinstance(f, CallbackPromised)),
        tags=tuple(sorted(facts_of(f for f in facts if isinstance(f, CaseEvent)).tags)),
        recordings=tuple(recording.of_call(connection, call_id)),
        recordings_folder=str(office.settings.recordings_dir),
        events=tuple(_event(one) for one in stored),
    )  # fmt: skip


def _event(one: StoredFact) -> Mapping[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(one.fact)
    return {"seq": one.chain_seq, "key": one.key, "recorded_at": one.recorded_at, "erased": one.erased, **said}
