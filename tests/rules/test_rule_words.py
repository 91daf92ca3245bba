"""R7.2: every word that case rules may use, and what is said of a wrong one."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.case_facts import CaseFacts, Kind
from smartdesk_pbx.contract.case_rules import judge, passed_over, rules_from_json, rules_to_json
from smartdesk_pbx.contract.conditions import MOST, More, When
from smartdesk_pbx.contract.plan import plan_from_yaml
from smartdesk_pbx.errors import Mistakes

HEAD = "plan: p\nname: P\nversion: v1\nrules:\n"
LAST = "  - {id: rest, text: The rest., class: rest, billable: false}\n"


def decided(when: str, facts: CaseFacts) -> bool:
    """Does a rule with this condition decide?"""
    rule = f"  - {{id: asked, text: Asked., when: {when}, class: asked, billable: true, units: 1}}\n"
    return judge(plan_from_yaml(HEAD + rule + LAST, "p.yaml").rules, facts).rule == "asked"


@pytest.mark.parametrize(
    ("when", "fits", "does_not"),
    [
        ("{ended_by: caller, ended_in: queue}", {"ended_in": "queue"}, {"ended_in": "ivr"}),
        ("{ended_in: [before_answer, ivr]}", {"ended_in": "before_answer"}, {"ended_in": "talk"}),
        ("{is: [wrong_number, fax]}", {"kinds": frozenset({"fax", "test"})}, {"kinds": frozenset({"sales"})}),
        ("{is: repeat, is_not: fax}", {"kinds": frozenset({"repeat"})}, {"kinds": frozenset({"repeat", "fax"})}),
        ("{caller_class: anonymous}", {"caller_class": "anonymous"}, {"caller_class": "number"}),
        ("{tag: vip}", {"tags": frozenset({"vip"})}, {}),
        ("{no_tag: vip}", {}, {"tags": frozenset({"vip", "other"})}),
        ("{connected: true}", {"connected": True}, {"human": True}),
        ("{connected_s: {at_least: 60}}", {"connected_s": 60.0}, {"talk_s": 60.0}),
        ("{outcome: connected}", {"outcome": "connected"}, {"outcome": "human"}),
        ("{human: true, out_of_hours: true}", {"human": True, "out_of_hours": True}, {"human": True}),
        ("{out_of_language: true}", {"out_of_language": True}, {}),
        ("{escalated: [hours, error]}", {"escalated": "hours"}, {"escalated": "caller_asked"}),
        ("{human: false, inputs: {at_least: 1}}", {"inputs": 1}, {"inputs": 0}),
        ("{wait_s: {at_least: 60}}", {"wait_s": 60.0}, {"wait_s": 59.9}),
        ("{call_s: {under: 10}}", {"call_s": 9.9}, {"call_s": 10.0}),
        ("{talk_s: {at_least: 30, under: 60}}", {"talk_s": 30.0}, {"talk_s": 60.0}),
        ("{ivr_s: {at_least: 5}}", {"ivr_s": 5.0}, {"ivr_s": 4.0}),
        ("{decision: [onboarding, suspended]}", {"decision": "onboarding"}, {"decision": "accepted"}),
    ],
)
def test_r7_2_each_word_decides(when: str, fits: dict[str, Any], does_not: dict[str, Any]) -> None:
    assert decided(when, CaseFacts(**fits))
    assert not decided(when, CaseFacts(**does_not))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_r7_2_every_kind_of_call_has_its_word(kind: str) -> None:
    assert decided(f"{{is: {kind}}}", CaseFacts(kinds=frozenset({kind})))
    assert not decided(f"{{is: {kind}}}", CaseFacts())


# ---- units and surcharges -------------------------------------------------------------------------------------------

PRICED = (
    HEAD
    + """\
  - id: human
    text: A talk.
    when: {human: true}
    class: human
    billable: true
    units: 1
    more_units:
      - {of: talk_s, above: 180, each: 180, at_most: 3}
      - {of: transfer_requests, above: 2, times: 2}
    surcharges: [voice]
"""
    + LAST
    + """\
surcharges:
  - {code: night, text: Outside of hours., when: {out_of_hours: true}}
  - code: long-hearing
    text: Each begun minute beyond five.
    when: {human: true}
    every: {of: talk_s, above: 300, each: 60}
"""
)


@pytest.mark.parametrize(
    ("facts", "units", "surcharges"),
    [
        ({"talk_s": 180.0}, 1, ["voice"]),
        ({"talk_s": 180.001}, 2, ["voice"]),
        ({"talk_s": 360.0}, 2, ["voice", "long-hearing"]),
        ({"talk_s": 5000.0}, 4, ["voice"] + 79 * ["long-hearing"]),
        ({"transfer_requests": 3}, 3, ["voice"]),
        ({"out_of_hours": True}, 1, ["voice", "night"]),
    ],
)
def test_r7_2_units_grow_by_band_and_surcharges_add_up(
    facts: dict[str, Any], units: int, surcharges: list[str]
) -> None:
    judgement = judge(plan_from_yaml(PRICED, "p.yaml").rules, CaseFacts(human=True, **facts))
    assert (judgement.units, list(judgement.surcharges)) == (units, surcharges)


def test_r7_2_what_is_not_billable_carries_no_surcharge() -> None:
    judgement = judge(plan_from_yaml(PRICED, "p.yaml").rules, CaseFacts(out_of_hours=True, talk_s=900.0))
    assert (judgement.rule, judgement.units, judgement.surcharges) == ("rest", 0, ())


def test_r7_2_the_whole_language_survives_storage() -> None:
    asked = "{human: true, is_not: [fax], tag: vip, wait_s: {under: 9}}"
    rules = plan_from_yaml(PRICED.replace("{human: true}\n    class", f"{asked}\n    class"), "p.yaml").rules
    assert rules.rules[0].when.tag == ("vip",)
    assert rules_from_json(rules_to_json(rules)) == rules


@given(st.floats(0, 20_000), st.floats(0, 20_000), st.integers(1, 600))
def test_r7_2_more_never_falls_when_the_measure_grows(one: float, other: float, each: int) -> None:
    more = More(of="talk_s", above=60, each=each)
    low, high = sorted((one, other))
    counts = [more.count(CaseFacts(talk_s=s)) for s in (low, high)]
    assert all(a <= b for a, b in pairwise(counts)) and counts[1] <= MOST
    if high > 60.001:
        assert counts[1] >= 1


def test_r7_2_the_rules_that_did_not_fit_say_what_was_missing() -> None:
    rules = plan_from_yaml(PRICED, "p.yaml").rules
    assert passed_over(rules, CaseFacts()) == [("human", "human")]
    assert passed_over(rules, CaseFacts(human=True)) == []


# ---- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("when: {is: wrong-number}", "p.yaml:5: rules.0.when.is.0: 'wrong-number' is no word for this (did you"),
        ("when: {wait: {under: 3}}", "p.yaml:5: unknown key 'wait' (did you mean 'wait_s'?)"),
        ("when: {talk_s: {atleast: 3}}", "p.yaml:5: unknown key 'atleast' (did you mean 'at_least'?)"),
        ("when: {talk_s: {at_least: 60, under: 30}}", "nothing is at least 60.0 and under 30.0"),
        ("when: {tag: [VIP]}", "rules.0.when.tag.0"),
        ("when: {human: true}, article: 7,2", "p.yaml:5"),
        ("when: {human: true}, more_units: [{off: talk_s}]", "unknown key 'off' (did you mean 'of'?)"),
        ("when: {human: true}, more_units: [{of: talk}]", "rules.0.more_units.0.of"),
        ("when: {human: true}, surcharges: [Long Hearing]", "rules.0.surcharges.0"),
    ],
)
def test_r7_2_a_wrong_word_is_told_with_its_line(rule: str, said: str) -> None:
    text = HEAD + f"  - {{id: a, text: A., class: a, billable: true, units: 1, {rule}}}\n" + LAST
    with pytest.raises(Mistakes) as raised:
        plan_from_yaml(text, "p.yaml")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("surcharges:\n  - {code: a, text: A., wen: {human: true}}\n", "p.yaml:7: unknown key 'wen'"),
        ("surcharges:\n  - {code: a, text: A., when: {humann: true}}\n", "p.yaml:7: unknown key 'humann'"),
        ("surcharges:\n  - {code: a, text: A., every: {of: talk_s, eech: 3}}\n", "p.yaml:7: unknown key 'eech'"),
        ("surcharges: 3\n", "p.yaml:6: surcharges"),
        ("surcharge: []\n", "unknown key 'surcharge'"),
    ],
)
def test_r7_2_a_wrong_surcharge_is_told_with_its_line(tail: str, said: str) -> None:
    with pytest.raises(Mistakes) as raised:
        plan_from_yaml(HEAD + LAST + tail, "p.yaml")
    assert said in str(raised.value)


def test_r7_2_a_rule_that_can_never_decide_is_a_mistake() -> None:
    same = "".join(
        f"  - {{id: {name}, text: A., when: {{human: true}}, class: a, billable: true, units: 1}}\n" for name in "ab"
    )
    with pytest.raises(Mistakes, match=r"p.yaml:6: rule 'b' is never reached: rule 'a' asks the same"):
        plan_from_yaml(HEAD + same + LAST, "p.yaml")
    nothing = "  - {id: a, text: A., when: {human: true}, class: a, billable: false, surcharges: [x]}\n"
    with pytest.raises(Mistakes, match="adds neither units nor surcharges"):
        plan_from_yaml(HEAD + nothing + LAST, "p.yaml")


def test_r7_2_the_example_in_the_documentation_is_a_plan() -> None:
    text = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    plan = plan_from_yaml(text.split("```yaml\n")[1].split("```")[0], "rules.md")
    assert [rule.id for rule in plan.rules.rules] == ["test", "wrong-number", "human", "rest"]
    words = {field.alias or name for name, field in When.model_fields.items()}
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    told = set(re.findall(r"`([a-z_]+)`", "".join(first)))
    assert told == words, "every word of a condition is told, and no other"
    assert set(get_args(Kind)) <= set(re.findall(r"[a-z_]+", text))
