"""Versions of the terms and consent to them (R4.1, R31)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.terms import Version, earliest_effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import subscriber
from smartdesk_pbx.store import terms as table


class Add(Params):
    """`effective_on`: None is the first day that Article 31.3 allows; today for the first version."""

    version: Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9.-]{0,39}$")]
    text: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\r\n]*$")] = "利用規約"
    effective_on: date | None = None
    by: str = "operations"


class Which(Params):
    """None: the version in force."""

    version: str | None = None


class Consents(Params):
    subscriber: str | None = None
    version: str | None = None


class Consent(Params):
    """A consent given in writing."""

    subscriber: str
    version: str
    by: str = "operations"


@dataclass(frozen=True)
class Shown:
    """`state`: in force, coming or past. `consents`, `missing`: of subscribers with a contract that has not ended."""

    version: str
    title: str
    effective_on: date
    state: str
    sha256: str
    consents: int
    missing: int


@dataclass(frozen=True)
class ShownWhole(Shown):
    text: str
    without_consent: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    subscriber: str
    version: str
    at: datetime
    how: str
    by: str


async def add(office: Office, params: Add) -> Shown:
    """The new version, told to every subscriber. Raises `RuleBroken` when the notice would come too late."""

    def store(connection: Connection) -> Shown:
        at = office.store.now(connection)
        today, first = tokyo_date(at), not table.listing(connection)
        new = table.add(
            connection, office.sealer, version=params.version, title=params.title, text=params.text, at=at,
            by=params.by, notice_id=office.ids.new(),
            effective_on=params.effective_on or (today if first else earliest_effective(today)),
        )  # fmt: skip
        return _shown(connection, new, today)

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Shown]:
    """All versions, in the order in which they come into force."""

    def look(connection: Connection) -> list[Shown]:
        today = tokyo_date(office.store.now(connection))
        return [_shown(connection, one, today) for one in table.listing(connection)]

    return await office.store.read(look)


async def show(office: Office, params: Which) -> ShownWhole:
    """One version with its text (Article 31.1), and who has not consented to it. Raises `RuleBroken`."""

    def look(connection: Connection) -> ShownWhole:
        today = tokyo_date(office.store.now(connection))
        one = table.get(connection, params.version) if params.version else table.current(connection, today)
        if one is None:
            raise RuleBroken("no version of the terms is in force (smartdesk terms add FILE puts one in)")
        without = tuple(_slug(connection, id_) for id_ in table.missing(connection, one.version))
        return ShownWhole(**vars(_shown(connection, one, today)), text=one.text, without_consent=without)

    return await office.store.read(look)


async def consents(office: Office, params: Consents) -> list[Given]:
    """Who consented to which version, when and how; oldest first."""

    def look(connection: Connection) -> list[Given]:
        who = subscriber.get(connection, params.subscriber).id if params.subscriber else None
        found = table.consented(connection, subscriber_id=who, version=params.version)
        return [Given(_slug(connection, one.subscriber_id), one.version, one.at, one.how, one.by) for one in found]

    return await office.store.read(look)


async def consent(office: Office, params: Consent) -> Given:
    """Record a consent in writing. Raises `RuleBroken` when there is one already."""

    def store(connection: Connection) -> Given:
        who = subscriber.get(connection, params.subscriber)
        version, at = table.get(connection, params.version), office.store.now(connection)
        if not table.consent(connection, who.id, version.version, at=at, how="writing", by=params.by):
            raise RuleBroken(f"{who.slug} consented to {version.version} already (smartdesk terms consents)")
        return Given(who.slug, version.version, at, "writing", params.by)

    return await office.store.run(store)


def _shown(connection: Connection, one: Version, today: date) -> Shown:
    now = table.current(connection, today)
    state = "coming" if one.effective_on > today else "in force" if now == one else "past"
    given = len(table.consented(connection, version=one.version))
    return Shown(
        one.version, one.title, one.effective_on, state, one.sha256, given, len(table.missing(connection, one.version))
    )


def _slug(connection: Connection, id: object) -> str:
    return subscriber.get(connection, str(id)).slug
