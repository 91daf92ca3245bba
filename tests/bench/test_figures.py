"""Bars, and what a sheet says of them."""

import json
import math

import pytest

from smartdesk_pbx.bench.figures import Figure, Part, Sheet, percentile


@pytest.mark.parametrize(
    ("figure", "missed"),
    [
        (Figure("a", 1.26, "", 1.25), True),
        (Figure("a", 1.25, "", 1.25), False),
        (Figure("a", 999, ""), False),
        (Figure("a", 149, "", 150, at_most=False), True),
        (Figure("a", 150, "", 150, at_most=False), False),
        (Figure("a", math.nan, "ms", 10), True),
        (Figure("a", 1.26, "", 1.25, rough=True), False),
    ],
)
def test_a_bar_is_missed_on_its_wrong_side(figure: Figure, missed: bool) -> None:
    assert figure.missed is missed


def test_a_rough_figure_is_beyond_its_bar_without_missing_it() -> None:
    assert Figure("a", 1.26, "", 1.25, rough=True).beyond


def test_a_sheet_is_good_when_all_was_measured_and_met() -> None:
    met, missed = Part("a", [Figure("x", 1, "ms", 2)]), Part("b", [Figure("y", 3, "ms", 2)])
    assert Sheet({}, False, [met]).good
    assert not Sheet({}, False, [met, missed]).good
    assert not Sheet({}, False, [met], {"b": "broke off"}).good


def test_a_sheet_as_json() -> None:
    sheet = Sheet({"cores": 2}, True, [Part("a", [Figure("x", 3, "ms", 2, rough=True)], {"runs": [1, 2]})], {"b": "no"})
    sheet.parts.append(Part("c", [Figure("z", 5, "", 4)]))
    assert json.loads(json.dumps(sheet.as_json())) == {
        "machine": {"cores": 2},
        "quick": True,
        "parts": {
            "a": {
                "figures": [
                    {
                        "name": "x", "value": 3, "unit": "ms", "bar": 2, "at_most": True, "rough": True,
                        "missed": False,
                    }
                ],
                "raw": {"runs": [1, 2]},
            },
            "c": {
                "figures": [
                    {"name": "z", "value": 5, "unit": "", "bar": 4, "at_most": True, "rough": False, "missed": True}
                ],
                "raw": {},
            },
        },
        "failed": {"b": "no"},
        "missed": ["z"],
    }  # fmt: skip


def test_percentiles_are_values_that_were_measured() -> None:
    assert [percentile(range(1, 101), share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]
    assert percentile([3.0], 0.99) == 3.0
    with pytest.raises(ValueError):
        percentile([], 0.5)
