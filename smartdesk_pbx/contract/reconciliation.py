"""Three-way reconciliation of a day: the switch's call records, the cases, the judgements. Pure.

Each call must stand in all three, and all three must say the same. What does not is a difference for somebody to
explain; the target is none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Kind = Literal[
    "record-without-case", "case-without-record", "case-without-judgement", "judgement-without-case", "case-open",
    "times-differ", "answer-differs", "judgement-differs",
]  # fmt: skip


@dataclass(frozen=True)
class Record:
    """What the switch saw. `assigned`: the number belonged to a contract when the call came."""

    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    assigned: bool


@dataclass(frozen=True)
class Verdict:
    """What decides the charge, as the ledger or the case file says it."""

    billable: bool | None
    case_class: str | None
    units: int | None

    def __str__(self) -> str:
        return f"{'billable' if self.billable else 'not billable'}, {self.case_class}, {self.units} units"


@dataclass(frozen=True)
class Filed:
    """What the case file says. `ended_by` "unseen": it ended while nobody watched."""

    invited_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    ended_by: str | None
    verdict: Verdict


@dataclass(frozen=True)
class Difference:
    """One difference. `explained`: why nobody needs to look at it, "" when somebody has to."""

    call_id: UUID
    kind: Kind
    said: str
    explained: str = ""


def compare(
    records: Mapping[UUID, Record],
    cases: Mapping[UUID, Filed],
    verdicts: Mapping[UUID, Verdict],
    *,
    tolerance_s: float,
    records_complete: bool,
) -> list[Difference]:
    """Every difference, by call. `verdicts`: the judgement in force of each call; `records_complete`: the switch's
    records of the whole day have been read, so that one that is not there is missing."""
    found: list[Difference] = []
    for call_id in sorted({*records, *cases, *verdicts}):
        record, case, verdict = records.get(call_id), cases.get(call_id), verdicts.get(call_id)
        if case is None:
            found += _without_case(call_id, record, verdict)
            continue
        if record is not None:
            found += _times(call_id, record, case, tolerance_s)
        elif records_complete:
            said = f"the call of {case.invited_at:%H:%M:%S} UTC stands in no record of the switch"
            found.append(Difference(call_id, "case-without-record", said))
        found += _judgement(call_id, case, verdict)
    return found


def _without_case(call_id: UUID, record: Record | None, verdict: Verdict | None) -> Iterator[Difference]:
    if record is not None and record.assigned:
        said = f"the switch had a call from {record.started_at:%H:%M:%S} to {record.ended_at:%H:%M:%S} UTC, no case"
        yield Difference(call_id, "record-without-case", said)
    if verdict is not None:
        yield Difference(call_id, "judgement-without-case", f"judged ({verdict}), but there is no case")


def _times(call_id: UUID, record: Record, case: Filed, tolerance_s: float) -> Iterator[Difference]:
    if (record.answered_at is None) != (case.answered_at is None):
        said = f"answered: {'no' if record.answered_at is None else 'yes'} at the switch, " + (
            "no" if case.answered_at is None else "yes"
        )
        yield Difference(call_id, "answer-differs", f"{said} in the case")
    starts_s = _apart_s(record.started_at, case.invited_at)
    ends_s = _apart_s(record.ended_at, case.ended_at)
    if max(starts_s, ends_s) > tolerance_s:
        said = f"the switch and the case are {starts_s:.1f} s apart at the start, {ends_s:.1f} s at the end"
        unseen = case.ended_by == "unseen" and starts_s <= tolerance_s
        yield Difference(call_id, "times-differ", said, "it ended while no daemon watched" if unseen else "")


def _judgement(call_id: UUID, case: Filed, verdict: Verdict | None) -> Iterator[Difference]:
    if case.closed_at is None:
        if case.ended_at is not None or verdict is not None:
            yield Difference(call_id, "case-open", "the call is over, the case is not closed")
    elif verdict is None:
        yield Difference(call_id, "case-without-judgement", "closed, but the ledger has no judgement")
    elif verdict != case.verdict:
        yield Difference(call_id, "judgement-differs", f"the ledger says {verdict}; the case says {case.verdict}")


def _apart_s(one: datetime, other: datetime | None) -> float:
    return 0.0 if other is None else abs((one - other).total_seconds())
