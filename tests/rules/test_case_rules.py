"""R7.2: each case is judged by data of its plan; the rule that decided is named."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import CaseFacts, facts_of
from smartdesk_pbx.contract.case_rules import Judgement, judge, rules_from_json, rules_to_json
from smartdesk_pbx.contract.conditions import Band
from smartdesk_pbx.contract.plan import plan_from_yaml, standard_plan
from smartdesk_pbx.errors import Mistakes

STANDARD = standard_plan().rules


@pytest.mark.parametrize(
    ("facts", "rule", "billable"),
    [
        ({"decision": "suspended", "answered": True, "outcome": "refused"}, "not-in-service", False),
        ({"decision": "ended", "answered": True}, "not-in-service", False),
        ({"decision": "maintenance", "answered": True}, "not-in-service", False),
        ({"decision": "outage", "answered": True, "message": True}, "outage", False),
        ({"outcome": "met_by_outage"}, "met-by-outage", False),
        ({"outcome": "abandoned"}, "abandoned", False),
        ({"answered": True, "human": True, "outcome": "human"}, "human", True),
        ({"answered": True, "human": True, "emergency_told": True}, "human", True),
        ({"answered": True, "emergency_told": True, "outcome": "emergency"}, "emergency-told", True),
        ({"answered": True, "message": True, "outcome": "message"}, "message", True),
        ({"answered": True, "connected": True, "outcome": "connected"}, "connected", False),
        ({"answered": True, "connected": True, "outcome": "cut"}, "connected", False),
        ({"answered": True, "connected": True, "message": True, "outcome": "message"}, "message", True),
        ({"answered": True, "connected": True, "human": True, "outcome": "human"}, "human", True),
        ({"answered": True, "ended_by": "caller", "outcome": "abandoned"}, "hung-up-in-ivr", False),
        ({"answered": True, "ended_by": "us", "outcome": "self_service"}, "ivr-only", False),
        ({"answered": True, "ended_by": "us", "outcome": "failed"}, "failed", False),
    ],
)
def test_r7_2_standard_plan(facts: dict[str, Any], rule: str, billable: bool) -> None:
    judgement = judge(STANDARD, CaseFacts(**facts))
    assert (judgement.rule, judgement.billable, judgement.units) == (rule, billable, int(billable))
    assert judgement.version == STANDARD.version


CUSTOM = """
plan: custom
name: Custom
version: "2026-04"
rules:
  - id: long-hearing
    text: A talk of three minutes or more.
    when: {human: true, talk_s: {at_least: 180}}
    class: long
    billable: true
    units: 2
  - id: asked-often
    text: Asked for a direct transfer twice or more, from a known number.
    when: {transfer_requests: {at_least: 2}, caller_class: [number, unreadable]}
    class: pressing
    billable: true
    units: 1
  - id: free
    text: Everything else.
    class: free
    billable: false
"""


def test_r7_2_first_rule_that_fits_decides() -> None:
    rules = plan_from_yaml(CUSTOM, "custom.yaml").rules
    long = judge(rules, CaseFacts(answered=True, human=True, talk_s=180, transfer_requests=2))
    assert long == Judgement("long-hearing", "2026-04", "A talk of three minutes or more.", "long", 2, True)
    assert judge(rules, CaseFacts(human=True, talk_s=179.9)).rule == "free"
    assert judge(rules, CaseFacts(transfer_requests=2)).rule == "asked-often"
    assert judge(rules, CaseFacts(transfer_requests=2, caller_class="anonymous")).rule == "free"


def test_r7_2_a_band_ends_before_its_upper_limit() -> None:
    band = Band(at_least=10, under=60)
    assert [band.holds(s) for s in (9.9, 10, 59.9, 60)] == [False, True, True, False]


def test_r7_2_rules_survive_storage() -> None:
    rules = plan_from_yaml(CUSTOM, "custom.yaml").rules
    assert rules_from_json(rules_to_json(rules)) == rules
    assert rules_from_json(rules_to_json(STANDARD)) == STANDARD


@given(st.builds(CaseFacts))
def test_r7_2_every_case_has_a_rule_and_units_fit(facts: CaseFacts) -> None:
    judgement = judge(STANDARD, facts)
    assert judgement.billable == (judgement.units > 0)


def test_all_mistakes_of_a_plan_with_their_lines() -> None:
    text = (
        "plan: Gold\nname: Gold\nsettings:\n  teem: x\nversion: v1\nrules:\n"
        "  - {id: a, text: t, class: c, billable: true}\n"
        "  - {id: a, text: t, clas: c, class: c, billable: false, when: {humann: true, outcome: abandonned}}\n"
    )
    with pytest.raises(Mistakes) as raised:
        plan_from_yaml(text, "gold.yaml")
    told = str(raised.value)
    for expected in (
        "gold.yaml:1: plan",
        "gold.yaml:4: unknown setting 'teem'",
        "gold.yaml:7: rules.0: a billable rule has 1 unit or more",
        "gold.yaml:7: rule 'a' has no condition",
        "gold.yaml:8: unknown key 'clas' (did you mean 'class'?)",
        "gold.yaml:8: unknown key 'humann' (did you mean 'human'?)",
        "gold.yaml:8: rules.1.when.outcome",
        "gold.yaml:8: rule 'a' is written twice",
        "gold.yaml:8: the last rule has a condition",
    ):
        assert expected in told


HEAD = "plan: p\nname: P\nversion: v\n"


@pytest.mark.parametrize("text", ["", "- a", HEAD + "rules: 3", HEAD + "rules: [3]", HEAD + "rules: []"])
def test_what_is_no_list_of_rules(text: str) -> None:
    with pytest.raises(Mistakes, match=r"^r\.yaml:\d+: "):
        plan_from_yaml(text, "r.yaml")


def test_stored_rules_that_lost_their_end_are_refused() -> None:
    with pytest.raises(Mistakes, match="last rule has a condition"):
        rules_from_json(rules_to_json(STANDARD).replace(',{"id":"ivr-only"', ',{"when":{"human":true},"id":"ivr-only"'))


def test_r7_2_facts_come_from_the_events_of_the_case() -> None:
    call, start = UUID(int=7), datetime(2026, 4, 1, tzinfo=UTC)

    def at(seconds: float) -> dict[str, Any]:
        return {"call_id": call, "at": start + timedelta(seconds=seconds)}

    arrived = events.CallArrived(
        **at(0), number="+81312345001", subscriber_id=None, contract_id=None, plan=None, flow=None, flow_version=None,
        decision="accepted", node="n1", channel="c", caller_class="number", caller_key="k",
    )  # fmt: skip
    case: list[events.CaseEvent] = [
        arrived,
        events.CallAnswered(**at(1)),
        events.TransferRequested(**at(5), by="ivr", counted=True),
        events.TalkStarted(**at(21), agent="a", channel="c"),
        events.TalkEnded(**at(51), agent="a", by="agent", talk_s=30.0),
        events.CallEnded(**at(52), by="us", outcome="human", human=True),
    ]
    assert facts_of(case) == CaseFacts(
        outcome="human", ended_by="us", answered=True, human=True, transfer_requests=1, ivr_s=20.0, talk_s=30.0,
        call_s=51.0,
    )  # fmt: skip
    assert facts_of(case[:2]).ivr_s == 0
    assert judge(STANDARD, facts_of(case)).rule == "human"
