"""R22, R28: the statement's figures."""

from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.penalty import damages_cap, penalty
from smartdesk_pbx.contract.settings import ServiceSettings

BUILT_IN = ServiceSettings()
APRIL = Month(2026, 4)


def yen_of(*yen: int, first: Month = APRIL) -> dict[Month, int]:
    return {first.plus(n): one for n, one in enumerate(yen)}


def test_r22_the_penalty_is_three_times_the_higher_of_paid_and_scheduled() -> None:
    """Article 22.2: 既に支払ったまたは支払う予定の利用料の3倍 … のいずれか高い方."""
    found = penalty(yen_of(1000, 2000), yen_of(3000, 1000), BUILT_IN)
    assert (found.paid_yen, found.scheduled_yen, found.yen) == (3000, 4000, 12_000)
    assert penalty(yen_of(5000), yen_of(4000), BUILT_IN).yen == 15_000
    assert penalty({}, {}, BUILT_IN).yen == 0
    assert penalty(yen_of(5000), {}, ServiceSettings(penalty_times=2)).yen == 10_000


def test_r28_damages_are_capped_at_the_fees_paid_for_three_months() -> None:
    paid = yen_of(9000, 1000, 2000, 3000)
    latest = damages_cap(paid, {}, 4, BUILT_IN)
    assert (latest.yen, [str(m) for m, _ in latest.months], latest.expected) == (
        6000,
        ["2026-05", "2026-06", "2026-07"],
        (),
    )
    highest = damages_cap(paid, {}, 4, ServiceSettings(damages_cap_basis="highest"))
    assert highest.yen == 14_000 and highest.months[0] == (APRIL, 9000)


def test_r28_used_for_less_the_expected_fees_count() -> None:
    """Article 28.3: 3か月利用した場合に想定される利用料金."""
    found = damages_cap(yen_of(1000), yen_of(1500, 1500, first=APRIL.plus(1)), 2, BUILT_IN)
    assert (found.yen, [str(m) for m in found.expected]) == (4000, ["2026-05", "2026-06"])
    found = damages_cap({}, yen_of(1500), 1, BUILT_IN)
    assert (found.yen, len(found.months)) == (4500, 3)
    assert damages_cap({}, {}, 1, BUILT_IN).yen == 0
    partly = damages_cap(yen_of(500), yen_of(1500), 1, BUILT_IN)
    assert partly.yen == 4500, "a month paid in part costs what it costs"


@given(st.lists(st.integers(0, 10**7), min_size=3, max_size=30), st.integers(1, 3))
def test_r28_no_basis_is_above_the_highest_months(paid: list[int], months: int) -> None:
    latest = damages_cap(yen_of(*paid), {}, len(paid), ServiceSettings(damages_cap_months=months))
    highest = damages_cap(
        yen_of(*paid), {}, len(paid), ServiceSettings(damages_cap_months=months, damages_cap_basis="highest")
    )
    assert latest.yen == sum(paid[-months:]) <= highest.yen == sum(sorted(paid)[-months:])
