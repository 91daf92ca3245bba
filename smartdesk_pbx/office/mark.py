"""Marks and tags on cases (R8.3, R8.4), and corrections of a judgement by a person (R7.2): always a further fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract import events, marks
from smartdesk_pbx.contract.after_call import LedgerFact
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.case_rules import CaseClass, Code, Judgement, judge
from smartdesk_pbx.contract.judging import Wish, corrected, reclassified
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import dossier
from smartdesk_pbx.office.case import Which, read_id
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Slug
from smartdesk_pbx.office.subscriber import Line
from smartdesk_pbx.store import judgement as entries
from smartdesk_pbx.store import later, mark, rules
from smartdesk_pbx.store.case import CaseFile, events_of, file_of

Reason = Annotated[str, Field(min_length=3, max_length=500)]
Note = Annotated[str, Field(max_length=500)]


class Mark(Which):
    """What a call was, in marks of the software and tags of the bureau; `remove` takes them back."""

    marks: tuple[str, ...] = ()
    tags: tuple[Slug, ...] = ()
    remove: bool = False
    note: Note = ""
    by: Line = "operations"


class Reclassify(Which):
    """A correction. `by_rules`: ask the rules of the judgement's version again, with the marks given meanwhile."""

    case_class: CaseClass | None = None
    units: Annotated[int, Field(ge=1, le=1000)] | None = None
    not_billable: bool = False
    surcharges: tuple[Code, ...] | None = None
    by_rules: bool = False
    because: Reason
    """Sealed with the case: it may speak of the caller. (A `reason` would stand in the audit trail.)"""
    by: Line = "operations"


@dataclass(frozen=True)
class Marked:
    """What is in force now. `rules_say`: what the rules would now say of a judged case, None when the same as before.
    `complaints`: how the subscriber stands, after a complaint."""

    case: str
    marks: tuple[str, ...]
    tags: tuple[str, ...]
    rules_say: str | None = None
    complaints: dossier.Standing | None = None


@dataclass(frozen=True)
class Corrected:
    """A correction and what it took the place of."""

    case: str
    key: str
    replaces: str
    rule: str
    case_class: str
    billable: bool
    units: int
    surcharges: tuple[str, ...]
    before: str
    """The class and units before it."""


async def mark_case(office: Office, params: Mark) -> Marked:
    """Give marks and tags to a case, or take them back. Raises `RuleBroken` when that changes nothing."""
    for one in params.marks:
        if one not in get_args(marks.Mark):
            raise RuleBroken(f"no mark {one!r}; one of {', '.join(get_args(marks.Mark))} (a word of your own: a tag)")
    return await office.store.run(lambda c: _mark(office, c, params))


def _mark(office: Office, connection: Connection, params: Mark) -> Marked:
    file = locked(connection, params.case)
    before = {(one.kind, one.name) for one in mark.of_call(connection, file.call_id)}
    asked = [*(("mark", one) for one in params.marks), *(("tag", one) for one in params.tags)]
    if not asked:
        raise RuleBroken("say which mark or tag")
    new = [pair for pair in dict.fromkeys(asked) if (pair in before) == params.remove]
    if not new:
        names = ", ".join(name for _, name in asked)
        raise RuleBroken(f"{names}: {'not in force' if params.remove else 'in force already'}; nothing to change")
    now = office.store.now(connection)
    said = [_said(file.call_id, now, kind, name, params) for kind, name in new]
    later.append(connection, office.sealer, office.ids.new, file.chain, now, *said)
    complained = ("mark", "complaint") in new and not params.remove
    standing = dossier.consider(office, connection, file, now) if complained else None
    in_force = mark.of_call(connection, file.call_id)
    return Marked(
        str(file.call_id),
        tuple(one.name for one in in_force if one.kind == "mark"),
        tuple(one.name for one in in_force if one.kind == "tag"),
        _rules_say(office, connection, file),
        standing,
    )


def _said(call_id: UUID, now: Any, kind: str, name: Any, params: Mark) -> events.CaseMarked:
    which: dict[str, Any] = {kind: name}
    note = params.note or None
    return events.CaseMarked(call_id=call_id, at=now, by=params.by, removed=params.remove, note=note, **which)


def _rules_say(office: Office, connection: Connection, file: CaseFile) -> str | None:
    if file.rule is None:
        return None
    _, now = entries.in_force(connection, file.call_id)
    anew = judged_anew(office, connection, file, now)
    if anew is None or (anew.case_class, anew.units) == (now.case_class, now.units):
        return None
    return f"{anew.rule}: {anew.case_class}, {_units(anew.billable, anew.units)}"


async def reclassify(office: Office, params: Reclassify) -> Corrected:
    """A further ledger entry that takes the place of the judgement. Raises `RuleBroken` when it would change nothing,
    or the case has not been judged."""
    wish = Wish(params.case_class, params.units, False if params.not_billable else None, params.surcharges)
    if params.by_rules == (wish != Wish()):
        raise RuleBroken("say --by-rules, or what the case is: --class, --units, --not-billable, --surcharge")
    return await office.store.run(lambda c: _reclassify(office, c, params, wish))


def _reclassify(office: Office, connection: Connection, params: Reclassify, wish: Wish) -> Corrected:
    file = locked(connection, params.case)
    key, now = entries.in_force(connection, file.call_id)
    judgement = judged_anew(office, connection, file, now) if params.by_rules else corrected(now, wish)
    if judgement is None:
        raise RuleBroken(f"the rules {now.rules_version} of plan {file.plan} are not on file; say what the case is")
    at = office.store.now(connection)
    entry = reclassified(now, key, judgement, by=params.by, reason=params.because, at=at)
    (new_key,) = later.append(connection, office.sealer, office.ids.new, file.chain, at, entry)
    return Corrected(
        str(file.call_id), new_key, key, entry.rule, entry.case_class, entry.billable, entry.units,
        tuple(entry.surcharges), f"{now.case_class}, {_units(now.billable, now.units)}",
    )  # fmt: skip


def judged_anew(office: Office, connection: Connection, file: CaseFile, now: LedgerFact) -> Judgement | None:
    """What the rules of the judgement's version say of the case with all that was said of it since; None: that version
    is not on file."""
    known = rules.of(connection, file.plan or "", now.rules_version)
    if known is None:
        return None
    return judge(known, facts_of(case_events(office, connection, file.call_id)))


def case_events(office: Office, connection: Connection, call_id: UUID) -> Sequence[events.CaseEvent]:
    """The events of a case in order, without the ledger's entries."""
    stored = events_of(connection, office.sealer, call_id)
    return [one.fact for one in stored if isinstance(one.fact, events.CaseEvent)]


def locked(connection: Connection, case: str) -> CaseFile:
    """The file of a case whose chain is held until the transaction ends. Raises `RuleBroken` when there is none."""
    call_id = read_id(case)
    file = file_of(connection, call_id)
    if file is None:
        raise RuleBroken(f"no case {call_id} (smartdesk case list shows them)")
    later.lock(connection, file.chain)
    found = file_of(connection, call_id)
    assert found is not None
    return found


def _units(billable: bool, units: int) -> str:
    return "not billable" if not billable else "1 unit" if units == 1 else f"{units} units"
