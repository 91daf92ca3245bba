"""Changes of registered details (R14): asked for by the subscriber, validated, approved or refused, all of it kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.change import at_once, decision_letter, field_of, validated
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.settings import ChangeField, effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.detail import visible
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registered import check_target, prepare, put_in_force
from smartdesk_pbx.office.registry import Params, identifier
from smartdesk_pbx.store import change as table
from smartdesk_pbx.store import contract, detail, outbox, subscriber
from smartdesk_pbx.store.subscriber import Subscriber


class Ask(Params):
    """`value`: several for lists, and for an announced name with its reading; none takes an emergency number off
    file. `number`: whose forward sources."""

    subscriber: str
    field: str
    value: tuple[str, ...] = ()
    number: str | None = None


class Register(Ask):
    """A change that operations make themselves."""

    by: str = "operations"


class Which(Params):
    request: str


class Approve(Which):
    by: str = "operations"


class Refuse(Which):
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    by: str = "operations"


class Listing(Params):
    subscriber: str | None = None
    state: Literal["asked", "approved", "refused", "withdrawn"] | None = None


@dataclass(frozen=True)
class Shown:
    """A request. `version`: the new one of the detail, when it came into force just now."""

    request: str
    subscriber: str
    field: str
    number: str
    state: str
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str | None
    reason: str
    version: int | None = None


@dataclass(frozen=True)
class ShownWhole(Shown):
    """With the value asked for; that of an emergency number is shown to nobody (R8.2)."""

    value: tuple[str, ...] = ()


async def ask(office: Office, params: Ask) -> Shown:
    """The subscriber's request, validated; in force at once where nobody's approval is needed (R8.2: the emergency
    number). Raises `RuleBroken` for a value that cannot be right."""
    return await _ask(office, params, None)


async def register(office: Office, params: Register) -> Shown:
    """The detail changed by operations: asked and approved in one step. Raises as `ask`."""
    return await _ask(office, params, params.by)


async def _ask(office: Office, params: Ask, by: str | None) -> Shown:
    country = office.settings.country
    field = field_of(params.field)
    target = checked(params.number, country) if params.number else ""
    parts = validated(field, params.value, target, country)

    def store(connection: Connection) -> tuple[table.Request, bool]:
        who = subscriber.get(connection, params.subscriber)
        if target:
            check_target(connection, who, target)
        request = table.ask(
            connection, office.sealer, id=office.ids.new(), subscriber_id=who.id, field=field, target=target,
            parts=parts, at=office.store.now(connection), by=by or who.slug,
        )  # fmt: skip
        return request, by is not None or _at_once(connection, who, field)

    request, now = await office.store.run(store)
    if now:
        return await _approve(office, request, request.asked_by)
    return await office.store.read(lambda c: _shown(c, request))


async def approve(office: Office, params: Approve) -> Shown:
    """The detail changed, in force for the next call. Raises `RuleBroken` when the request does not wait."""
    request = await office.store.read(lambda c: table.get(c, _id(params.request)))
    return await _approve(office, request, params.by)


async def refuse(office: Office, params: Refuse) -> Shown:
    """The request refused; the subscriber is told why."""

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        done = table.decide(connection, _id(params.request), "refused", at=at, by=params.by, reason=params.reason)
        _tell(office, connection, done, at)
        return _shown(connection, done)

    return await office.store.run(store)


async def listing(office: Office, params: Listing) -> list[Shown]:
    """Requests, oldest first, without the values asked for."""

    def look(connection: Connection) -> list[Shown]:
        who = subscriber.get(connection, params.subscriber).id if params.subscriber else None
        return [_shown(connection, one) for one in table.listing(connection, state=params.state, subscriber_id=who)]

    return await office.store.read(look)


async def show(office: Office, params: Which) -> ShownWhole:
    """One request with the value asked for."""

    def look(connection: Connection) -> ShownWhole:
        request = table.get(connection, _id(params.request))
        parts = table.wanted(connection, office.sealer, request.id)
        return ShownWhole(**vars(_shown(connection, request)), value=visible(request.field, parts))

    return await office.store.read(look)


async def _approve(office: Office, request: table.Request, by: str) -> Shown:
    """Sounds first, then all of it in one transaction; the sounds go again when it comes to nothing."""
    who, parts = await office.store.read(
        lambda c: (subscriber.get(c, str(request.subscriber_id)), table.wanted(c, office.sealer, request.id))
    )
    sounds = await prepare(office, who, request.field, parts)

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        done = table.decide(connection, request.id, "approved", at=at, by=by)
        version = put_in_force(
            office, connection, who, request.field, request.target, parts, sounds, at=at, by=by, request_id=request.id
        )
        _tell(office, connection, done, at)
        return _shown(connection, done, version)

    try:
        shown = await office.store.run(store)
    except RuleBroken:
        voice.forget(office, sounds.new)
        raise
    voice.forget(office, sounds.old)
    return shown


def _at_once(connection: Connection, who: Subscriber, field: ChangeField) -> bool:
    """True where every running contract of the subscriber lets this detail change without approval."""
    running = [one for one in contract.listing(connection, who.id) if one.state != "ended"]
    layers = [effective(contract.plan(connection, one.plan).settings, one.settings) for one in running]
    return all(at_once(field, settings) for settings in layers or [effective({}, {})])


def _tell(office: Office, connection: Connection, request: table.Request, at: datetime) -> None:
    who = subscriber.get(connection, str(request.subscriber_id))
    approved = request.state == "approved"
    subject, body = decision_letter(request.field, who.name, approved=approved, reason=request.reason)
    for to in detail.mail_addresses(connection, office.sealer, who.id):
        outbox.put(
            connection, office.sealer, key=f"change:{request.id}:{outbox.address_key(office.sealer, to)}", to=to,
            subject=subject, body=body, at=at, subscriber_id=who.id,
        )  # fmt: skip


def _shown(connection: Connection, one: table.Request, version: int | None = None) -> Shown:
    slug = subscriber.get(connection, str(one.subscriber_id)).slug
    return Shown(
        str(one.id), slug, one.field, one.target, one.state, one.asked_at, one.asked_by, one.decided_at,
        one.decided_by, one.reason, version,
    )  # fmt: skip


def _id(text: str) -> UUID:
    return identifier(text, "request id", "change")
