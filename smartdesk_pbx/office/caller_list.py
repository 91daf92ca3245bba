"""Lists of callers that a contract's flows ask for: vip, blocked, whatever the flow calls them (R23: personal data)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.caller_file import LIST_NAME, LONGEST_NOTE, CallerRow, read_callers
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.flow.nodes import Caller
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import caller_list as table
from smartdesk_pbx.store import flow, number

ListName = Annotated[str, Field(pattern=LIST_NAME)]


class Which(Params):
    """`contract`: its id, or the subscriber who has only one; `list`: None for all."""

    contract: str
    list: ListName | None = None


class Remove(Params):
    """`caller`: as 09012345678 or +819012345678."""

    contract: str
    list: ListName
    caller: str


class Add(Remove):
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    by: str = "operations"


class Import(Params):
    """`text`: a CSV, `file` what its mistakes are named after; `list`: where a line names none."""

    contract: str
    text: str
    file: str = "callers.csv"
    list: ListName | None = None
    by: str = "operations"


@dataclass(frozen=True)
class Shown:
    list: str
    number: str
    note: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True)
class Taken:
    """What became of the callers. `unasked`: lists that no flow of the contract asks for just now."""

    contract: str
    new: int
    noted: int
    same: int
    unasked: tuple[str, ...]


@dataclass(frozen=True)
class Removed:
    contract: str
    list: str


async def add(office: Office, params: Add) -> Taken:
    """Put a caller on a list; their next call meets it."""
    caller = checked(params.caller, office.settings.country, what="caller")
    rows = [CallerRow(caller, params.list, params.note)]
    return await office.store.run(lambda c: _take(office, c, params.contract, rows, params.by))


async def bring_in(office: Office, params: Import) -> Taken:
    """Put everybody in a CSV on their lists, all or nobody. Raises `Mistakes`: all of them, each with its line."""
    rows = read_callers(params.text, params.file, params.list, office.settings.country)
    return await office.store.run(lambda c: _take(office, c, params.contract, rows, params.by))


async def remove(office: Office, params: Remove) -> Removed:
    """Take a caller off a list."""
    caller = checked(params.caller, office.settings.country, what="caller")

    def store(connection: Connection) -> Removed:
        one = contract.find(connection, params.contract)
        table.remove(connection, office.sealer, one.id, params.list, caller)
        return Removed(str(one.id), params.list)

    return await office.store.run(store)


async def listing(office: Office, params: Which) -> list[Shown]:
    """Who is on the lists of a contract, or on one of them."""

    def look(connection: Connection) -> list[Shown]:
        one = contract.find_any(connection, params.contract)
        found = table.listing(connection, office.sealer, one.id, params.list)
        return [Shown(who.list, who.number, who.note, who.added_at, who.added_by) for who in found]

    return await office.store.read(look)


def _take(office: Office, connection: Connection, name: str, rows: Sequence[CallerRow], by: str) -> Taken:
    one, at = contract.find(connection, name), office.store.now(connection)
    callers = [(row.list, row.number, row.note) for row in rows]
    done = table.add_all(connection, office.sealer, table.Where(one.id, at, by), callers, office.ids.new)
    live = [n for n in number.listing(connection, contract_id=one.id, at=at) if n.flow]
    asked = {name for n in live for name in asked_lists(flow.get(connection, n.flow or "", n.flow_version).tree)}
    unasked = sorted({row.list for row in rows} - asked)
    return Taken(str(one.id), done["new"], done["noted"], done["same"], tuple(unasked))


def asked_lists(tree: Tree) -> dict[str, str]:
    """The lists that a flow asks for, each with the first node that does."""
    found: dict[str, str] = {}
    for name, node in tree.nodes.items():
        if isinstance(node, Caller):
            for case in node.cases:
                if case.list:
                    found.setdefault(case.list, name)
    return found
