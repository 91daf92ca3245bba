"""The books for the accountant: journal, sums, tax, and whether they agree with what is owed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from smartdesk_pbx.billing.accounts import CHART, RECEIVABLE
from smartdesk_pbx.billing.csv_text import csv_text
from smartdesk_pbx.billing.journal import COLUMNS, Sum, TaxSum, journal_rows, summary, tax_sums
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import books as table
from smartdesk_pbx.store import receivables


class Span(Params):
    """A month, or from day to day, both included; nothing: everything."""

    month: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Journal:
    """The journal as CSV."""

    entries: int
    csv: str


@dataclass(frozen=True)
class Checked:
    """What a check found: `problems` is empty when the books hold."""

    entries: int
    documents: int
    receivable_yen: int
    problems: tuple[str, ...]


async def export(office: Office, params: Span) -> Journal:
    """The journal of a span, an entry's postings each on a line of its own."""
    since, until = _days(params)

    def look(connection: Connection) -> Journal:
        found = list(table.listing(connection, since, until))
        return Journal(len(found), csv_text(COLUMNS, journal_rows(found)))

    return await office.store.read(look)


async def sums(office: Office, params: Span) -> list[Sum]:
    """Every account over a span: before, debits, credits, after."""
    since, until = _days(params)

    def look(connection: Connection) -> list[Sum]:
        before: Mapping[str, int] = table.balances(connection, since - timedelta(days=1)) if since else {}
        return summary(before, table.listing(connection, since, until))

    return await office.store.read(look)


async def tax(office: Office, params: Span) -> list[TaxSum]:
    """Sales and tax per rate over a span."""
    since, until = _days(params)
    return await office.store.read(lambda c: tax_sums(table.listing(c, since, until)))


async def check(office: Office, _: Params) -> Checked:
    """Is every entry balanced, are all accounts known, and is the receivable what the documents say is open?"""

    def look(connection: Connection) -> Checked:
        problems: list[str] = []
        entries = 0
        try:
            entries = sum(1 for _ in table.listing(connection))
        except (ValueError, RuleBroken) as error:
            problems.append(str(error))
        balances = table.balances(connection)
        if total := sum(balances.values()):
            problems.append(f"the accounts sum to {total} yen, not to 0")
        problems += [f"no account {name}" for name in balances if name not in CHART]
        items = receivables.items(connection)
        owed, booked = sum(item.open_yen for item in items), balances.get(RECEIVABLE, 0)
        if owed != booked:
            problems.append(f"the receivable is {booked} yen, the documents say {owed}")
        return Checked(entries, len(items), booked, tuple(problems))

    return await office.store.read(look)


def _days(params: Span) -> tuple[date | None, date | None]:
    if params.month is None:
        return params.since, params.until
    if params.since or params.until:
        raise RuleBroken("name a month, or days, not both")
    month = Month.parse(params.month)
    return month.first, month.last
