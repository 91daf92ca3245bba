"""R23, R25: how long data is kept, by when a breach is to be reported, and what a day's reconciliation finds. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.breach import Cause, Kind, Rules, Step, deadlines, is_closed, owed
from smartdesk_pbx.contract.hours import is_holiday
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.reconciliation import Difference, Filed, Record, Verdict, compare
from smartdesk_pbx.contract.retention import Hold, Holds, Subject, identity_is_due, limits, years_after
from smartdesk_pbx.contract.settings import ServiceSettings, faults

CALL = UUID(int=1)
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RULES = Rules(5, 30, 60)


# ---- retention ---------------------------------------------------------------------------------


@given(days=st.integers(1, 3660), today=st.dates(date(2020, 1, 1), date(2040, 1, 1)), seconds=st.integers(0, 86_399))
def test_r23_a_call_of_day_d_is_kept_through_day_d_plus_n(days: int, today: date, seconds: int) -> None:
    settings = ServiceSettings(recordings_kept_days=days, personal_kept_days=days)
    before = limits(settings, today).recordings_before
    called_at = before + timedelta(seconds=seconds)
    assert tokyo_date(called_at) + timedelta(days=days) == today, "its last day"
    assert tokyo_date(before - timedelta(seconds=1)) + timedelta(days=days) < today


def test_r4_1_identity_records_cannot_be_set_to_go_before_seven_years() -> None:
    assert [fault.loc for fault in faults({"identity_kept_years": 6})] == [("identity_kept_years",)]
    assert ServiceSettings().identity_kept_years == 7


@pytest.mark.parametrize(
    ("ended", "today", "due"),
    [
        (date(2019, 11, 30), date(2026, 11, 30), False),
        (date(2019, 11, 30), date(2026, 12, 1), True),
        (date(2020, 2, 29), date(2027, 3, 1), False),
        (date(2020, 2, 29), date(2027, 3, 2), True),
        (None, date(2099, 1, 1), False),
    ],
)
def test_r4_1_identity_records_are_kept_seven_years_from_the_end(ended: date | None, today: date, due: bool) -> None:
    assert identity_is_due(ended, 7, today) is due


def test_years_after_a_leap_day() -> None:
    assert [years_after(date(2020, 2, 29), n) for n in (1, 4)] == [date(2021, 3, 1), date(2024, 2, 29)]


CASE = Subject(CALL, UUID(int=2), UUID(int=3), "caller")
NAMED = [
    Hold("case", str(CALL)), Hold("subscriber", str(UUID(int=2))), Hold("contract", str(UUID(int=3))),
    Hold("caller", "caller"), Hold("everything", ""),
]  # fmt: skip


@pytest.mark.parametrize("hold", NAMED, ids=lambda hold: hold.scope)
def test_r23_a_hold_keeps_what_it_names_and_nothing_else(hold: Hold) -> None:
    other = Subject(UUID(int=9), UUID(int=9), UUID(int=9), "other")
    assert Holds([hold]).keeps(CASE)
    assert Holds([hold]).keeps(other) is (hold.scope == "everything")
    assert not Holds([replace(hold, subject="x")]).keeps(CASE)


def test_r23_a_hold_on_nobody_keeps_no_anonymous_caller() -> None:
    assert not Holds([Hold("caller", "None"), Hold("contract", "")]).keeps(Subject(CALL, None, None, None))


# ---- breaches ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "kind", "cause", "preliminary", "final"),
    [
        (date(2026, 11, 22), "sensitive", "mistake", date(2026, 11, 26), date(2026, 12, 21)),
        (date(2026, 11, 22), "sensitive", "malicious", date(2026, 11, 26), date(2027, 1, 20)),
        (date(2026, 11, 22), "malicious", "mistake", date(2026, 11, 26), date(2027, 1, 20)),
        (date(2026, 12, 1), "many", "mistake", date(2026, 12, 5), date(2027, 1, 4)),
        (date(2026, 4, 4), "many", "mistake", date(2026, 4, 8), date(2026, 5, 7)),
    ],
)
def test_r25_a_breach_is_reported_in_thirty_days_sixty_where_malice_was_in_it_holidays_put_it_off(
    known: date, kind: Kind, cause: Cause, preliminary: date, final: date
) -> None:
    """The day on which it became known is the first one; the turn of the year and Golden Week are no working days."""
    due = deadlines(known, kind, cause, 10, RULES, is_holiday)
    assert (due.must_report, due.preliminary_on, due.final_on) == (True, preliminary, final)


@pytest.mark.parametrize(
    ("kind", "cause", "persons", "must"),
    [
        ("other", "mistake", 1000, False), ("other", "mistake", 1001, True), ("other", "mistake", None, True),
        ("other", "malicious", 1, True), ("financial", "mistake", 1, True),
    ],
)  # fmt: skip
def test_r25_which_breaches_must_be_reported(kind: Kind, cause: Cause, persons: int | None, must: bool) -> None:
    assert deadlines(date(2026, 11, 22), kind, cause, persons, RULES, is_holiday).must_report is must


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_r25_a_final_report_never_falls_due_on_a_closed_day_nor_early(known: date) -> None:
    final_on = deadlines(known, "many", "mistake", 5, RULES, is_holiday).final_on
    assert not is_closed(final_on, is_holiday)
    assert 29 <= (final_on - known).days <= 29 + 10


def test_r25_what_is_owed_is_told_until_it_is_done() -> None:
    due = deadlines(date(2026, 11, 2), "many", "mistake", 5000, RULES, is_holiday)
    late = owed(due, frozenset(), date(2026, 11, 7))
    assert [(one.step, one.late) for one in late] == [("preliminary", True), ("persons", False), ("final", False)]
    done: frozenset[Step] = frozenset({"preliminary", "persons"})
    assert [one.step for one in owed(due, done, date(2026, 11, 7))] == ["final"]
    assert owed(due, frozenset({"closed"}), date(2027, 1, 1)) == []
    small = deadlines(date(2026, 11, 2), "other", "mistake", 5, RULES, is_holiday)
    assert owed(small, frozenset(), date(2027, 1, 1)) == []


# ---- reconciliation ----------------------------------------------------------------------------

HUMAN = Verdict(True, "human", 1)


def record(**other: object) -> Record:
    return replace(Record(AT, AT + timedelta(seconds=2), AT + timedelta(seconds=60), True), **other)  # type: ignore[arg-type]


def filed(**other: object) -> Filed:
    ended_at = AT + timedelta(seconds=60)
    whole = Filed(AT, AT + timedelta(seconds=2), ended_at, ended_at, "caller", HUMAN)
    return replace(whole, **other)  # type: ignore[arg-type]


def found(
    record: Record | None, case: Filed | None, verdict: Verdict | None, *, complete: bool = True
) -> list[Difference]:
    return compare(
        {CALL: record} if record else {},
        {CALL: case} if case else {},
        {CALL: verdict} if verdict else {},
        tolerance_s=5.0,
        records_complete=complete,
    )


def test_three_sides_that_agree_have_no_difference() -> None:
    assert found(record(), filed(), HUMAN) == []
    off = timedelta(seconds=5)
    assert found(record(started_at=AT - off, ended_at=AT + timedelta(seconds=65)), filed(), HUMAN) == []


MISSING: list[tuple[Callable[[], list[Difference]], str]] = [
    (lambda: found(record(), None, None), "record-without-case"),
    (lambda: found(None, filed(), HUMAN), "case-without-record"),
    (lambda: found(record(), filed(), None), "case-without-judgement"),
    (lambda: found(None, None, HUMAN), "judgement-without-case"),
    (lambda: found(record(), filed(closed_at=None), None), "case-open"),
    (lambda: found(record(started_at=AT - timedelta(seconds=6)), filed(), HUMAN), "times-differ"),
    (lambda: found(record(ended_at=AT + timedelta(seconds=66)), filed(), HUMAN), "times-differ"),
    (lambda: found(record(answered_at=None), filed(), HUMAN), "answer-differs"),
    (lambda: found(record(), filed(answered_at=None), HUMAN), "answer-differs"),
    (lambda: found(record(), filed(), replace(HUMAN, units=2)), "judgement-differs"),
    (lambda: found(record(), filed(), replace(HUMAN, billable=False)), "judgement-differs"),
    (lambda: found(record(), filed(), replace(HUMAN, case_class="fax")), "judgement-differs"),
]


@pytest.mark.parametrize(("differ", "kind"), MISSING)
def test_each_kind_of_difference_is_found_and_needs_somebody(differ: Callable[[], list[Difference]], kind: str) -> None:
    (one,) = differ()
    assert (one.kind, one.explained) == (kind, "")


def test_what_needs_nobody() -> None:
    """A call to a number of nobody; a record that is not read yet; a call that ended while no daemon watched."""
    assert found(record(assigned=False), None, None) == []
    assert found(None, filed(), HUMAN, complete=False) == []
    assert found(record(), filed(ended_at=None, closed_at=None), None) == [], "still under way"
    late = AT + timedelta(seconds=900)
    (one,) = found(record(), filed(ended_at=late, ended_by="unseen"), HUMAN)
    assert one.explained.startswith("it ended while")
