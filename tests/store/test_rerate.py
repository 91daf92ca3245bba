"""R16.1: closed months come out of the ledger again byte by byte; a change of anything is noticed; other prices."""

from datetime import datetime
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.store import closed
from smartdesk_pbx.store.rerate import Differs, rerate, whatif
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import metadata
from tests.store.money import AFTER, MONTH, PRICES, Told, open_at, set_up, sign_up, tell
from tests.store.test_close import IN_DECEMBER, NOVEMBER, close_it, closed_october, documents, reclassify

DECEMBER = NOVEMBER.plus(1)


def execute(statement: str, connection: Connection) -> None:
    connection.exec_driver_sql(statement)


def found(connection: Connection) -> list[Differs]:
    rows = closed.months_of(connection, UUID(int=201))
    return [wrong for row in rows for wrong in rerate(connection, row)]


async def three_months(url: str) -> Store:
    """October, then November and December that correct it."""
    store, who, of = await closed_october(url, [Told(n, n + 2) for n in range(6)])
    await store.run(lambda c: tell(c, who, of, [Told(50, 1, 2, "human", ("long",))]))
    await close_it(store, NOVEMBER)
    await reclassify(store, of, Told(0, 2), 0)
    later = open_at(url, datetime(2027, 1, 3, tzinfo=AFTER.tzinfo))
    await close_it(later, DECEMBER)
    return later


async def test_r16_1_closed_months_and_their_corrections_come_out_byte_equal(url: str) -> None:
    store = await three_months(url)
    assert [(d.month, d.kind) for d in await documents(store)] == [
        ("2026-10", "invoice"), ("2026-11", "invoice"), ("2026-10", "invoice"), ("2026-12", "invoice"),
        ("2026-10", "credit_note"),
    ]  # fmt: skip
    assert await store.read(found) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE ledger_entry SET open = replace(open, '\"units\":1', '\"units\":2') WHERE kind = 'judgement'",
         "the rating entry comes out otherwise"),
        ("UPDATE ledger_entry SET open = replace(open, '9805', '9804') WHERE kind = 'rating'",
         "the document comes out otherwise"),
        ("UPDATE invoice SET document = replace(document, '9805', '1') WHERE number = 1", "is not what was issued"),
        ("DELETE FROM ledger_entry WHERE kind = 'judgement'", "the rating entry comes out otherwise"),
        ("DELETE FROM ledger_entry WHERE kind = 'rating'", "the rating entry is gone"),
    ],
)  # fmt: skip
async def test_r16_1_whatever_is_changed_behind_the_ledgers_back_is_noticed(url: str, change: str, says: str) -> None:
    store, *_ = await closed_october(url, [Told(n, n) for n in range(4)])

    def tamper(c: Connection) -> None:
        for table in ("ledger_entry", "invoice"):
            for verb in ("update", "delete"):
                name = f"{table}_no_{verb if store.is_sqlite else 'change'}"
                c.execute(text(f"DROP TRIGGER IF EXISTS {name}" + ("" if store.is_sqlite else f" ON {table}")))
        c.exec_driver_sql(change)

    await store.run(tamper)
    assert says in " ".join(one.wrong for one in await store.read(found))


@pytest.mark.parametrize("table", ["invoice", "closed_month", "price_table", "operator_details"])
async def test_documents_closed_months_and_prices_cannot_be_changed(url: str, table: str) -> None:
    store, *_ = await closed_october(url, [Told(1, 1)])
    column = metadata.tables[table].c[1].name
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
        with pytest.raises(DBAPIError, match="is insert-only"):
            await store.run(partial(execute, change))


async def test_r15_what_other_prices_would_have_charged(url: str) -> None:
    store, *_ = await closed_october(url, [Told(n, n) for n in range(6)])
    await store.run(lambda c: sign_up(c, 2, settings={"price_overrides": {"basic": 5000}, "options": ["extra-number"]}))
    other = prices_from_yaml(PRICES.replace("included: 3", "included: 0").replace("options:", "o:").partition("o:")[0],
                             "w.yaml")  # fmt: skip
    rows = await store.read(lambda c: list(whatif(c, MONTH, {"standard": other})))
    now = 9805 + 20_000 + 2 * 205 + 155
    then = 9805 + 20_000 + 2 * 205 + 4 * 155
    assert [(r.contract_id.int, r.cases, r.now_yen, r.then_yen) for r in rows] == [
        (201, 6, now * 110 // 100, then * 110 // 100), (202, 0, 25_500 * 110 // 100, 25_000 * 110 // 100),
    ]  # fmt: skip
    assert await store.read(lambda c: list(whatif(c, MONTH, {}))) == []


async def test_r15_other_prices_for_a_month_that_has_none(url: str) -> None:
    store = open_at(url, IN_DECEMBER)
    await store.run(lambda c: set_up(c, PRICES.replace("2026-04", "2027-01")))
    await store.run(lambda c: sign_up(c, 1))
    (row,) = await store.read(lambda c: list(whatif(c, MONTH, {"standard": prices_from_yaml(PRICES, "p")})))
    assert (row.now_yen, row.then_yen) == (None, 29_805 * 110 // 100)
