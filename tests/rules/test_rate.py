"""R15: from judgements in order of arrival to the lines of an invoice, and what a closed month lacks (R16.1)."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.billing.correction import difference, reversed_lines
from smartdesk_pbx.billing.entry import RatingEntry, read, written
from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.billing.prices import Allowance, Basis, OneOff, Prices, Step
from smartdesk_pbx.billing.rate import JudgedCase, Rating, rate
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.chain import canonical
from tests.store.money import PRICES

AT = datetime(2026, 10, 1, tzinfo=UTC)
TABLE = prices_from_yaml(PRICES, "p.yaml")


def case(n: int, units: int = 1, case_class: str = "human", surcharges: tuple[str, ...] = ()) -> JudgedCase:
    return JudgedCase(UUID(int=n), AT + timedelta(hours=n), units > 0, units, case_class, surcharges)


def told(rating: Rating) -> dict[str, tuple[int, int]]:
    return {line.code: (line.quantity, line.amount_yen) for line in rating.lines}


def test_r15_cases_use_up_the_included_ones_then_the_steps_in_order_of_arrival() -> None:
    """Whatever the order of their ids, and of their rulings in the ledger."""
    cases = [replace(case(n), case_id=UUID(int=100 - n)) for n in (7, 3, 5, 1, 6, 2, 4)]
    found = rate(Basis(TABLE), cases)
    assert told(found) == {"basic": (1, 9805), "included": (3, 0), "over-1": (2, 410), "over-2": (2, 310)}
    steps = {100 - row.case_id.int: row.line for row in found.cases}
    assert steps == {1: "included", 2: "included", 3: "included", 4: "over-1", 5: "over-1", 6: "over-2", 7: "over-2"}


def test_r15_a_case_of_several_units_may_fall_into_several_steps() -> None:
    found = rate(Basis(TABLE), [case(1, 2), case(2, 6)])
    assert [(r.case_id.int, r.line, r.units, r.yen) for r in found.cases] == [
        (1, "included", 2, 0), (2, "included", 1, 0), (2, "over-1", 2, 410), (2, "over-2", 3, 465),
    ]  # fmt: skip


def test_r15_a_free_allowance_of_its_class_comes_before_the_included_cases() -> None:
    cases = [case(1, case_class="wrong_number"), case(2, case_class="wrong_number"), case(3)]
    assert told(rate(Basis(TABLE), cases)) == {"basic": (1, 9805), "free-wrong": (1, 0), "included": (2, 0)}


def test_r15_a_surcharge_is_charged_as_often_as_it_stands_and_one_without_price_is_refused() -> None:
    found = rate(Basis(TABLE), [case(1, surcharges=("long", "long")), case(2, surcharges=("long",))])
    assert told(found)["long"] == (3, 315)
    assert [line.cases for line in found.lines if line.code == "long"] == [2]
    with pytest.raises(RuleBroken, match="surcharge 'night' has no price"):
        rate(Basis(TABLE), [case(1, surcharges=("night",))])


def test_r7_2_cases_that_are_not_billable_cost_nothing_and_stand_in_the_rating_all_the_same() -> None:
    found = rate(Basis(TABLE), [case(1, 0), case(2)])
    assert [(r.case_id.int, r.line) for r in found.cases] == [(1, "none"), (2, "included")]


def test_r18_3_the_fee_for_an_early_end_is_a_line_of_its_own_untaxed() -> None:
    found = rate(Basis(TABLE, one_offs=(OneOff("early-termination", "解約金", 10_000),)), ())
    assert (found.lines[-1].code, found.lines[-1].amount_yen, found.lines[-1].tax) == (
        "early-termination", 10_000, "none",
    )  # fmt: skip


def test_r16_3_a_month_in_which_nothing_runs_has_no_fees_and_its_cases_are_charged() -> None:
    found = rate(Basis(TABLE, runs=False, starts=True), [case(n) for n in range(4)])
    assert told(found) == {"included": (3, 0), "over-1": (1, 205)}


LISTS = st.lists(
    st.builds(
        lambda n, hour, units, kind, long: JudgedCase(
            UUID(int=n), AT + timedelta(hours=hour), units > 0, units, kind, ("long",) * long
        ),
        st.integers(0, 10**6), st.integers(0, 40), st.integers(0, 5), st.sampled_from(["human", "wrong_number"]),
        st.integers(0, 2),
    ),
    max_size=40,
    unique_by=lambda one: one.case_id,
)  # fmt: skip
TABLES = st.builds(
    lambda included, free, first, yen, last: Prices(
        "p", "2026-01", included, "件", "10", (Step("over-1", yen, first), Step("over-2", last)),
        surcharges=TABLE.surcharges, allowances=(Allowance("free", "無料", free, ("wrong_number",)),),
    ),
    st.integers(0, 5), st.integers(0, 3), st.integers(1, 5), st.integers(0, 500), st.integers(0, 500),
)  # fmt: skip


@given(LISTS, TABLES)
def test_r15_the_lines_are_the_sums_of_the_cases_and_no_unit_is_lost(cases: list[JudgedCase], table: Prices) -> None:
    found = rate(Basis(table), cases)
    by_line: Counter[str] = Counter()
    units: Counter[UUID] = Counter()
    for row in found.cases:
        by_line[row.line] += row.yen
        if row.line != "long":
            units[row.case_id] += row.units
    assert {line.code: line.amount_yen for line in found.lines} == {c: y for c, y in by_line.items() if c != "none"}
    assert all(line.amount_yen == line.quantity * line.unit_yen for line in found.lines)
    assert units == Counter({one.case_id: one.units for one in cases})
    assert {row.case_id for row in found.cases} == {one.case_id for one in cases}


@given(LISTS, TABLES)
def test_r15_each_step_takes_what_the_table_says_and_rating_needs_no_order(
    cases: list[JudgedCase], table: Prices
) -> None:
    """The same by another way: all units in a row, cut at the bounds of the steps."""
    ordered = sorted(cases, key=lambda one: (one.arrived_at, one.case_id.int))
    left, charged = table.allowances[0].units, 0
    for one in ordered:
        free = min(left, one.units) if one.case_class == "wrong_number" else 0
        left, charged = left - free, charged + one.units - free
    first = table.steps[0].units or 0
    wanted = {
        "included": min(charged, table.included),
        "over-1": min(max(charged - table.included, 0), first),
        "over-2": max(charged - table.included - first, 0),
    }
    found = rate(Basis(table), cases)
    assert {c: u for c, u in wanted.items() if u} == {
        line.code: line.quantity for line in found.lines if line.code in wanted
    }
    assert rate(Basis(table), ordered[::-1]) == found


@given(LISTS, LISTS, TABLES)
def test_r16_1_a_correction_is_exactly_what_was_missing(
    before: list[JudgedCase], after: list[JudgedCase], table: Prices
) -> None:
    """Whatever was added, judged anew or taken away: charged + correction = the month as it should have been."""
    old, new = rate(Basis(table), before), rate(Basis(table), after)
    lacks = difference(new, [old])
    assert old.net_yen + lacks.net_yen == new.net_yen
    assert difference(new, [old, lacks]).lines == ()
    assert lacks.net_yen == sum(row.yen for row in lacks.cases)
    assert difference(new, [new]) == Rating((), ())


def test_r16_1_a_late_case_moves_those_after_it() -> None:
    before = rate(Basis(TABLE), [case(n) for n in (1, 2, 3)])
    lacks = difference(rate(Basis(TABLE), [case(n) for n in (1, 2, 3)] + [case(0)]), [before])
    assert told(lacks) == {"over-1": (1, 205)}
    assert {(r.case_id.int, r.line, r.units, r.yen) for r in lacks.cases} == {
        (0, "included", 1, 0), (3, "included", -1, 0), (3, "over-1", 1, 205),
    }  # fmt: skip


def test_r16_1_a_price_that_was_another_is_taken_back_at_the_old_price() -> None:
    old = rate(Basis(TABLE), ())
    dearer = msgspec.structs.replace(TABLE, fees=(msgspec.structs.replace(TABLE.fees[0], yen=10_000),))
    lacks = difference(rate(Basis(dearer), ()), [old])
    assert sorted((line.quantity, line.unit_yen) for line in lacks.lines) == [(-1, 9805), (1, 10_000)]
    assert [line.amount_yen for line in reversed_lines(old.lines)] == [-9805]


@given(LISTS, TABLES)
def test_a_rating_entry_is_canonical_and_comes_back(cases: list[JudgedCase], table: Prices) -> None:
    found = rate(Basis(table), cases)
    entry = RatingEntry(UUID(int=1), "2026-10", 3, 99, Basis(table), found.lines, found.cases)
    assert read(written(entry)) == entry
    assert canonical(msgspec.json.decode(written(entry))) == written(entry)
