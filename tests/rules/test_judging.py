"""R7.2, R7.3: a judgement is what the rules say of the events; a correction is a person's, with name and reason."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import facts_of
from smartdesk_pbx.contract.case_rules import judge
from smartdesk_pbx.contract.judging import Wish, corrected, judged_by, reclassified
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.contract.story import remarks, told
from smartdesk_pbx.errors import RuleBroken

CALL, CONTRACT, START = UUID(int=7), UUID(int=8), datetime(2026, 4, 30, 14, 59, 59, tzinfo=UTC)
LATER = START + timedelta(days=40)
RULES = standard_plan().rules


def at(seconds: float) -> dict[str, Any]:
    return {"call_id": CALL, "at": START + timedelta(seconds=seconds)}


def talked(*more: events.CaseEvent) -> list[events.CaseEvent]:
    """A call with a human that arrived in the last second of April in Tokyo."""
    return [
        events.CallArrived(
            **at(0), number="+81312345001", subscriber_id=None, contract_id=CONTRACT, plan="standard", flow=None,
            flow_version=None, decision="accepted", node="n1", channel="c", caller_class="number", caller_key="k",
        ),
        events.CallAnswered(**at(1)),
        events.TalkStarted(**at(10), agent="aoi", channel="c"),
        events.TalkEnded(**at(40), agent="aoi", by="caller", talk_s=30.0),
        events.CallEnded(**at(40), by="caller", outcome="human", human=True),
        *more,
    ]  # fmt: skip


def judged() -> events.Judged:
    return judged_by(RULES, talked(), START + timedelta(seconds=60))


def test_r7_2_the_entry_names_rule_version_article_contract_and_arrival() -> None:
    entry = judged()
    assert (entry.rule, entry.rules_version, entry.article, entry.units) == ("human", RULES.version, "7.2", 1)
    assert (entry.contract_id, entry.arrived_at) == (CONTRACT, START), "the arrival decides the month, not the closing"


@given(
    st.builds(
        events.ResponseTaken,
        call_id=st.just(CALL), at=st.just(START), by=st.just("aoi"),
        name=st.none() | st.text(max_size=5), callback=st.none() | st.booleans(),
        purpose_is=st.none() | st.sampled_from(["given", "refused", "not_heard"]),
    ),
    st.sampled_from(["none", "complete", "partial"]),
)  # fmt: skip
def test_r7_3_what_the_call_achieved_changes_no_charge(response: events.ResponseTaken, how: Any) -> None:
    """Whether the subscriber's purpose was met, or anything was heard at all, is nothing that rules can speak of."""
    closed = events.CaseClosed(**at(60), response=how)
    assert judge(RULES, facts_of(talked(response, closed))) == judge(RULES, facts_of(talked()))
    assert judge(RULES, facts_of(talked(response, closed))).billable


def test_r7_4_a_human_call_out_of_hours_is_charged_and_says_so() -> None:
    context = events.CaseContext(**at(60), out_of_hours=True, repeat_of=None, repeat_hours=24)
    case = talked(context)
    judgement = judge(RULES, facts_of(case))
    assert (judgement.rule, judgement.article, judgement.units) == ("human-out-of-hours", "7.4", 1)
    assert remarks(case, facts_of(case)) == [
        "A human answered outside the hours of answering; charged all the same (Article 7.4)."
    ]
    marked = talked(events.CaseMarked(**at(60), by="aoi", mark="other_language"))
    assert judge(RULES, facts_of(marked)).rule == "human-out-of-language"
    assert "another language" in remarks(marked, facts_of(marked))[0]
    assert remarks(talked(), facts_of(talked())) == []


def test_r7_3_a_partial_response_is_remarked() -> None:
    case = talked(events.CaseClosed(**at(60), response="partial"))
    assert "Article 7.3" in remarks(case, facts_of(case))[0]


@pytest.mark.parametrize(
    ("wish", "is_now"),
    [
        (Wish(billable=False), ("human", False, 0, ())),
        (Wish(case_class="sales", billable=False), ("sales", False, 0, ())),
        (Wish(units=3), ("human", True, 3, ())),
        (Wish(case_class="long"), ("long", True, 1, ())),
        (Wish(surcharges=("night", "night")), ("human", True, 1, ("night", "night"))),
    ],
)
def test_r7_2_a_person_may_correct_class_units_and_surcharges(wish: Wish, is_now: tuple[object, ...]) -> None:
    new = corrected(judged(), wish)
    assert (new.case_class, new.billable, new.units, new.surcharges) == is_now
    assert new.rule == "by-hand"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(), "is that already"),
        (Wish(case_class="human", units=1), "is that already"),
        (Wish(billable=False, units=2), "neither units nor surcharges"),
        (Wish(units=0, billable=True), "1 unit or more"),
    ],
)
def test_r7_2_a_correction_that_says_nothing_is_refused(wish: Wish, said: str) -> None:
    with pytest.raises(RuleBroken, match=said):
        corrected(judged(), wish)


def test_r7_2_a_correction_names_what_it_replaces_and_keeps_the_month() -> None:
    now = judged()
    entry = reclassified(now, "key", corrected(now, Wish(billable=False)), by="eri", reason="a fax", at=LATER)
    assert (entry.replaces, entry.by, entry.reason, entry.arrived_at) == ("key", "eri", "a fax", now.arrived_at)
    back = reclassified(entry, "key2", corrected(entry, Wish(billable=True)), by="eri", reason="no", at=LATER)
    assert (back.billable, back.units, back.replaces) == (True, 1, "key2")
    with pytest.raises(RuleBroken, match="says so already"):
        reclassified(now, "key", judge(RULES, facts_of(talked())), by="eri", reason="again", at=START)


def test_r7_2_every_kind_of_event_is_told_in_words() -> None:
    """No kind falls through to its bare name."""
    for kind in events.CaseEvent.__subclasses__():
        fields = {f.name: _some(f.name) for f in msgspec.structs.fields(kind) if f.required}
        said = told(kind(**{**fields, **at(1)}))
        assert said and said != kind.__struct_config__.tag, kind


def _some(name: str) -> Any:
    lists = ("sources", "raw", "requests", "files", "tags")
    numbers = (
        "step", "which", "count", "seconds", "talk_s", "waited_s", "times", "tried", "threshold", "number_version",
        "version",
    )  # fmt: skip
    special = {"by": "agent", "source_known": None}
    return special.get(name, [] if name in lists else 1 if name in numbers else True)
