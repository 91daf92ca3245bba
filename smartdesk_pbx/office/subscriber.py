"""Subscribers: added, shown, changed. Their sounds are built before anything is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.settings import ChangeField
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registered import remember
from smartdesk_pbx.office.registry import Params, Slug
from smartdesk_pbx.store import contract, detail, formation, number
from smartdesk_pbx.store import subscriber as table

Line = Annotated[str, Field(min_length=1, max_length=100)]


class Add(Params):
    """`emergency`: as typed; `plan`: a contract on it is opened at once."""

    subscriber: Slug
    name: Line
    announced_name: Line | None = None
    announced_reading: str = ""
    emergency: str | None = None
    language: Literal["ja", "en"] = "ja"
    plan: Slug | None = None


class Change(Params):
    """What is None stays; an empty `emergency` takes the number off file."""

    subscriber: str
    announced_name: Line | None = None
    announced_reading: str | None = None
    emergency: str | None = None


class Which(Params):
    subscriber: str


@dataclass(frozen=True)
class Shown:
    """A subscriber as staff see it. `emergency`: on file or not, never the number (R8.2)."""

    subscriber: str
    id: str
    name: str
    announced_name: str
    announced_reading: str
    announced_version: int
    language: str
    emergency: Literal["on file", "none"]
    emergency_version: int
    created_at: datetime
    contracts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


async def add(office: Office, params: Add) -> Shown:
    """The new subscriber; with a plan also an active contract from today. All or nothing."""
    await office.store.read(lambda c: _refuse_known(c, params.subscriber))
    emergency = _emergency(office, params.emergency)
    name = params.announced_name or params.name
    prompt = await voice.speak(office, name, params.announced_reading)
    spelt = await voice.read_out(office, emergency) if emergency else None

    def store(connection: Connection) -> Shown:
        at, id_ = office.store.now(connection), office.ids.new()
        table.add(
            connection, id=id_, slug=params.subscriber, name=params.name, announced_name=name,
            announced_reading=params.announced_reading, announced_prompt=prompt, language=params.language, at=at,
        )  # fmt: skip
        if emergency:
            table.set_emergency(connection, office.sealer, id_, number=emergency, prompt=spelt)
        if params.plan:
            formation.open_at_once(connection, id=office.ids.new(), subscriber_id=id_, plan=params.plan, at=at)
        return _shown(connection, table.get(connection, params.subscriber))

    try:
        return await office.store.run(store)
    except RuleBroken:
        voice.forget(office, prompt, spelt)
        raise


async def change(office: Office, params: Change) -> Shown:
    """The subscriber with another announced name or emergency number; the next call has it (R8.2: at once)."""
    who = await office.store.read(lambda c: table.get(c, params.subscriber))
    renamed = params.announced_name is not None or params.announced_reading is not None
    name = params.announced_name or who.announced_name
    reading = params.announced_reading if renamed else who.announced_reading
    emergency = _emergency(office, params.emergency)
    prompt = await voice.speak(office, name, reading or "") if renamed else None
    spelt = await voice.read_out(office, emergency) if emergency else None

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        if renamed:
            _keep(office, connection, who, "announced_name", (name, reading) if reading else (name,), at)
            table.set_announced(
                connection, who.id, name=name, reading=reading or "", prompt=prompt, at_version=who.announced_version
            )
        if params.emergency is not None:
            _keep(office, connection, who, "emergency_number", (emergency,) if emergency else (), at)
            table.set_emergency(connection, office.sealer, who.id, number=emergency, prompt=spelt)
        return _shown(connection, table.get(connection, str(who.id)))

    try:
        shown = await office.store.run(store)
    except RuleBroken:
        voice.forget(office, prompt, spelt)
        raise
    if params.emergency is not None:
        # Better an apology than a number that is no longer to be told.
        voice.forget(office, who.emergency_prompt)
    return shown


async def listing(office: Office, _: Params) -> list[Shown]:
    """All subscribers, oldest first."""
    return await office.store.read(lambda c: [_shown(c, who) for who in table.listing(c)])


async def show(office: Office, params: Which) -> Shown:
    """One subscriber with contracts and numbers."""
    return await office.store.read(lambda c: _shown(c, table.get(c, params.subscriber)))


def _keep(
    office: Office, connection: Connection, who: table.Subscriber, field: ChangeField, parts: detail.Parts, at: datetime
) -> None:
    """R14: a further version of a detail, also when operations change it without a request."""
    remember(office, connection, who, field)
    detail.put(connection, office.sealer, who.id, field, parts, at=at, by="operations")


def _emergency(office: Office, text: str | None) -> str | None:
    return checked(text, office.settings.country, what="emergency") if text else None


def _refuse_known(connection: Connection, slug: str) -> None:
    if any(who.slug == slug for who in table.listing(connection)):
        raise RuleBroken(f"subscriber {slug} exists already")


def _shown(connection: Connection, who: table.Subscriber) -> Shown:
    contracts = contract.listing(connection, who.id)
    numbers = [n.number for one in contracts for n in number.listing(connection, contract_id=one.id)]
    return Shown(
        who.slug, str(who.id), who.name, who.announced_name, who.announced_reading, who.announced_version,
        who.language, "on file" if who.emergency_sealed else "none", who.emergency_version, who.created_at,
        tuple(str(one.id) for one in contracts), tuple(numbers),
    )  # fmt: skip
