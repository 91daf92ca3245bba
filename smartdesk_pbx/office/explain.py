"""`case explain`: from what happened in a call to what it costs (R7.2): events, rule, units, yen, recordings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract import events, story
from smartdesk_pbx.contract.after_call import Judged, LedgerFact, Reclassified
from smartdesk_pbx.contract.case_facts import CaseFacts, facts_of
from smartdesk_pbx.contract.case_rules import passed_over
from smartdesk_pbx.contract.marks import in_force
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.case import Which, read_id
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import rating, recording, rules, subscriber
from smartdesk_pbx.store.case import CaseFile, events_of, file_of
from smartdesk_pbx.store.facts import StoredFact


@dataclass(frozen=True)
class Step:
    """One thing that happened."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Entry:
    """One ledger entry: the judgement, or a correction (`by`, `reason`, `replaces`). The last one is in force."""

    key: str
    at: datetime
    rule: str
    text: str
    version: str
    article: str
    case_class: str
    billable: bool
    units: int
    surcharges: tuple[str, ...]
    by: str | None
    reason: str | None
    replaces: str | None


@dataclass(frozen=True)
class PassedOver:
    """A rule before the one that decided, and the first of its conditions that did not fit."""

    rule: str
    because: str


@dataclass(frozen=True)
class Explained:
    """A case from its events to its price. `facts`: what the rules saw when it was judged (of an open case: by now),
    where that differs from the plainest call. `marks`, `tags`: in force now."""

    case_id: str
    subscriber: str | None
    contract: str | None
    plan: str | None
    number: str
    arrived_at: datetime
    happened: tuple[Step, ...]
    facts: Mapping[str, Any]
    marks: tuple[str, ...]
    tags: tuple[str, ...]
    passed_over: tuple[PassedOver, ...]
    entries: tuple[Entry, ...]
    amount: rating.CaseRating | None
    """What it costs, line by line, with the invoice's number; a preview while the month is not closed."""
    no_amount: str | None
    """Why there is no amount."""
    remarks: tuple[str, ...]
    recordings: tuple[recording.Recording, ...]
    erased: bool


async def explain(office: Office, params: Which) -> Explained:
    """Why a case is charged as it is. Raises `RuleBroken` when there is no such case."""
    call_id = read_id(params.case)
    return await office.store.read(lambda c: _explained(office, c, call_id))


def _explained(office: Office, connection: Connection, call_id: UUID) -> Explained:
    file = file_of(connection, call_id)
    if file is None:
        raise RuleBroken(f"no case {call_id} (smartdesk case list shows them)")
    stored = events_of(connection, office.sealer, call_id)
    happened = [one.fact for one in stored if isinstance(one.fact, events.CaseEvent)]
    entries = tuple(_entry(one, one.fact) for one in stored if isinstance(one.fact, Judged | Reclassified))
    facts = facts_of(_until_judged(stored))
    marks, _ = in_force(e for e in happened if isinstance(e, events.CaseMarked))
    tags = facts_of(happened).tags
    amount, no_amount = _amount(connection, call_id, entries)
    who = subscriber.by_id(connection, file.subscriber_id) if file.subscriber_id else None
    return Explained(
        str(call_id), who.slug if who else None, str(file.contract_id) if file.contract_id else None, file.plan,
        file.number, file.invited_at, tuple(Step(e.at, story.told(e)) for e in happened), _telling(facts),
        tuple(sorted(marks)), tuple(sorted(tags)), _passed_over(connection, file, facts, entries), entries,
        amount, no_amount, tuple(story.remarks(happened, facts_of(happened))),
        tuple(recording.of_call(connection, call_id)), any(one.erased for one in stored),
    )  # fmt: skip


def _until_judged(stored: Sequence[StoredFact]) -> list[events.CaseEvent]:
    """What was said of the case afterwards is left out: the judgement could not know it."""
    found: list[events.CaseEvent] = []
    for one in stored:
        if isinstance(one.fact, Judged):
            break
        if isinstance(one.fact, events.CaseEvent):
            found.append(one.fact)
    return found


def _amount(
    connection: Connection, call_id: UUID, entries: tuple[Entry, ...]
) -> tuple[rating.CaseRating | None, str | None]:
    if not entries:
        return None, "the case is not judged yet"
    charged = rating.of_case(connection, call_id)
    if charged is not None:
        return charged, None
    try:
        preview = rating.preview_of_case(connection, call_id)
    except RuleBroken as error:
        return None, str(error)
    return preview, None if preview else "the case belongs to no contract, or to a month without charges"


def _entry(stored: StoredFact, fact: LedgerFact) -> Entry:
    correction = fact if isinstance(fact, Reclassified) else None
    return Entry(
        stored.key, fact.at, fact.rule, fact.rule_text, fact.rules_version, fact.article, fact.case_class,
        fact.billable, fact.units, tuple(fact.surcharges), correction.by if correction else None,
        correction.reason if correction else None, correction.replaces if correction else None,
    )  # fmt: skip


def _passed_over(
    connection: Connection, file: CaseFile, facts: CaseFacts, entries: tuple[Entry, ...]
) -> tuple[PassedOver, ...]:
    """Of the judgement itself; nothing while there is none, or when its rules are not on file."""
    known = rules.of(connection, file.plan, entries[0].version) if entries and file.plan else None
    return tuple(PassedOver(*one) for one in passed_over(known, facts)) if known else ()


def _telling(facts: CaseFacts) -> dict[str, Any]:
    plainest = asdict(CaseFacts())
    said = {name: value for name, value in asdict(facts).items() if value != plainest[name]}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in said.items()}
