"""Applications (R4): the form sealed, each step an event; identity checks apart, for the law keeps them for years."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from smartdesk_pbx.contract.application import Application
from smartdesk_pbx.contract.screening import NOTHING, ApplicationEvent, Doc, IdentityDocument, Kind, Method, State
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables.lifecycle import application as table
from smartdesk_pbx.store.tables.lifecycle import application_event, identity_check

_DECIDED: tuple[State, ...] = ("refused", "approved")


@dataclass(frozen=True)
class Applied:
    """One application. `form` None: erased. `reason_code`, `reason`: inside only (R4.2)."""

    id: UUID
    slug: str
    plan: str
    state: State
    starts_on: date | None
    terms: str
    consented_at: datetime
    applied_at: datetime
    decided_at: datetime | None
    reason_code: str | None
    reason: str | None
    contract_id: UUID | None
    form: Application | None


@dataclass(frozen=True)
class IdentityCheck:
    """R4.1: who was verified how. `number`: of the document, None where none is noted or it was erased."""

    id: UUID
    document: IdentityDocument
    method: Method
    issued_on: date | None
    checked_on: date
    checked_by: str
    number: str | None


def add(
    connection: Connection, sealer: Sealer, form: Application, *, id: UUID, consented_at: datetime, at: datetime
) -> None:
    """Store a new application."""
    connection.execute(
        insert(table).values(
            id=id, slug=form.subscriber, plan=form.plan, settings=dict(form.settings), starts_on=form.starts_on,
            state="applied", terms=form.consent.terms, consented_at=consented_at, applied_at=at,
            sealed=sealer.seal_value(form.model_dump_json(), _aad(id)),
        )
    )  # fmt: skip


def append(
    connection: Connection,
    application_id: UUID,
    kind: Kind,
    *,
    at: datetime,
    by: str,
    reason_code: str | None = None,
    reason: str | None = None,
    doc: Doc = NOTHING,
) -> None:
    """Store one step. Raises RuleBroken for an unknown application; its row is locked meanwhile."""
    if connection.execute(select(table.c.id).where(table.c.id == application_id).with_for_update()).first() is None:
        raise RuleBroken(f"no application {application_id} (smartdesk application list shows them)")
    of = application_event.c.application_id == application_id
    last = connection.execute(select(func.coalesce(func.max(application_event.c.seq), 0)).where(of)).scalar_one()
    row = {
        "id": uuid4(), "application_id": application_id, "seq": last + 1, "kind": kind, "at": at, "by": by,
        "reason_code": reason_code, "reason": reason, "doc": msgspec.json.encode(doc).decode(),
    }  # fmt: skip
    connection.execute(insert(application_event).values(row))


def set_state(connection: Connection, id: UUID, state: State, at: datetime, **columns: Any) -> None:
    """Bring the row to a new state; `columns`: reason_code, reason, contract_id."""
    decided = {"decided_at": at} if state in _DECIDED else {}
    connection.execute(update(table).where(table.c.id == id).values(state=state, **decided, **columns))


def add_identity(connection: Connection, sealer: Sealer, application_id: UUID, check: IdentityCheck) -> None:
    """Store an identity check; the document's number sealed."""
    sealed = sealer.seal_value(check.number, _identity_aad(check.id)) if check.number else None
    columns = {name: value for name, value in vars(check).items() if name != "number"}
    connection.execute(insert(identity_check).values(application_id=application_id, sealed=sealed, **columns))


def get(connection: Connection, sealer: Sealer, id: UUID) -> Applied:
    """One application. Raises RuleBroken when there is none of that id."""
    row = connection.execute(select(table).where(table.c.id == id)).first()
    if row is None:
        raise RuleBroken(f"no application {id} (smartdesk application list shows them)")
    return _applied(sealer, row)


def of_contract(connection: Connection, sealer: Sealer, contract_id: UUID) -> Applied | None:
    """The application that a contract was formed by; None for one that operations opened."""
    row = connection.execute(select(table).where(table.c.contract_id == contract_id)).first()
    return _applied(sealer, row) if row else None


def listing(connection: Connection, sealer: Sealer, state: State | None = None) -> list[Applied]:
    """All applications, or those in one state, oldest first."""
    query = select(table).order_by(table.c.applied_at, table.c.id)
    if state is not None:
        query = query.where(table.c.state == state)
    return [_applied(sealer, row) for row in connection.execute(query)]


def history(connection: Connection, application_id: UUID) -> list[ApplicationEvent]:
    """Every step of an application, oldest first."""
    query = select(application_event).where(application_event.c.application_id == application_id)
    return [
        ApplicationEvent(row.kind, row.at, row.by, row.reason_code, row.reason, msgspec.json.decode(row.doc, type=Doc))
        for row in connection.execute(query.order_by(application_event.c.seq))
    ]


def identity_checks(connection: Connection, sealer: Sealer, application_id: UUID) -> list[IdentityCheck]:
    """The identity checks of an application, oldest first."""
    query = select(identity_check).where(identity_check.c.application_id == application_id)
    return [
        IdentityCheck(
            row.id, row.document, row.method, row.issued_on, row.checked_on, row.checked_by,
            sealer.open_value(row.sealed, _identity_aad(row.id)) if row.sealed else None,
        )
        for row in connection.execute(query.order_by(identity_check.c.checked_on, identity_check.c.id))
    ]  # fmt: skip


def _applied(sealer: Sealer, row: Row[Any]) -> Applied:
    form = Application.model_validate_json(sealer.open_value(row.sealed, _aad(row.id))) if row.sealed else None
    return Applied(
        row.id, row.slug, row.plan, row.state, row.starts_on, row.terms, row.consented_at, row.applied_at,
        row.decided_at, row.reason_code, row.reason, row.contract_id, form,
    )  # fmt: skip


def _aad(id: UUID) -> str:
    return f"application/{id}"


def _identity_aad(id: UUID) -> str:
    return f"identity-check/{id}"
