"""The month's close (R16.1): what stands in the way, then contract by contract, each one whole or not at all.

It can be broken off and run again at any point: what is closed stays closed, and is closed once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import Issuer, Line, sums
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.store import agenda, operator, reach
from smartdesk_pbx.store.chargeable import Due, Problem
from smartdesk_pbx.store.draft import Draft, drafts
from smartdesk_pbx.store.issue import Letterhead, issue
from smartdesk_pbx.store.recipient import recipients
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.signing import Signer

BATCH = 200
"""Contracts per transaction: enough for speed, and no writer of calls waits for longer than some tenths of a second."""

Progress = Callable[[int, int], None]
"""Told (contracts done, all of them) after each batch."""


@dataclass(frozen=True)
class Ask:
    """What is to be closed. `skip`: close the contracts without problems and leave the others; `override`: why to go
    ahead although a node was not read to the month's end."""

    month: Month
    contract_id: UUID | None = None
    dry_run: bool = False
    skip: bool = False
    override: str = ""


@dataclass
class Sum:
    """What the documents come to, yen."""

    documents: int = 0
    net_yen: int = 0
    tax_yen: int = 0
    untaxed_yen: int = 0
    total_yen: int = 0

    def add(self, lines: Sequence[Line]) -> None:
        """One more document of these lines."""
        found = sums(lines)
        self.documents += 1
        self.net_yen += sum(rate.base_yen for rate in found.totals)
        self.tax_yen += sum(rate.tax_yen for rate in found.totals)
        self.untaxed_yen += found.untaxed_yen
        self.total_yen += found.total_yen


@dataclass
class Outcome:
    """What a close did, or would do. `contracts`: how many were due; `closed`: how many have been closed (in a dry
    run: could be); `blocked`: nothing was done because of the problems."""

    contracts: int
    closed: int = 0
    cases: int = 0
    invoices: Sum = field(default_factory=Sum)
    corrections: Sum = field(default_factory=Sum)
    problems: list[Problem] = field(default_factory=list)
    blocked: bool = False

    def add(self, draft: Draft) -> None:
        """One more contract."""
        self.closed += 1
        self.cases += len({row.case_id for row in draft.rating.cases})
        if draft.rating.lines:
            self.invoices.add(draft.rating.lines)
        for correction in draft.corrections:
            if correction.lines:
                self.corrections.add(correction.lines)


@dataclass(frozen=True)
class _Survey:
    """What is known before anything is read from the ledger."""

    due: Sequence[Due]
    issuer: Issuer | None
    problems: Sequence[Problem]


async def close(
    store: Store, sealer: Sealer, signer: Signer | None, ask: Ask, progress: Progress = lambda done, total: None
) -> Outcome:
    """Close a month; every problem is in the outcome. Repeatable: a second run finds nothing left to do."""
    survey = await store.read(lambda c: _survey(c, ask, store.now(c)))
    outcome = Outcome(len(survey.due), problems=list(survey.problems))
    ready = [one for one in survey.due if one.basis is not None and not one.problems]
    if not ask.dry_run and _blocked(ask, survey):
        outcome.blocked = True
        return outcome
    progress(0, len(ready))
    for start in range(0, len(ready), BATCH):
        await _batch(store, sealer, signer, ask, survey.issuer, ready[start : start + BATCH], outcome)
        progress(min(start + BATCH, len(ready)), len(ready))
    return outcome


def _survey(connection: Connection, ask: Ask, now: datetime) -> _Survey:
    details = operator.current(connection)
    problems: list[Problem] = []
    if now < ask.month.ends_at:
        wrong = f"{ask.month} is not over"
        problems.append(Problem(None, wrong, f"close it from {ask.month.plus(1).first} on"))
    if details is None:
        wrong = "who issues the invoices is not known"
        problems.append(Problem(None, wrong, "smartdesk operator set --name … --address … --registration T…"))
    problems += [_behind(one, ask.month) for one in reach.behind(connection, ask.month)]
    due = agenda.due(connection, ask.month, ask.contract_id)
    problems += [problem for one in due for problem in one.problems]
    return _Survey(due, details.issuer if details else None, problems)


def _behind(one: reach.Behind, month: Month) -> Problem:
    read = {"journal": one.journal_at, "call records": one.cdr_at}
    missing = [f"its {what} until {at:%Y-%m-%d %H:%M} UTC" if at else f"its {what} never" for what, at in read.items()
               if at is None or at < month.ends_at]  # fmt: skip
    wrong = f"node {one.node} was not read to the end of {month}: {' and '.join(missing)}"
    return Problem(None, wrong, "let its daemon run for a while, or go ahead with --override REASON", may_override=True)


def _blocked(ask: Ask, survey: _Survey) -> bool:
    serious = [one for one in survey.problems if not (one.may_override and ask.override)]
    return any(one.contract_id is None for one in serious) or (bool(serious) and not ask.skip)


async def _batch(
    store: Store, sealer: Sealer, signer: Signer | None, ask: Ask, issuer: Issuer | None, batch: Sequence[Due],
    outcome: Outcome,
) -> None:  # fmt: skip
    found = await store.read(lambda c: list(drafts(c, ask.month, batch)))
    good = [one for one in found if isinstance(one, Draft)]
    outcome.problems += [one for one in found if isinstance(one, Problem)]
    if not ask.dry_run:
        assert issuer is not None

        def write(connection: Connection) -> list[Draft]:
            to = recipients(connection, sealer, [draft.due.chain for draft in good])
            letterhead = Letterhead(issuer, to, signer)
            issued = issue(connection, ask.month, good, letterhead, ask.override, store.now(connection))
            return [one.draft for one in issued]

        good = await store.run(write)
    for draft in good:
        outcome.add(draft)
