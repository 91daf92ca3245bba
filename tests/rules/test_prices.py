"""R15: price tables as people write them, and what a contract has of them (R3)."""

from pathlib import Path

import pytest

from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.billing.prices import Basis, Chosen, check_options, with_overrides
from smartdesk_pbx.billing.rate import rate
from smartdesk_pbx.errors import Mistakes, RuleBroken
from tests.store.money import PRICES


def test_r15_a_price_table_is_read_whole() -> None:
    prices = prices_from_yaml(PRICES, "p.yaml")
    assert (prices.plan, prices.valid_from, prices.included, prices.cases_tax) == ("standard", "2026-04", 3, "10")
    assert [(s.code, s.units, s.yen) for s in prices.steps] == [("over-1", 2, 205), ("over-2", None, 155)]
    assert [(f.code, f.part, f.once) for f in prices.fees] == [
        ("basic", None, False), ("pbx", "ip_pbx", False), ("setup", None, True),
    ]  # fmt: skip
    assert prices.allowances[0].classes == ("wrong_number",)
    assert {fee.tax for fee in prices.fees} | {one.tax for one in prices.surcharges + prices.options} == {"10"}, (
        "the table's own tax"
    )


def test_r15_the_example_of_the_documentation_is_a_price_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "prices.md").read_text("utf-8")
    prices = prices_from_yaml(text.split("```yaml\n")[1].split("```")[0], "prices.md")
    assert (prices.included, len(prices.steps), prices.fees[1].part) == (30, 2, "ip_pbx")


def test_r15_lines_of_cases_say_from_which_to_which() -> None:
    prices = prices_from_yaml(PRICES, "p.yaml")
    assert [prices.step_text(i) for i in range(2)] == ["請求対象案件（4～5件目）", "請求対象案件（6件目以降）"]
    assert with_overrides(prices, {"included": 10}).step_text(0) == "請求対象案件（11～12件目）"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("from: 2026-04", "from: 2026-4", "p.yaml:2: '2026-4' is no month"),
        ("tax: 10\n", "tax: 9\n", "p.yaml:3: tax: Input should be"),
        ("yen: 9805", "yen: 9805.5", "p.yaml:10: fees.0.yen: write a whole number"),
        ("yen: 9805", "yen: -1", "p.yaml:10: fees.0.yen: Input should be greater"),
        ("part: ip_pbx", "prt: ip_pbx", "p.yaml:11: unknown key 'prt' (did you mean 'part'?)"),
        ("    - {yen: 155}\n", "", "p.yaml:7: after these units no price is left"),
        ("{units: 2, yen: 205}", "{yen: 205}", "p.yaml:7: no step after this one is ever reached"),
        ("code: pbx", "code: basic", "p.yaml:11: code 'basic' is written twice (first at p.yaml:10)"),
        ("code: long", "code: included", "p.yaml:16: code 'included' is used by the software itself"),
        ("cases:", "case:", "'cases' is missing"),
    ],
)
def test_r15_every_mistake_of_a_price_table_is_told_with_its_line(old: str, new: str, says: str) -> None:
    with pytest.raises(Mistakes) as caught:
        prices_from_yaml(PRICES.replace(old, new, 1), "p.yaml")
    assert says in str(caught.value)


def test_r15_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(Mistakes) as caught:
        prices_from_yaml(PRICES.replace("2026-04", "x").replace("9805", "a").replace("tax: 10", "tax: x"), "p.yaml")
    assert [m.where for m in caught.value.mistakes] == ["p.yaml:2", "p.yaml:3", "p.yaml:10"]


def test_r3_a_contracts_own_prices_go_before_the_tables() -> None:
    prices = with_overrides(
        prices_from_yaml(PRICES, "p.yaml"), {"basic": 8000, "over-1": 1, "included": 9, "free-wrong": 4, "long": 7}
    )
    assert (prices.included, prices.fees[0].yen, prices.steps[0].yen) == (9, 8000, 1)
    assert (prices.allowances[0].units, prices.surcharges[0].yen) == (4, 7)
    assert prices.fees[1].yen == 3000
    with pytest.raises(RuleBroken, match=r"price_overrides: bsic: not in the prices of standard \(one of included, "):
        with_overrides(prices, {"bsic": 1})


def test_r2_1_a_part_is_billed_only_where_it_is_agreed() -> None:
    prices = prices_from_yaml(PRICES, "p.yaml")
    without = rate(Basis(prices, ("voice_guidance", "answering")), ())
    assert [line.code for line in without.lines] == ["basic"]
    assert [line.code for line in rate(Basis(prices, ("ip_pbx",)), ()).lines] == ["basic", "pbx"]


def test_r15_options_are_charged_by_count_and_unknown_ones_are_refused() -> None:
    prices = prices_from_yaml(PRICES, "p.yaml")
    found = rate(Basis(prices, options=(Chosen("extra-number", 3),)), ())
    assert [(line.code, line.quantity, line.amount_yen) for line in found.lines][1:] == [("extra-number", 3, 1500)]
    with pytest.raises(RuleBroken, match="fax: not in the prices of standard"):
        check_options(prices, [Chosen("fax")])


def test_r15_what_is_charged_once_is_charged_in_the_month_of_the_start() -> None:
    prices = prices_from_yaml(PRICES, "p.yaml")
    assert "setup" in {line.code for line in rate(Basis(prices, starts=True), ()).lines}
    assert "setup" not in {line.code for line in rate(Basis(prices), ()).lines}
