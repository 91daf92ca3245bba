"""R8.2: direct-transfer requests and the release of the emergency number."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.direct_transfer import (
    Counted,
    Missing,
    NotCounted,
    Refuse,
    Release,
    decide,
    may_count,
    window_start,
)


def test_r8_2_the_nth_request_releases() -> None:
    assert decide(["a"], 3, True) == Refuse(1, 3)
    assert decide(["a", "b"], 3, True) == Refuse(2, 3)
    assert decide(["a", "b", "c"], 3, True) == Release(("a", "b", "c"), 3)


def test_r8_2_after_a_release_each_further_request_is_told_again() -> None:
    assert decide(["a", "b", "c", "d"], 3, True) == Release(("a", "b", "c", "d"), 3)


def test_r8_2_no_emergency_number_is_never_released() -> None:
    assert decide(["a", "b", "c"], 3, False) == Missing(("a", "b", "c"), 3)
    assert decide(["a"], 3, False) == Refuse(1, 3)


def test_r8_2_the_first_request_of_a_call_counts() -> None:
    assert may_count(counted_in_call=0, answered_since=True, limit=1) == Counted()


def test_r8_2_a_request_counts_again_only_after_our_answer() -> None:
    assert may_count(counted_in_call=1, answered_since=False, limit=5) == NotCounted("unanswered")
    assert may_count(counted_in_call=1, answered_since=True, limit=5) == Counted()


def test_r8_2_one_ivr_request_per_call_counts() -> None:
    assert may_count(counted_in_call=1, answered_since=True, limit=1) == NotCounted("limit")


def test_r8_2_an_agents_mark_always_counts() -> None:
    assert may_count(counted_in_call=9, answered_since=False, limit=1, by="agent") == Counted()


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 5), st.integers(1, 5))
def test_r8_2_pressing_a_key_often_does_not_release(answered: list[bool], limit: int, threshold: int) -> None:
    """Within one call never more than `limit` requests by key count, however it goes."""
    counted: list[str] = []
    for i, heard in enumerate(answered):
        if may_count(counted_in_call=len(counted), answered_since=heard, limit=limit) == Counted():
            counted.append(str(i))
    assert len(counted) <= limit
    if limit < threshold:
        assert isinstance(decide(counted, threshold, True), Refuse)


def test_r8_2_the_window() -> None:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert window_start(now, 30) == now - timedelta(days=30)
