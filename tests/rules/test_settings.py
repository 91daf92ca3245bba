"""R3: contract over plan over built-in defaults, and where a value came from."""

import pytest

from smartdesk_pbx.contract.settings import check, effective, explain, explain_all
from smartdesk_pbx.errors import Mistakes, RuleBroken


def test_r3_contract_over_plan_over_built_in() -> None:
    plan = {"direct_transfer_threshold": 5, "team": "night"}
    settings = effective(plan, {"direct_transfer_threshold": 2})
    assert (settings.direct_transfer_threshold, settings.team, settings.direct_transfer_window_days) == (2, "night", 30)


def test_r3_says_where_a_value_came_from() -> None:
    plan, contract = {"team": "night", "direct_transfer_threshold": 5}, {"direct_transfer_threshold": 2}
    shown = {e.name: (e.value, e.source) for e in explain_all(plan, contract)}
    assert shown["direct_transfer_threshold"] == (2, "contract")
    assert shown["team"] == ("night", "plan")
    assert shown["languages"] == (("ja",), "built-in")


def test_r8_2_defaults() -> None:
    settings = effective({}, {})
    assert settings.direct_transfer_threshold == 3
    assert settings.ivr_transfer_requests_per_call == 1


def test_unknown_name_and_unfit_values_are_told_together() -> None:
    with pytest.raises(Mistakes) as raised:
        check({"teem": "x", "direct_transfer_threshold": 0, "languages": ["ja", "EN"]}, "plan gold")
    text = str(raised.value)
    assert len(raised.value.mistakes) == 3
    assert "plan gold: unknown setting 'teem'" in text
    assert "direct_transfer_threshold" in text
    assert "languages.1" in text


def test_true_is_no_threshold() -> None:
    with pytest.raises(Mistakes, match="not true or false"):
        effective({}, {"direct_transfer_threshold": True})


def test_a_plans_mistake_is_told_even_where_the_contract_overrides_it() -> None:
    with pytest.raises(Mistakes, match="plan: direct_transfer_threshold"):
        effective({"direct_transfer_threshold": -1}, {"direct_transfer_threshold": 2})


def test_explain_knows_its_names() -> None:
    with pytest.raises(RuleBroken, match="unknown setting 'colour'"):
        explain("colour", {}, {})
