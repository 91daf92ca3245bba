"""R11, R12, R15, R16.3, R18, R19: what events make of a contract, and which months are charged."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.lifecycle import PlanFrom, Span, begun, span, tell
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import ServiceSettings
from tests.rules.agreements import CONTRACT, SUBSCRIBER, day, event, life

BUILT_IN = ServiceSettings()


def charged(one: Span | None, year: int = 2026) -> list[int]:
    """The months of a year that are charged."""
    assert one is not None
    return [n for n in range(1, 13) if one.runs_in(Month(year, n))]


def test_r15_a_started_month_is_charged_in_full_and_a_suspended_one_too() -> None:
    """R15: never prorated. R8.5: a suspended contract goes on being charged."""
    told = life(event("suspended", "2026-06-10"), started="2026-04-30")
    assert told.state_on(day("2026-06-10")) == "suspended"
    assert charged(span(told, BUILT_IN, CONTRACT, SUBSCRIBER)) == [4, 5, 6, 7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize(
    ("kind", "on", "doc"),
    [
        ("terminated", "2026-06-01", Doc()),
        ("ended", "2026-06-15", Doc(cause="agreement")),
        ("cancellation_requested", "2026-06-30", Doc(fee_yen=10_000)),
    ],
)
def test_r16_3_charged_to_the_month_of_the_end_whatever_the_reason(kind: object, on: str, doc: Doc) -> None:
    told = life(event(kind, "2026-06-01", on, doc=doc))  # type: ignore[arg-type]
    assert charged(span(told, BUILT_IN, CONTRACT, SUBSCRIBER)) == [4, 5, 6]


def test_r19_a_termination_ends_at_once_and_costs_no_fee() -> None:
    told = life(
        event("cancellation_requested", "2026-06-01", "2026-06-30", doc=Doc(fee_yen=10_000)),
        event("terminated", "2026-06-10"),
    )
    assert told.state_on(day("2026-06-10")) == "ended" and told.ends_on == day("2026-06-10")
    assert told.fee() is None


def test_r18_a_cancelled_contract_runs_through_its_last_day() -> None:
    told = life(event("cancellation_requested", "2026-06-01", "2026-06-30", doc=Doc(fee_yen=10_000)))
    assert (told.state_on(day("2026-06-30")), told.state_on(day("2026-07-01"))) == ("active", "ended")
    assert told.pending_end(day("2026-06-30")) == day("2026-06-30") and told.pending_end(day("2026-07-01")) is None


def test_r18_3_the_fee_is_one_in_the_month_of_the_end() -> None:
    """R18.3: once, in the month of the end; a withdrawn cancellation owes none; the last request counts."""
    asked = event("cancellation_requested", "2026-06-01", "2026-06-30", doc=Doc(fee_yen=10_000))
    fee = life(asked).fee()
    assert fee is not None and (fee.month, fee.yen, fee.waived) == (Month(2026, 6), 10_000, None)
    kept = event("cancellation_withdrawn", "2026-06-20")
    assert life(asked, kept).fee() is None and life(asked, kept).ends_on is None
    again = event("cancellation_requested", "2026-07-01", "2026-07-31", doc=Doc(fee_yen=9_000))
    fee = life(asked, kept, again, event("ended", "2026-08-01", "2026-07-31", doc=Doc(cause="cancellation"))).fee()
    assert fee is not None and (fee.month, fee.yen) == (Month(2026, 7), 9_000)


def test_r18_3_a_waived_fee_says_why_and_a_new_cancellation_is_not_waived() -> None:
    asked = event("cancellation_requested", "2026-06-01", "2026-06-30", doc=Doc(fee_yen=10_000))
    waived = event("fee_waived", "2026-06-02", reason="our outage")
    fee = life(asked, waived).fee()
    assert fee is not None and (fee.yen, fee.waived) == (10_000, "our outage")
    fee = life(asked, waived, event("cancellation_withdrawn", "2026-06-03"), asked).fee()
    assert fee is not None and fee.waived is None


def test_r12_a_plan_changes_with_its_month_and_a_later_request_replaces_what_waits() -> None:
    first = event("plan_change_requested", "2026-06-10", "2026-07-01", doc=Doc(plan="big"))
    told = life(first)
    assert (told.plan_on(day("2026-06-30")), told.plan_on(day("2026-07-01"))) == ("basic", "big")
    assert told.pending_plan(day("2026-06-30")) == PlanFrom(day("2026-07-01"), "big")
    assert told.pending_plan(day("2026-07-01")) is None
    second = event("plan_change_requested", "2026-06-27", "2026-08-01", doc=Doc(plan="small"))
    told = life(first, second)
    assert [told.plan_on(day(d)) for d in ("2026-07-31", "2026-08-01")] == ["basic", "small"]
    late = event("plan_change_requested", "2026-07-02", "2026-08-01", doc=Doc(plan="small"))
    told = life(first, late)  # the first one is in force by then, recorded or not
    assert [told.plan_on(day(d)) for d in ("2026-06-30", "2026-07-31", "2026-08-01")] == ["basic", "big", "small"]


def test_r12_a_withdrawn_plan_change_leaves_the_plan() -> None:
    first = event("plan_change_requested", "2026-06-10", "2026-07-01", doc=Doc(plan="big"))
    told = life(first, event("plan_change_withdrawn", "2026-06-11"))
    assert told.plan_on(day("2027-01-01")) == "basic"


def test_r12_the_span_knows_the_plan_of_each_month() -> None:
    one = span(
        life(event("plan_change_requested", "2026-06-10", "2026-07-01", doc=Doc(plan="big"))), BUILT_IN, CONTRACT,
        SUBSCRIBER,
    )  # fmt: skip
    assert one is not None
    assert [one.plan_in(Month(2026, n)) for n in (4, 6, 7, 12)] == ["basic", "basic", "big", "big"]


def test_r11_a_term_that_is_not_renewed_ends_the_span() -> None:
    told, agreed = life(), ServiceSettings(term_months=3, renewal_months=0)
    assert charged(span(told, agreed, CONTRACT, SUBSCRIBER)) == [4, 5, 6]
    asked = life(event("cancellation_requested", "2026-05-01", "2026-05-31", doc=Doc(fee_yen=1)))
    assert charged(span(asked, agreed, CONTRACT, SUBSCRIBER)) == [4, 5]


def test_r15_fees_may_begin_with_going_live() -> None:
    agreed = ServiceSettings(charges_begin="live")
    assert span(life(live=False), agreed, CONTRACT, SUBSCRIBER) is None
    told = life(event("went_live", "2026-06-05"), live=False)
    assert charged(span(told, agreed, CONTRACT, SUBSCRIBER)) == [6, 7, 8, 9, 10, 11, 12]
    assert charged(span(told, BUILT_IN, CONTRACT, SUBSCRIBER))[0] == 4


def test_r9_a_formed_contract_is_being_set_up_until_it_goes_live() -> None:
    assert life(live=False).state_on(day("2026-04-02")) == "onboarding"
    assert life().state_on(day("2026-04-02")) == "active"


def test_r10_third_party_use_is_consented_to_and_withdrawn() -> None:
    told = life(event("third_party_consent", "2026-05-01", doc=Doc(document="binder 3")))
    assert told.third_party_on == day("2026-05-01")
    assert (
        life(event("third_party_consent", "2026-05-01"), event("third_party_withdrawn", "2026-06-01")).third_party_on
        is None
    )


def test_a_contract_without_events_is_as_its_row_says() -> None:
    row = begun(day("2020-04-01"), "basic", "suspended", None)
    assert row.state_on(day("2026-01-01")) == "suspended" and row.live_on == day("2020-04-01")
    told = tell(row, [event("resumed", "2026-01-01")])
    assert told.state_on(day("2026-01-01")) == "active" and told.live_on == day("2020-04-01")
    told = tell(
        row, [event("plan_change_requested", "2026-06-10", "2026-07-01", doc=Doc(plan="big", plan_before="old"))]
    )
    assert (told.plan_on(day("2026-06-30")), told.plan_on(day("2026-07-01"))) == ("old", "big")
    ended = begun(day("2020-04-01"), "basic", "ended", day("2025-03-31"))
    assert ended.state_on(day("2025-03-31")) == "ended"
    assert charged(span(ended, BUILT_IN, CONTRACT, SUBSCRIBER), 2025) == [1, 2, 3]


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 60))
def test_r15_r16_3_a_span_is_one_run_of_months(start: date, length: int) -> None:
    end = Month.of(start).plus(length).last
    one = Span(CONTRACT, SUBSCRIBER, start, end, 12, (PlanFrom(start, "basic"),))
    months = [Month.of(start).plus(n) for n in range(-3, length + 4)]
    assert [one.runs_in(m) for m in months] == [False] * 3 + [True] * (length + 1) + [False] * 3
