"""R12, R18, R19: what may be asked when, and what the deadline oracle says beforehand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract import requests
from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.lifecycle import Life, PlanFrom
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.contract.when import Outcome, when
from smartdesk_pbx.errors import RuleBroken
from tests.rules.agreements import day, event, life

BUILT_IN = ServiceSettings()
CANCELLED = event("cancellation_requested", "2026-06-01", "2026-06-30", doc=Doc(fee_yen=10_000))
BIG = event("plan_change_requested", "2026-06-10", "2026-07-01", doc=Doc(plan="big"))


def test_r12_a_request_replaces_the_one_that_waits_or_is_refused_by_setting() -> None:
    told = life(BIG)
    assert requests.plan_change(told, BUILT_IN, "small", day("2026-06-26")) == PlanFrom(day("2026-08-01"), "small")
    strict = ServiceSettings(pending_plan_change="refuse")
    with pytest.raises(RuleBroken, match="waits for 2026-07-01"):
        requests.plan_change(told, strict, "small", day("2026-06-26"))
    assert requests.plan_change(told, strict, "small", day("2026-07-01")).plan == "small"


def test_r12_what_cannot_be_asked_says_what_to_do() -> None:
    for told, plan, says in (
        (life(), "basic", "on plan basic already"),
        (life(BIG), "basic", "withdraw the change to big"),
        (life(CANCELLED), "big", "ends on 2026-06-30, before"),
        (life(event("terminated", "2026-06-01")), "big", "has ended"),
    ):
        with pytest.raises(RuleBroken, match=says):
            requests.plan_change(told, BUILT_IN, plan, day("2026-06-20"))


def test_r18_a_contract_is_cancelled_once() -> None:
    assert requests.cancellation(life(), BUILT_IN, day("2026-06-25")) == requests.Ending(day("2026-06-30"), 10_000)
    with pytest.raises(RuleBroken, match="cancelled already and ends on 2026-06-30"):
        requests.cancellation(life(CANCELLED), BUILT_IN, day("2026-06-02"))
    with pytest.raises(RuleBroken, match="has ended"):
        requests.cancellation(life(CANCELLED), BUILT_IN, day("2026-07-01"))


def test_r18_a_cancellation_does_not_overrun_a_term_that_is_not_renewed() -> None:
    agreed = ServiceSettings(term_months=2, renewal_months=0)
    told = life(started="2026-04-15")
    assert requests.cancellation(told, agreed, day("2026-06-01")) == requests.Ending(day("2026-06-14"), 0)
    assert requests.cancellation(told, agreed, day("2026-05-25")) == requests.Ending(day("2026-05-31"), 10_000)
    with pytest.raises(RuleBroken, match="last day 2026-06-14"):
        requests.cancellation(told, agreed, day("2026-06-15"))
    with pytest.raises(RuleBroken, match="no new plan could start"):
        requests.plan_change(told, agreed, "big", day("2026-06-01"))
    says = when("cancel", told, agreed, day("2026-06-01"))
    assert says.now.asked_until == day("2026-06-14") and says.later is None


def test_r18_3_a_fee_is_waived_once() -> None:
    fee = requests.waiver(life(CANCELLED))
    assert (fee.month, fee.yen) == (Month(2026, 6), 10_000)
    with pytest.raises(RuleBroken, match="waived already: goodwill"):
        requests.waiver(life(CANCELLED, event("fee_waived", "2026-06-02", reason="goodwill")))
    with pytest.raises(RuleBroken, match="owes no"):
        requests.waiver(life())


def test_r19_suspended_and_resumed_in_turn() -> None:
    on = day("2026-06-05")
    suspended = life(event("suspended", "2026-06-01"))
    requests.suspension(life(), BUILT_IN, on)
    requests.resumption(suspended, BUILT_IN, on)
    for told, ask, says in (
        (suspended, requests.suspension, "suspended already"),
        (life(), requests.resumption, "not suspended"),
        (life(live=False), requests.suspension, "not live yet"),
        (life(event("terminated", "2026-06-02")), requests.suspension, "has ended"),
    ):
        with pytest.raises(RuleBroken, match=says):
            ask(told, BUILT_IN, on)


def test_r18_only_what_waits_can_be_withdrawn() -> None:
    assert requests.withdrawn_end(life(CANCELLED), BUILT_IN, day("2026-06-30")) == day("2026-06-30")
    assert requests.withdrawn_plan(life(BIG), BUILT_IN, day("2026-06-30")) == PlanFrom(day("2026-07-01"), "big")
    with pytest.raises(RuleBroken, match="no cancellation"):
        requests.withdrawn_end(life(), BUILT_IN, day("2026-06-30"))
    with pytest.raises(RuleBroken, match="has ended"):
        requests.withdrawn_end(life(CANCELLED), BUILT_IN, day("2026-07-01"))
    with pytest.raises(RuleBroken, match="no plan change"):
        requests.withdrawn_plan(life(BIG), BUILT_IN, day("2026-07-01"))


def test_r18_the_oracle_tells_now_later_and_when_it_is_free() -> None:
    """`contract when cancel`: asked now, asked after the 25th, and the next month that costs nothing."""
    told = when("cancel", life(), BUILT_IN, day("2026-11-20"))
    assert told.now == Outcome(day("2026-11-20"), day("2026-11-25"), day("2026-11-30"), 10_000)
    assert told.later == Outcome(day("2026-11-26"), day("2026-12-25"), day("2026-12-31"), 10_000)
    assert told.free == Outcome(day("2027-02-26"), day("2027-03-25"), day("2027-03-31"), 0)
    assert when("cancel", life(), BUILT_IN, day("2027-02-25")).later == told.free
    last = when("cancel", life(), BUILT_IN, day("2027-02-26"))
    assert (last.now.effective_on, last.now.fee_yen, last.free) == (day("2027-03-31"), 0, None)


def test_r12_the_oracle_tells_of_a_plan_change_and_what_waits() -> None:
    told = when("plan-change", life(BIG), BUILT_IN, day("2026-06-26"))
    assert told.now == Outcome(day("2026-06-26"), day("2026-07-25"), day("2026-08-01"), None)
    assert told.later == Outcome(day("2026-07-26"), day("2026-08-25"), day("2026-09-01"), None)
    assert (told.free, told.waits, told.ends_on) == (None, PlanFrom(day("2026-07-01"), "big"), None)
    assert when("cancel", life(CANCELLED), BUILT_IN, day("2026-06-02")).ends_on == day("2026-06-30")
    with pytest.raises(RuleBroken, match="has ended"):
        when("cancel", life(CANCELLED), BUILT_IN, day("2026-07-01"))


@given(
    st.dates(date(2026, 4, 1), date(2036, 1, 1)), st.integers(1, 28), st.integers(1, 3), st.integers(1, 24),
    st.integers(1, 24),
)  # fmt: skip
def test_r12_r18_the_oracle_is_right_on_every_day_of_its_windows(
    asked: date, deadline: int, late: int, renewal: int, months: int
) -> None:
    """What it says for a window is what a request on any day of it brings about."""
    agreed = ServiceSettings(
        request_deadline_day=deadline, late_cancellation_months=late, renewal_months=renewal, term_months=months
    )
    told = life()
    says, plan = when("cancel", told, agreed, asked), when("plan-change", told, agreed, asked)
    for outcome in filter(None, (says.now, says.later, says.free)):
        assert asked <= outcome.asked_from <= outcome.asked_until
        for asked_on in (outcome.asked_from, outcome.asked_until):
            end = requests.cancellation(told, agreed, asked_on)
            assert end == requests.Ending(outcome.effective_on, outcome.fee_yen or 0)
    assert says.later is not None and says.later.asked_from == says.now.asked_until + timedelta(days=1)
    for outcome in filter(None, (plan.now, plan.later)):
        assert requests.plan_change(told, agreed, "big", outcome.asked_until).on == outcome.effective_on
        assert requests.plan_change(told, agreed, "big", outcome.asked_from).on == outcome.effective_on


@given(st.dates(date(2026, 4, 1), date(2036, 1, 1)), st.integers(1, 24))
def test_r18_3_before_the_free_window_every_end_costs_the_fee(asked: date, months: int) -> None:
    agreed = ServiceSettings(term_months=months, renewal_months=months)
    told: Life = life()
    free = when("cancel", told, agreed, asked).free
    if free:
        before = (asked + timedelta(days=n) for n in range((free.asked_from - asked).days))
        assert all(requests.cancellation(told, agreed, one).fee_yen for one in before)
