"""Applications (R4): entered, screened, refused with a reason that stays inside, or approved by a notice."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.application import Application, application_from_yaml, consented_at
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.screening import (
    Doc,
    IdentityDocument,
    Method,
    Result,
    State,
    decide_identity,
    refuse_decided,
)
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.agreement import Reason, Who
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import application as table
from smartdesk_pbx.store import contract as contracts
from smartdesk_pbx.store import party, subscriber, terms
from smartdesk_pbx.store.application import Applied, IdentityCheck


class Add(Params):
    """`text` is the YAML of an application, `file` what its mistakes are named after; `by`: who took it."""

    text: str
    file: str = "application.yaml"
    by: Who = "operations"


class Which(Params):
    application: str


class Listing(Params):
    state: State | None = None


class Identify(Which):
    """R4.1: how the applicant was verified. `number`: of the document, kept sealed; never of a My Number card."""

    document: IdentityDocument
    method: Method
    number: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    issued_on: date | None = None
    checked_on: date | None = None
    by: Who = "operations"


class Screen(Which):
    """R4.3: the check for antisocial forces. `method`: what was searched."""

    method: Annotated[str, Field(min_length=1, max_length=200)]
    result: Result
    checked_on: date | None = None
    note: Reason | None = None
    by: Who = "operations"


@dataclass(frozen=True)
class Row:
    """One line of the list. `flagged`: formerly revoked parties fitted when it was entered (R4.2 ③)."""

    application: str
    subscriber: str
    name: str
    plan: str
    state: State
    applied_at: datetime
    decided_at: datetime | None
    flagged: bool


@dataclass(frozen=True)
class Step:
    at: datetime
    kind: str
    by: str
    reason_code: str | None
    reason: str | None
    doc: dict[str, Any]


@dataclass(frozen=True)
class Flag:
    """R4.2 ③: an entry of the list of revoked parties that fits the applicant."""

    party: UUID
    by: tuple[str, ...]
    name: str
    reason_code: str
    listed_at: datetime


@dataclass(frozen=True)
class Shown(Row):
    """An application opened. `form` None: erased. For the inside: the reason is never shown to the applicant."""

    terms: str
    consented_at: datetime
    contract: str | None
    reason_code: str | None
    reason: str | None
    form: dict[str, Any] | None
    identity: tuple[IdentityCheck, ...]
    flags: tuple[Flag, ...]
    history: tuple[Step, ...]


async def add(office: Office, params: Add) -> Shown:
    """A new application; whoever was revoked before is flagged at once (R4.2). Raises `Mistakes`, all of them."""
    form = application_from_yaml(params.text, params.file)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        contracts.plan(connection, form.plan)
        terms.get(connection, form.consent.terms)
        _refuse_taken(connection, form.subscriber)
        id = office.ids.new()
        table.add(connection, office.sealer, form, id=id, consented_at=consented_at(form, at), at=at)
        table.append(connection, id, "applied", at=at, by=params.by)
        found = flags(office, connection, form)
        if found:
            doc = Doc(parties=tuple(f.party for f in found), by=tuple(sorted({by for f in found for by in f.by})))
            table.append(connection, id, "flagged", at=at, by="list of revoked parties", doc=doc)
        return shown(office, connection, id)

    return await office.store.run(store)


async def listing(office: Office, params: Listing) -> list[Row]:
    """All applications, or those in one state, oldest first."""

    def look(connection: Connection) -> list[Row]:
        return [_row(connection, one) for one in table.listing(connection, office.sealer, params.state)]

    return await office.store.read(look)


async def show(office: Office, params: Which) -> Shown:
    """One application with everything that was said and checked."""
    id = read_id(params.application)
    return await office.store.read(lambda c: shown(office, c, id))


async def identify(office: Office, params: Identify) -> Shown:
    """R4.1: the applicant was verified; the record is kept for the years that the law asks for."""
    id = read_id(params.application)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        today = tokyo_date(at)
        refuse_decided(table.get(connection, office.sealer, id).state)
        checked_on = params.checked_on or today
        decide_identity(params.document, params.number, checked_on, today)
        check = IdentityCheck(
            office.ids.new(), params.document, params.method, params.issued_on, checked_on, params.by, params.number
        )
        table.add_identity(connection, office.sealer, id, check)
        doc = Doc(document=params.document, checked_on=checked_on, method=params.method)
        table.append(connection, id, "identified", at=at, by=params.by, doc=doc)
        table.set_state(connection, id, "screening", at)
        return shown(office, connection, id)

    return await office.store.run(store)


async def screen(office: Office, params: Screen) -> Shown:
    """R4.3: a check for antisocial forces, with its date, method and result."""
    id = read_id(params.application)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        refuse_decided(table.get(connection, office.sealer, id).state)
        checked_on = params.checked_on or tokyo_date(at)
        if checked_on > tokyo_date(at):
            raise RuleBroken(f"checked on {checked_on}: that day lies ahead")
        doc = Doc(checked_on=checked_on, method=params.method, result=params.result)
        table.append(connection, id, "screened", at=at, by=params.by, reason=params.note, doc=doc)
        table.set_state(connection, id, "screening", at)
        return shown(office, connection, id)

    return await office.store.run(store)


def read_id(text: str) -> UUID:
    """An application's id. Raises `RuleBroken`."""
    try:
        return UUID(text)
    except ValueError:
        raise RuleBroken(f"{text!r} is no application id (smartdesk application list shows them)") from None


def flags(office: Office, connection: Connection, form: Application) -> tuple[Flag, ...]:
    """R4.2 ③: formerly revoked parties that share name, telephone number or address with the applicant."""
    who = party.Who(form.applicant.name, form.applicant.phone, form.applicant.address)
    return tuple(
        Flag(m.party.id, m.by, m.party.who.name if m.party.who else "", m.party.reason_code, m.party.listed_at)
        for m in party.matches(connection, office.sealer, who)
    )


def shown(office: Office, connection: Connection, id: UUID) -> Shown:
    """An application as staff see it."""
    one = table.get(connection, office.sealer, id)
    history = table.history(connection, id)
    return Shown(
        **vars(_row(connection, one)), terms=one.terms, consented_at=one.consented_at,
        contract=str(one.contract_id) if one.contract_id else None, reason_code=one.reason_code, reason=one.reason,
        form=one.form.model_dump(mode="json") if one.form else None,
        identity=tuple(table.identity_checks(connection, office.sealer, id)),
        flags=flags(office, connection, one.form) if one.form else (),
        history=tuple(
            Step(e.at, e.kind, e.by, e.reason_code, e.reason, msgspec.to_builtins(e.doc)) for e in history
        ),
    )  # fmt: skip


def _row(connection: Connection, one: Applied) -> Row:
    flagged = any(e.kind == "flagged" for e in table.history(connection, one.id))
    name = one.form.applicant.name if one.form else ""
    return Row(str(one.id), one.slug, name, one.plan, one.state, one.applied_at, one.decided_at, flagged)


def _refuse_taken(connection: Connection, slug: str) -> None:
    if any(who.slug == slug for who in subscriber.listing(connection)):
        raise RuleBroken(f"subscriber: {slug} exists already; choose another short name")
