"""What takes effect by itself on its day (R11, R12, R18): plan changes, renewals, ends. A repeat is a no-op."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise, takewhile
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract.agreement_events import Cause, Doc, Kind
from smartdesk_pbx.contract.deadlines import term_on, terms
from smartdesk_pbx.contract.letters import ended
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.store import agreement, told
from smartdesk_pbx.store.agreement import Agreed
from smartdesk_pbx.store.seal import Sealer

BY = "deadline"


@dataclass(frozen=True)
class Taken:
    """One thing that took effect: `effective_on` is its day, `doc` says the plan, the term or the cause."""

    contract_id: UUID
    kind: Kind
    effective_on: date
    doc: Doc


def due(connection: Connection, sealer: Sealer, at: datetime) -> list[Taken]:
    """Let take effect whatever is due at that time, in the running transaction; what did. Ends are told by mail."""
    today = tokyo_date(at)
    found = []
    for one in agreement.all_agreed(connection):
        for taken in () if one.life.over else list(_due(one, today)):
            agreement.append(
                connection, taken.contract_id, taken.kind, at=at, effective_on=taken.effective_on, by=BY, doc=taken.doc
            )
            if taken.kind == "ended":
                told.tell(connection, sealer, one.contract, "ended", at, lambda n, t=taken: ended(n, t.effective_on))  # type: ignore[misc]
            found.append(taken)
    return found


def _due(one: Agreed, today: date) -> Iterator[Taken]:
    """In the order of their days within each kind; an end comes last."""
    ends_on, cause = _end(one)
    until = min(today, ends_on) if ends_on else today
    yield from _plan_changes(one, until)
    yield from _renewals(one, until)
    if ends_on is not None and ends_on < today:
        yield Taken(one.contract.id, "ended", ends_on, Doc(cause=cause))


def _end(one: Agreed) -> tuple[date | None, Cause]:
    """The last day, asked for or agreed; a term that is not renewed ends the contract by itself."""
    asked = one.life.ends_on
    if one.settings.renewal_months:
        return asked, one.life.cause or "agreement"
    expires = term_on(one.life.started_on, one.life.started_on, one.settings).to_on
    if asked is None or expires < asked:
        return expires, "term"
    return asked, one.life.cause or "agreement"


def _plan_changes(one: Agreed, until: date) -> Iterator[Taken]:
    for before, step in pairwise(one.life.plans):
        if step.on <= until and ("plan_changed", step.on) not in one.life.recorded:
            yield Taken(one.contract.id, "plan_changed", step.on, Doc(plan=step.plan, plan_before=before.plan))


def _renewals(one: Agreed, until: date) -> Iterator[Taken]:
    for term in takewhile(lambda term: term.from_on <= until, terms(one.life.started_on, one.settings)):
        if term.number > 1 and ("renewed", term.from_on) not in one.life.recorded:
            doc = Doc(term_from=term.from_on, term_to=term.to_on)
            yield Taken(one.contract.id, "renewed", term.from_on, doc)
