"""What the month came to, read back from the store, and the sums that must agree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.store import case
from smartdesk_pbx.store.case import CaseFile
from smartdesk_pbx.trial.month.bureau import Bureau
from smartdesk_pbx.trial.month.cast import Member
from smartdesk_pbx.trial.month.money import MONTH, Invoice

STATES = ("onboarding", "active", "suspended", "ended")
OUTCOMES = ("an agent", "wrong number, sales, fax", "a message", "voice guidance alone", "left before that",
            "emergency number told", "not in service")  # fmt: skip
"""How a call came out, as the story and the picture tell it."""
_OUTCOME = {
    "human": "an agent", "repeat": "an agent", "message": "a message", "ivr_only": "voice guidance alone",
    "test": "voice guidance alone", "emergency": "emergency number told", "not_in_service": "not in service",
}  # fmt: skip
_BEGINS = {"formed": "onboarding", "went_live": "active", "suspended": "suspended", "resumed": "active",
           "terminated": "ended", "ended": "ended"}  # fmt: skip
_REQUESTS = {"cancellation_requested": "asks to end: last day", "plan_change_requested": "asks for another plan: from"}
_MOST = 100_000


@dataclass(frozen=True)
class Charge:
    """One subscriber's month. `parts`: yen without tax by kind of line."""

    member: Member
    invoice: Invoice
    calls: int
    billable: int
    parts: dict[str, int]


@dataclass(frozen=True)
class Month:
    """Everything that is told of the month. `states`: of each contract, by subscriber, its state at each day's end
    (None: there was none yet)."""

    days: tuple[date, ...]
    cases: tuple[CaseFile, ...]
    charges: tuple[Charge, ...]
    states: dict[str, tuple[str | None, ...]]
    requests: dict[str, list[tuple[date, str]]]
    """What subscribers asked for in the month: the day, and what it leads to."""
    releases: list[tuple[datetime, int]]
    """R8.2: when the emergency number was released, and the requests that led to it."""


def outcome(file: CaseFile) -> str:
    """One of `OUTCOMES`."""
    if found := _OUTCOME.get(file.case_class or ""):
        return found
    return "wrong number, sales, fax" if file.human_at else "left before that"


async def gather(bureau: Bureau, members: Sequence[Member], days: Sequence[date], found: Sequence[Invoice]) -> Month:
    """Read the month back."""
    cases = await bureau.office.store.read(lambda c: case.listing(c, limit=_MOST))
    cases = [one for one in cases if tokyo_date(one.invited_at) in set(days)]
    by_slug, entries = {m.slug: m for m in members}, []
    for one in found:
        entry = await bureau.ask("billing.show", contract=one.subscriber, month=MONTH)
        mine = [c for c in cases if str(c.contract_id) == entry["contract_id"]]
        billable = sum(bool(c.billable) for c in mine)
        entries.append(Charge(by_slug[one.subscriber], one, len(mine), billable, _parts(entry)))
    states, requests = await _states(bureau, days)
    return Month(tuple(days), tuple(cases), tuple(entries), states, requests, await _releases(bureau, cases))


async def _releases(bureau: Bureau, cases: Sequence[CaseFile]) -> list[tuple[datetime, int]]:
    found = []
    for file in cases:
        if file.outcome == "emergency":
            shown = await bureau.ask("case.evidence", case=str(file.call_id))
            found += [(file.invited_at, len(release["requests"])) for release in shown["releases"]]
    return found


def _parts(entry: Any) -> dict[str, int]:
    names = {"basic": "basic fee", "setup": "set-up", "early-termination": "early termination"}
    parts: Counter[str] = Counter()
    for line in entry["lines"]:
        code = line["code"]
        over = "cases beyond" if code.startswith("over") else "surcharges and options"
        parts[names.get(code, over)] += line["amount_yen"]
    return dict(parts)


async def _states(
    bureau: Bureau, days: Sequence[date]
) -> tuple[dict[str, tuple[str | None, ...]], dict[str, list[tuple[date, str]]]]:
    found: dict[str, tuple[str | None, ...]] = {}
    requests: dict[str, list[tuple[date, str]]] = {}
    for one in await bureau.ask("contract.list"):
        history = await bureau.ask("contract.history", contract=one["contract"])
        steps = [(_day(step), _BEGINS[step["kind"]]) for step in history if step["kind"] in _BEGINS]
        found[one["subscriber"]] = tuple(
            next((state for since, state in reversed(steps) if since <= day), None) for day in days
        )
        for step in history:
            if text := _REQUESTS.get(step["kind"]):
                asked = (tokyo_date(datetime.fromisoformat(step["at"])), f"{text} {step['effective_on']}")
                requests.setdefault(one["subscriber"], []).append(asked)
    return found, requests


def _day(step: Any) -> date:
    day = date.fromisoformat(step["effective_on"])
    return day + timedelta(days=1) if step["kind"] == "ended" else day  # a last day is still a day of service


# ---- the sums that must agree ------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreed:
    """A sum that was computed twice, from different places. `holds`: both are the same."""

    what: str
    holds: bool


async def sums(bureau: Bureau, month: Month, dialled: int) -> list[Agreed]:
    """Calls and cases, judgements and ratings, lines and invoices, invoices and books, then everything again."""
    judged = sum(file.closed_at is not None and file.rule is not None for file in month.cases)
    units = sum(file.units or 0 for file in month.cases if file.billable)
    rated, lines = await _rated(bureau, month)
    net = sum(sum(charge.parts.values()) for charge in month.charges)
    billed = sum(charge.invoice.total_yen for charge in month.charges)
    books = await bureau.ask("books.check")
    again = await bureau.ask("billing.rerate", month=MONTH)
    items = await bureau.ask("receivable.list", paid=True)
    owed = sum(one["billed_yen"] for one in items if one["month"] == MONTH)
    return [
        Agreed(f"{dialled:,} calls dialled = {len(month.cases):,} cases = {judged:,} judgements",
               dialled == len(month.cases) == judged),
        Agreed(f"{units:,} units judged billable = {rated:,} units in the rating entries", units == rated),
        Agreed(f"{net:,} yen on the lines = {lines:,} yen in fees and case by case", net == lines),
        Agreed(f"{billed:,} yen on the invoices = {owed:,} yen booked as receivable", billed == owed),
        Agreed(f"{again['contracts']} contracts rated again from the ledger: every byte the same",
               not again["differs"]),
        Agreed(f"{books['entries']:,} book entries, each balanced; problems: {len(books['problems'])}",
               not books["problems"]),
    ]  # fmt: skip


async def _rated(bureau: Bureau, month: Month) -> tuple[int, int]:
    """Units of the rated cases, and the yen of all lines computed from fees and single cases."""
    units = yen = 0
    for charge in month.charges:
        entry = await bureau.ask("billing.show", contract=charge.invoice.subscriber, month=MONTH)
        surcharges = {extra["code"] for extra in entry["basis"]["prices"]["surcharges"]}
        for _, line, count, amount in entry["cases"]:
            units += count if line != "none" and line not in surcharges else 0
            yen += amount
        yen += sum(line["amount_yen"] for line in entry["lines"] if not line["cases"])
    return units, yen
