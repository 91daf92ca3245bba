"""The outbox: letters that wait, went out, or failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, identifier
from smartdesk_pbx.report.post import post_of
from smartdesk_pbx.store import outbox as table
from smartdesk_pbx.store import subscriber


class Listing(Params):
    state: Literal["queued", "sent", "failed"] | None = None
    subscriber: str | None = None


class Which(Params):
    letter: str


@dataclass(frozen=True)
class Shown:
    """A letter without what stands in it. `about`: what it tells, such as `notice:…`."""

    letter: str
    about: str
    subscriber: str | None
    state: str
    created_at: datetime
    next_at: datetime | None
    attempts: int
    sent_at: datetime | None
    last_error: str


@dataclass(frozen=True)
class ShownWhole(Shown):
    to: str
    subject: str
    body: str
    attachments: tuple[str, ...]


@dataclass(frozen=True)
class Drained:
    sent: int
    queued: int
    failed: int


async def listing(office: Office, params: Listing) -> list[Shown]:
    """Letters, oldest first."""

    def look(connection: Connection) -> list[Shown]:
        who = subscriber.get(connection, params.subscriber).id if params.subscriber else None
        found = table.listing(connection, state=params.state, subscriber_id=who)
        return [_shown(connection, one) for one in found]

    return await office.store.read(look)


async def show(office: Office, params: Which) -> ShownWhole:
    """One letter with what stands in it. Raises `RuleBroken` when its text was erased."""

    def look(connection: Connection) -> ShownWhole:
        letter = table.open_letter(connection, office.sealer, _id(params.letter))
        row = next(one for one in table.listing(connection) if one.id == _id(params.letter))
        names = tuple(one.name for one in letter.attachments)
        return ShownWhole(
            **vars(_shown(connection, row)), to=letter.to, subject=letter.subject, body=letter.body, attachments=names
        )

    return await office.store.read(look)


async def retry(office: Office, params: Which) -> Shown:
    """Queue a failed letter again. Raises `RuleBroken` when it is not a failed one."""

    def store(connection: Connection) -> Shown:
        table.retry(connection, _id(params.letter), office.store.now(connection))
        return _shown(connection, next(o for o in table.listing(connection) if o.id == _id(params.letter)))

    return await office.store.run(store)


async def send(office: Office, _: Params) -> Drained:
    """Send what is due, now. Raises `RuleBroken` without a mail server."""
    if post_of(office.settings) is None:
        raise RuleBroken("no mail server is set up: write smtp and mail_from into smartdesk.toml (docs/operations.md)")
    # Imported here: the mail library takes 0.1 s that other commands need not spend.
    from smartdesk_pbx.report.outbox import Postman

    alarms: list[str] = []
    postman = Postman(office.settings, office.store, office.sealer, lambda name, **_: alarms.append(name))
    sent = await postman.drain()
    counts = await office.store.read(table.counts)
    return Drained(sent, counts.get("queued", 0), counts.get("failed", 0))


def _shown(connection: Connection, one: table.Queued) -> Shown:
    who = subscriber.by_id(connection, one.subscriber_id) if one.subscriber_id else None
    return Shown(
        str(one.id), one.key.partition(":")[0], who.slug if who else None, one.state, one.created_at,
        one.next_at if one.state == "queued" else None, one.attempts, one.sent_at, one.last_error,
    )  # fmt: skip


def _id(text: str) -> UUID:
    return identifier(text, "letter id", "outbox")
