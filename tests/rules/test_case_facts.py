"""R7.2, R7.4: what the rules may speak of, from a case's events."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from smartdesk_pbx.contract import events, marks
from smartdesk_pbx.contract.case_facts import facts_of, messages_of

CALL, START = UUID(int=7), datetime(2026, 4, 1, tzinfo=UTC)


def at(seconds: float) -> dict[str, Any]:
    return {"call_id": CALL, "at": START + timedelta(seconds=seconds)}


def arrived(**more: Any) -> events.CallArrived:
    given: dict[str, Any] = {"caller_class": "number", "caller_key": "k", "decision": "accepted"}
    return events.CallArrived(
        **at(0), number="+81312345001", subscriber_id=None, contract_id=None, plan=None, flow=None, flow_version=None,
        node="n1", channel="c", **(given | more),
    )  # fmt: skip


def ended(seconds: float, by: events.EndedBy = "caller") -> events.CallEnded:
    return events.CallEnded(**at(seconds), by=by, outcome="self_service")


def step(seconds: float, heard: str) -> events.FlowStep:
    return events.FlowStep(**at(seconds), step=1, node="main", verb="menu", position="{}", heard=heard)


def marked(seconds: float, mark: marks.Mark, *, removed: bool = False) -> events.CaseMarked:
    return events.CaseMarked(**at(seconds), by="aoi", mark=mark, removed=removed)


TALK = (
    events.Escalated(**at(20), reason="caller_asked", team="front"),
    events.AgentOffered(**at(21), agent="aoi"),
    events.TalkStarted(**at(50), agent="aoi", channel="c"),
)


@pytest.mark.parametrize(
    ("story", "place"),
    [
        ([arrived(), ended(5)], "before_answer"),
        ([arrived(), events.CallAnswered(**at(1)), ended(5)], "ivr"),
        ([arrived(), events.CallAnswered(**at(1)), *TALK[:2], ended(30)], "queue"),
        ([arrived(), events.CallAnswered(**at(1)), *TALK, ended(60)], "talk"),
        (
            [arrived(), events.CallAnswered(**at(1)), *TALK,
             events.TalkEnded(**at(59), agent="aoi", by="caller", talk_s=9), ended(60)],
            "talk",
        ),
        (
            [arrived(), events.CallAnswered(**at(1)), *TALK,
             events.TalkEnded(**at(59), agent="aoi", by="agent", talk_s=9), step(60, "human"), ended(70)],
            "ivr",
        ),
        (
            [arrived(), events.CallAnswered(**at(1)), *TALK,
             events.TalkEnded(**at(59), agent="aoi", by="agent", talk_s=9), ended(60, "agent")],
            "talk",
        ),
        (
            [arrived(), events.CallAnswered(**at(1)), TALK[0], events.NobodyFree(**at(40), tried=1, waited_s=20),
             step(41, "nobody"), events.MessageRecorded(**at(50), file="f", seconds=3, partial=True), ended(51)],
            "message",
        ),
    ],
)  # fmt: skip
def test_r7_2_who_hung_up_where(story: list[events.CaseEvent], place: str) -> None:
    assert facts_of(story).ended_in == place


def test_r7_2_durations_follow_each_other() -> None:
    talked = events.TalkEnded(**at(80), agent="aoi", by="caller", talk_s=30.0)
    facts = facts_of([arrived(), events.CallAnswered(**at(2)), step(10, "key 2"), *TALK, talked, ended(80)])
    assert (facts.ivr_s, facts.wait_s, facts.talk_s, facts.call_s) == (18.0, 30.0, 30.0, 78.0)
    assert facts.ivr_s + facts.wait_s + facts.talk_s == facts.call_s
    assert facts.escalated == "caller_asked" and facts.inputs == 1
    nobody = events.NobodyFree(**at(45), tried=0, waited_s=25)
    assert facts_of([arrived(), events.CallAnswered(**at(2)), TALK[0], nobody, ended(90)]).wait_s == 25.0


@pytest.mark.parametrize(
    ("story", "kinds"),
    [
        ([arrived(), events.CallAnswered(**at(1)), step(2, "silence"), ended(9)], {"silent"}),
        ([arrived(), events.CallAnswered(**at(1)), step(2, "key 9"), ended(9)], set()),
        ([arrived(), ended(9)], set()),
        ([arrived(test_call=True), ended(9)], {"test"}),
        ([arrived(caller_class="anonymous", caller_key=None), ended(9)], {"anonymous"}),
        ([arrived(), ended(9), marked(20, "fax"), marked(21, "sales"), marked(22, "fax", removed=True)], {"sales"}),
        (
            [arrived(), ended(9), events.CaseContext(**at(10), out_of_hours=True, repeat_of=CALL, repeat_hours=24)],
            {"repeat"},
        ),
    ],
)
def test_r7_2_what_a_call_was(story: list[events.CaseEvent], kinds: set[str]) -> None:
    assert facts_of(story).kinds == kinds


RUNG = events.OutsideRung(**at(12), which=1, count=1)
OUTSIDE = (RUNG, events.OutsideTalked(**at(30), which=1, channel="c"))


def outside_ended(seconds: float, by: str) -> events.OutsideEnded:
    return events.OutsideEnded(**at(seconds), which=1, by=by, talk_s=seconds - 30)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("story", "place"),
    [
        ([RUNG, ended(20)], "queue"),
        ([RUNG, events.OutsideMissed(**at(20), which=1, reason="busy"), step(20, "no_answer"), ended(25)], "ivr"),
        ([*OUTSIDE, outside_ended(60, "caller"), ended(60)], "talk"),
        ([*OUTSIDE, outside_ended(60, "callee"), step(60, "talked"), ended(62)], "ivr"),
    ],
)
def test_r7_2_where_a_call_to_the_subscribers_own_telephone_ended(story: list[events.CaseEvent], place: str) -> None:
    assert facts_of([arrived(), events.CallAnswered(**at(2)), *story]).ended_in == place


def test_r7_2_a_talk_with_the_subscribers_own_telephone_is_no_talk_with_a_human_of_ours() -> None:
    facts = facts_of([arrived(), events.CallAnswered(**at(2)), *OUTSIDE, outside_ended(90, "callee"), ended(92)])
    assert (facts.connected, facts.connected_s, facts.human, facts.talk_s) == (True, 60.0, False, 0.0)
    assert facts.ivr_s == 10.0 and "silent" not in facts.kinds


def test_r7_2_a_message_that_was_recorded_anew_is_none() -> None:
    first = events.MessageRecorded(**at(20), file="a", seconds=3, partial=False)
    second = events.MessageRecorded(**at(40), file="b", seconds=3, partial=False)
    gone = events.MessageDiscarded(**at(30), file="a")
    assert [facts_of([arrived(), first, *rest]).message for rest in ((), (gone,), (gone, second))] == [
        True,
        False,
        True,
    ]
    assert [m.file for m in messages_of([arrived(), first, gone, second])] == ["b"]


def test_r7_2_tags_of_the_flow_and_of_people() -> None:
    flow = events.CallTagged(**at(5), tags=["sales", "spring"])
    person = events.CaseMarked(**at(20), by="aoi", tag="vip")
    assert facts_of([arrived(), flow, ended(9), person]).tags == {"sales", "spring", "vip"}


def test_r7_4_out_of_hours_is_seen_or_marked_and_language_marked() -> None:
    context = events.CaseContext(**at(10), out_of_hours=True, repeat_of=None, repeat_hours=24)
    assert facts_of([arrived(), ended(9), context]).out_of_hours
    assert facts_of([arrived(), ended(9), marked(10, "out_of_hours")]).out_of_hours
    assert facts_of([arrived(), ended(9), marked(10, "other_language")]).out_of_language
    assert not facts_of([arrived(), ended(9)]).out_of_hours
