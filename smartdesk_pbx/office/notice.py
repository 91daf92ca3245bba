"""Notices of maintenance, interruption and end of service (R13, R21, R30)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.notice import Notice, Scope, read_time
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, identifier
from smartdesk_pbx.store import contract as contracts
from smartdesk_pbx.store import notice as table
from smartdesk_pbx.store import subscriber

NOW = "now"


class Add(Params):
    """`from_` and `to`: Tokyo's civil time, `now` to begin at once; `to` None: open end. At most one of node, plan,
    contract; none: everybody. `prompt`: what callers hear instead of the usual announcement."""

    kind: Literal["maintenance", "interruption", "end_of_service"]
    subject: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\r\n]*$")]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    from_: str = NOW
    to: str | None = None
    node: Annotated[str, Field(pattern=r"^[a-z0-9]{1,8}$")] | None = None
    plan: str | None = None
    contract: str | None = None
    prompt: str | None = None
    by: str = "operations"


class Which(Params):
    notice: str


class End(Which):
    by: str = "operations"


class Listing(Params):
    """`subscriber`: the notices on the page of that one (R13.2)."""

    subscriber: str | None = None


@dataclass(frozen=True)
class Shown:
    """`state`: coming, in force, over, withdrawn. `told`: how many subscribers."""

    notice: str
    kind: str
    scope: str
    state: str
    from_at: datetime
    to_at: datetime | None
    subject: str
    told: int


@dataclass(frozen=True)
class Hearer:
    subscriber: str
    told_at: datetime
    timing: str
    letters: int


@dataclass(frozen=True)
class ShownWhole(Shown):
    """With the text, who was told when, and the cases of calls that met it."""

    text: str
    prompt: str | None
    by: str
    hearers: tuple[Hearer, ...]
    cases: tuple[str, ...]


async def add(office: Office, params: Add) -> ShownWhole:
    """The notice, in force for calls and told to subscribers in one transaction. Raises `RuleBroken`."""
    _check_prompt(office, params.prompt)

    def store(connection: Connection) -> ShownWhole:
        at = office.store.now(connection)
        scope, target = _scope(connection, params)
        from_at = at if params.from_ == NOW else read_time(params.from_)
        to_at = read_time(params.to) if params.to else None
        new = Notice(
            office.ids.new(), params.kind, scope, target, from_at, to_at, params.prompt, params.subject, params.text
        )
        table.put(connection, office.sealer, new, at=at, by=params.by)
        return _whole(connection, new.id, at)

    return await office.store.run(store)


async def end(office: Office, params: End) -> ShownWhole:
    """The notice ended now, or withdrawn when it had not begun; those who were told are told that too."""

    def store(connection: Connection) -> ShownWhole:
        at = office.store.now(connection)
        kept = table.end(connection, office.sealer, _id(params.notice), at=at, by=params.by)
        return _whole(connection, kept.notice.id, at)

    return await office.store.run(store)


async def listing(office: Office, params: Listing) -> list[Shown]:
    """All notices, the newest first; of a subscriber: those that they were told of."""

    def look(connection: Connection) -> list[Shown]:
        who = subscriber.get(connection, params.subscriber).id if params.subscriber else None
        at = office.store.now(connection)
        return [_shown(connection, kept, at) for kept in table.listing(connection, subscriber_id=who)]

    return await office.store.read(look)


async def show(office: Office, params: Which) -> ShownWhole:
    """One notice. Raises `RuleBroken` for an unknown one."""
    return await office.store.read(lambda c: _whole(c, _id(params.notice), office.store.now(c)))


def _check_prompt(office: Office, prompt: str | None) -> None:
    if prompt is None:
        return
    for language in office.catalogue.complete:
        if office.catalogue.missing(language, [prompt]):
            raise RuleBroken(f"prompt {prompt}: not built in {language} (smartdesk prompt list shows what is)")


def _scope(connection: Connection, params: Add) -> tuple[Scope, str]:
    named = [scope for scope in ("node", "plan", "contract") if getattr(params, scope) is not None]
    if len(named) > 1:
        raise RuleBroken(f"{' and '.join(named)}: name at most one of them; none means everybody")
    if params.node:
        return "node", params.node
    if params.plan:
        return "plan", contracts.plan(connection, params.plan).id
    if params.contract:
        return "contract", str(contract.find(connection, params.contract).id)
    return "all", ""


def _state(kept: table.Kept, at: datetime) -> str:
    if kept.withdrawn_at:
        return "withdrawn"
    if at < kept.notice.from_at:
        return "coming"
    return "in force" if kept.notice.runs_at(at) else "over"


def _columns(connection: Connection, kept: table.Kept, at: datetime) -> dict[str, object]:
    notice = kept.notice
    return {
        "notice": str(notice.id), "kind": notice.kind, "scope": f"{notice.scope} {notice.target}".rstrip(),
        "state": _state(kept, at), "from_at": notice.from_at, "to_at": notice.to_at, "subject": notice.subject,
        "told": len(table.told_of(connection, notice.id)),
    }  # fmt: skip


def _shown(connection: Connection, kept: table.Kept, at: datetime) -> Shown:
    return Shown(**_columns(connection, kept, at))  # type: ignore[arg-type]


def _whole(connection: Connection, id: UUID, at: datetime) -> ShownWhole:
    kept = table.get(connection, id)
    hearers = tuple(
        Hearer(who.slug, one.told_at, one.timing, one.letters)
        for one in table.told_of(connection, id)
        if (who := subscriber.by_id(connection, one.subscriber_id))
    )
    cases = tuple(str(call) for call in table.calls_met(connection, id))
    return ShownWhole(
        **_columns(connection, kept, at),  # type: ignore[arg-type]
        text=kept.notice.body, prompt=kept.notice.prompt, by=kept.created_by, hearers=hearers, cases=cases,
    )  # fmt: skip


def _id(text: str) -> UUID:
    return identifier(text, "notice id", "notice")
