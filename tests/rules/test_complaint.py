"""R8.3, R8.4: when complaints become a deemed breach, and the share of forbidden use."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.complaint import Below, Breach, Complaint, Use, weigh

START = datetime(2026, 4, 1, tzinfo=UTC)


def complaints(*days: float) -> list[Complaint]:
    return [Complaint(UUID(int=i), START + timedelta(days=day)) for i, day in enumerate(days)]


def test_r8_4_the_nth_complaint_within_the_window_is_a_breach() -> None:
    three = complaints(0, 10, 29)
    assert weigh(three, UUID(int=2), 3, 30) == Breach((UUID(int=0), UUID(int=1), UUID(int=2)), 3, 30)
    assert weigh(three[:2], UUID(int=1), 3, 30) == Below(2, 3)


def test_r8_4_the_window_ends_to_the_second() -> None:
    inside = complaints(0, 30 - 1 / 86_400)
    assert isinstance(weigh(inside, UUID(int=1), 2, 30), Breach)
    assert weigh(complaints(0, 30), UUID(int=1), 2, 30) == Below(1, 2)


def test_r8_4_a_case_marked_late_counts_by_its_arrival() -> None:
    """Marked last, arrived first: it completes the window in which it lies."""
    found = weigh(complaints(0, 20, 25, 100), UUID(int=0), 3, 30)
    assert isinstance(found, Breach) and UUID(int=3) not in found.cases
    assert weigh(complaints(0, 20, 25, 100), UUID(int=3), 3, 30) == Below(1, 3)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.integers(1, 6), st.integers(1, 90), st.randoms())
def test_r8_4_the_order_of_marks_does_not_matter(days: list[int], threshold: int, window: int, chance: Random) -> None:
    given_ = complaints(*days)
    shuffled = list(given_)
    chance.shuffle(shuffled)
    for one in given_:
        found = weigh(shuffled, one.call_id, threshold, window)
        assert found == weigh(given_, one.call_id, threshold, window)
        near = [c for c in given_ if abs(c.arrived_at - one.arrived_at) < timedelta(days=window)]
        if isinstance(found, Breach):
            assert one.call_id in found.cases and len(found.cases) >= threshold
        else:
            assert found.count < threshold and found.count <= len(near)


@pytest.mark.parametrize(
    ("use", "percent", "too_much"),
    [(Use(0, 0), 0.0, False), (Use(5, 1), 20.0, True), (Use(6, 1), 16.7, False), (Use(3, 3), 100.0, True)],
)
def test_r8_3_the_share_of_forbidden_use(use: Use, percent: float, too_much: bool) -> None:
    assert (use.percent, use.too_much(20)) == (percent, too_much)
