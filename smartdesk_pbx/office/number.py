"""Assigned numbers (R7.1) and the sources that forward to them (R2.2)."""

from dataclasses import dataclass

from sqlalchemy import Connection

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.flow_gate import Place, judge, place, teams
from smartdesk_pbx.office.flow_source import of_version
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import contract as contracts
from smartdesk_pbx.store import flow as flows
from smartdesk_pbx.store import number as table
from smartdesk_pbx.store import pool


class Which(Params):
    """`number`: as 0312345678 or +81312345678."""

    number: str


class Add(Params):
    """`number`: None takes the one of the pool that has been free the longest; `contract`: its id, or the subscriber
    who has only one; `flow`: its newest version answers."""

    contract: str
    number: str | None = None
    flow: str | None = None
    sources: tuple[str, ...] = ()
    by: str = pool.OPERATIONS


class Release(Which):
    reason: str = ""
    by: str = pool.OPERATIONS


@dataclass(frozen=True)
class Shown:
    """A number, E.164, dialable as it stands."""

    number: str
    subscriber: str
    contract: str
    contract_state: str
    flow: str | None
    flow_version: int | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Released:
    number: str


async def add(office: Office, params: Add) -> Shown:
    """Assign a number from now on. Raises `RuleBroken` with the reason (Article 7.1), also where the flow does not fit
    the contract; nothing is stored then."""
    country = office.settings.country
    wanted = checked(params.number, country) if params.number else None
    sources = [checked(source, country, what="source") for source in params.sources]
    if params.flow:
        await _refuse_misfit(office, params, wanted)

    def store(connection: Connection) -> Shown:
        one = contract.find(connection, params.contract)
        flow = flows.get(connection, params.flow) if params.flow else None
        at = office.store.now(connection)
        number = wanted or pool.next_free(connection, tokyo_date(at))
        table.assign(
            connection, number, one.id, id=office.ids.new(), at=at, flow_id=flow.id if flow else None, by=params.by
        )
        table.set_sources(connection, number, sources)
        return _one(office, connection, number)

    return await office.store.run(store)


async def _refuse_misfit(office: Office, params: Add, number: str | None) -> None:
    def about(connection: Connection) -> tuple[flows.PublishedFlow, Place, frozenset[str]]:
        one = contract.find(connection, params.contract)
        return flows.get(connection, params.flow or ""), place(connection, number or "", one.id), teams(connection)

    flow, where, known_teams = await office.store.read(about)
    verdict = await judge(office, of_version(flow), [where], known_teams)
    if verdict.broken:
        without = "assign the number without a flow, then smartdesk flow schedule or publish can force it"
        raise RuleBroken("\n".join((f"{flow.what} does not fit {where.subscriber}:", *verdict.broken, without)))


async def listing(office: Office, _: Params) -> list[Shown]:
    """All assigned numbers, in the order of their positions."""
    return await office.store.read(lambda c: [_shown(c, one) for one in table.listing(c, at=office.store.now(c))])


async def show(office: Office, params: Which) -> Shown:
    """One assigned number."""
    number = checked(params.number, office.settings.country)
    return await office.store.read(lambda c: _one(office, c, number))


async def release(office: Office, params: Release) -> Released:
    """Take a number back, into quarantine; callers then get 404. Its history and its cases stay."""
    number = checked(params.number, office.settings.country)
    await office.store.run(
        lambda c: table.release(c, number, at=office.store.now(c), by=params.by, reason=params.reason)
    )
    return Released(number)


def _one(office: Office, connection: Connection, number: str) -> Shown:
    for one in table.listing(connection, at=office.store.now(connection)):
        if one.number == number:
            return _shown(connection, one)
    raise RuleBroken(f"{number} is not assigned")


def _shown(connection: Connection, one: table.Assigned) -> Shown:
    state = contracts.get(connection, one.contract_id).state
    sources = tuple(table.sources(connection, one.number))
    return Shown(one.number, one.subscriber, str(one.contract_id), state, one.flow, one.flow_version, sources)
