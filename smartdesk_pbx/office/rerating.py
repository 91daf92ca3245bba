"""Closed months computed again from the ledger, and months under other prices (R15, R16.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.office.billing import Written, only
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.progress import progress
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import rerate as again
from smartdesk_pbx.store.closed import Closed
from smartdesk_pbx.store.contract import slugs as slugs_of


class Rerate(Params):
    month: Written
    contract: str | None = None


class WhatIf(Params):
    """`texts`: price tables as YAML, by the name of their file."""

    month: Written
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Rerated:
    """How many closed contracts were computed again, and what came out otherwise."""

    month: str
    contracts: int
    differs: tuple[again.Differs, ...]


@dataclass(frozen=True)
class Compared:
    """One contract under other prices, yen with tax."""

    contract: str
    subscriber: str
    plan: str
    cases: int
    now_yen: int | None
    then_yen: int
    difference_yen: int | None


async def rerate(office: Office, params: Rerate) -> Rerated:
    """R16.1: compute closed months again from the ledger, and compare every byte of their documents."""
    month = Month.parse(params.month)

    def rows(connection: Connection) -> list[Closed]:
        return list(again.closed_months(connection, month, only(connection, params.contract)))

    found = await office.store.read(rows)
    wrong: list[again.Differs] = []
    for done, row in enumerate(found, 1):
        wrong += await office.store.read(lambda c, row=row: again.rerate(c, row))  # type: ignore[misc]
        progress()(done, len(found))
    return Rerated(params.month, len(found), tuple(wrong))


async def whatif(office: Office, params: WhatIf) -> list[Compared]:
    """R15: what other price tables would have charged in a month. Raises `Mistakes` for a table that is wrong."""
    tables = [prices_from_yaml(text, name) for name, text in params.texts.items()]

    def read(connection: Connection) -> list[Compared]:
        slugs = slugs_of(connection)
        rows = again.whatif(connection, Month.parse(params.month), {table.plan: table for table in tables})
        return [
            Compared(
                str(r.contract_id), slugs[r.contract_id], r.plan, r.cases, r.now_yen, r.then_yen,
                None if r.now_yen is None else r.then_yen - r.now_yen,
            )
            for r in rows
        ]  # fmt: skip

    return await office.store.read(read)
