"""R4.2, R4.3: an application is refused, or approved by the notice with which the contract exists."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract import letters
from smartdesk_pbx.contract.application import Application
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.reasons import REFUSAL, known
from smartdesk_pbx.contract.screening import Doc, approve, refuse_decided
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.agreement import Reason, Who
from smartdesk_pbx.office.application import Shown, Which, flags, read_id, shown
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import account, detail, formation, outbox, subscriber, terms
from smartdesk_pbx.store import application as table


class Refuse(Which):
    """`code`: 4.2-1 … 4.2-5; code and reason stay inside."""

    code: str
    reason: Reason
    by: Who = "operations"


class Approve(Which):
    """`despite`: why it is approved although a formerly revoked party fits."""

    despite: Reason | None = None
    by: Who = "operations"


@dataclass(frozen=True)
class Approved:
    """What the notice brought about. `reset`: sets the account's first password; shown once, and in the notice."""

    application: str
    subscriber: str
    contract: str
    starts_on: date
    account: str
    reset: str


async def refuse(office: Office, params: Refuse) -> Shown:
    """R4.2: refused. The applicant is told so by mail, without the reason."""
    id, code = read_id(params.application), known(params.code, REFUSAL, "code")

    def store(connection: Connection) -> Shown:
        one, at = table.get(connection, office.sealer, id), office.store.now(connection)
        refuse_decided(one.state)
        table.append(connection, id, "refused", at=at, by=params.by, reason_code=code, reason=params.reason)
        table.set_state(connection, id, "refused", at, reason_code=code, reason=params.reason)
        if one.form:
            text = letters.refused(one.form.applicant.name)
            _post(office, connection, f"application:{id}:refused", one.form.applicant.mail, text, at, None)
        return shown(office, connection, id)

    return await office.store.run(store)


async def approve_one(office: Office, params: Approve) -> Approved:
    """R4.3: approved. Notice, subscriber, contract and account come to be together, or not at all. The announced name
    is spoken and the emergency number read out beforehand."""
    id = read_id(params.application)
    form = await office.store.read(lambda c: _approvable(office, c, id, params.despite))
    service = form.service
    prompt = await voice.speak(office, service.announced_name, service.announced_reading)
    spelt = await voice.read_out(office, service.emergency_number) if service.emergency_number else None
    try:
        return await office.store.run(lambda c: _form(office, c, id, params, prompt, spelt))
    except RuleBroken:
        voice.forget(office, prompt, spelt)
        raise


def _approvable(office: Office, connection: Connection, id: UUID, despite: str | None) -> Application:
    one = table.get(connection, office.sealer, id)
    if one.form is None:
        raise RuleBroken(f"application {id}: its form has been erased")
    approve(one.state, table.history(connection, id), len(flags(office, connection, one.form)), despite)
    return one.form


def _form(
    office: Office, connection: Connection, id: UUID, params: Approve, prompt: str, spelt: str | None
) -> Approved:
    form, at = _approvable(office, connection, id, params.despite), office.store.now(connection)
    subscriber_id, contract_id = office.ids.new(), office.ids.new()
    _subscriber(office, connection, form, subscriber_id, prompt, spelt, at, params.by)
    starts_on = max(form.starts_on or tokyo_date(at), tokyo_date(at))
    formation.form(
        connection, id=contract_id, subscriber_id=subscriber_id, plan=form.plan, starts_on=starts_on, at=at,
        by=params.by, settings=form.settings, application=id, terms=form.consent.terms,
    )  # fmt: skip
    one = table.get(connection, office.sealer, id)
    terms.consent(connection, subscriber_id, one.terms, at=one.consented_at, how="application", by="applicant")
    reset = _account(office, connection, form.subscriber, subscriber_id, at)
    table.append(connection, id, "approved", at=at, by=params.by, doc=Doc(despite=params.despite))
    table.set_state(connection, id, "approved", at, contract_id=contract_id)
    text = letters.approved(form.applicant.name, form.plan, starts_on, form.subscriber, reset)
    _post(office, connection, f"application:{id}:approved", form.applicant.mail, text, at, subscriber_id)
    return Approved(str(id), form.subscriber, str(contract_id), starts_on, form.subscriber, reset)


def _subscriber(
    office: Office, connection: Connection, form: Application, id: UUID, prompt: str, spelt: str | None,
    at: datetime, by: str,
) -> None:  # fmt: skip
    applicant, service = form.applicant, form.service
    subscriber.add(
        connection, id=id, slug=form.subscriber, name=applicant.name, announced_name=service.announced_name,
        announced_reading=service.announced_reading, announced_prompt=prompt, language=service.language, at=at,
    )  # fmt: skip
    if service.emergency_number:
        subscriber.set_emergency(connection, office.sealer, id, number=service.emergency_number, prompt=spelt)
    address = f"〒{applicant.postal_code} {applicant.address}"
    put = detail.put
    put(connection, office.sealer, id, "name", (applicant.name,), at=at, by=by)
    put(connection, office.sealer, id, "address", (address,), at=at, by=by)
    put(connection, office.sealer, id, "phone", (applicant.phone,), at=at, by=by)
    put(connection, office.sealer, id, "mail", (applicant.mail,), at=at, by=by)
    if service.notify:
        put(connection, office.sealer, id, "notification_targets", service.notify, at=at, by=by)


def _account(office: Office, connection: Connection, name: str, subscriber_id: UUID, at: datetime) -> str:
    new = account.issue(
        connection, id=office.ids.new(), name=name, role="subscriber", at=at, subscriber_id=subscriber_id
    )
    token = secrets.token_urlsafe(24)
    account.add_reset(connection, new.id, token, at, timedelta(seconds=office.settings.reset_s))
    return token


def _post(
    office: Office, connection: Connection, key: str, to: str, text: letters.Text, at: datetime, whose: UUID | None
) -> None:
    outbox.put(
        connection, office.sealer, key=f"{key}:{outbox.address_key(office.sealer, to)}", to=to, subject=text.subject,
        body=text.body, at=at, subscriber_id=whose,
    )  # fmt: skip
