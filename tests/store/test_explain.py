"""`case explain`, `case evidence`, `case log`: from what happened to what it costs, and what the subscriber may see."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from smartdesk_pbx.cli import tree
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import case as cases
from smartdesk_pbx.store import contract
from smartdesk_pbx.store.close import Ask, close
from smartdesk_pbx.store.session import Store
from tests.store.house import AT, House
from tests.store.money import set_up
from tests.store.office import Office, make_office

NOBODY = UUID(int=0)

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
"""These are reads like others; what both databases must agree on is in test_marks and test_replay."""


@pytest.fixture
def house(store: Store, tmp_path: Path, office: Office) -> House:
    return House(store, tmp_path / "home", office)


async def test_r7_2_explain_goes_from_events_to_rule_units_and_recording(house: House) -> None:
    case = await house.call()
    await house.record(case)
    told = await house.ask("case.explain", case=str(case))
    assert [step["what"] for step in told["happened"]] == [
        "arrived for +81312345001, caller: number; contract: accepted",
        "answered",
        "aoi talks with the caller",
        "talk of 30 s ended: the caller hung up",
        "ended: the caller hung up; outcome: human",
        "closed, primary response: none",
    ]
    (entry,) = told["entries"]
    assert (entry["rule"], entry["text"], entry["article"]) == ("human", "An agent talked with the caller.", "7.2")
    assert (entry["version"], entry["units"], entry["by"]) == ("standard-3", 1, None)
    assert told["passed_over"][0] == {"rule": "not-in-service", "because": "decision"}
    assert told["passed_over"][-1] == {"rule": "human-out-of-language", "because": "out_of_language"}
    assert told["facts"]["talk_s"] == 30.0 and told["facts"]["ended_in"] == "talk"
    assert [one["file"] for one in told["recordings"]] == [f"2026/11/16/{case}.wav"]
    assert told["amount"] is None and "price" in told["no_amount"]
    assert told["subscriber"] == "demo"


async def test_r7_2_explain_shows_the_price_as_preview_then_with_its_invoice_line(url: str, tmp_path: Path) -> None:
    later = Store.open(url, now=lambda: AT + timedelta(days=20))
    house = House(later, tmp_path / "home", await make_office(later))
    await later.run(set_up)
    case = await house.call()
    for _ in range(3):
        await house.call(AT - timedelta(hours=1))
    preview = (await house.ask("case.explain", case=str(case)))["amount"]
    assert (preview["yen"], preview["preview"], preview["lines"][0]["number"]) == (205, True, None)
    for month in range(4, 12):
        assert not (await close(later, house.sealer, None, Ask(Month(2026, month)))).problems
    charged = (await house.ask("case.explain", case=str(case)))["amount"]
    assert (charged["yen"], charged["preview"], charged["month"]) == (205, False, "2026-11")
    (line,) = charged["lines"]
    assert line["number"] is not None and line["line"] == preview["lines"][0]["line"] and line["units"] == 1
    await later.close()


async def test_r7_2_explain_shows_every_correction_and_which_is_in_force(house: House) -> None:
    case = await house.call()
    await house.ask("case.mark", case=str(case), marks=["sales"], tags=["vip"])
    await house.ask("case.reclassify", case=str(case), not_billable=True, because="a sales call", by="eri")
    told = await house.ask("case.explain", case=str(case))
    assert [(e["rule"], e["units"], e["by"], e["reason"]) for e in told["entries"]] == [
        ("human", 1, None, None),
        ("by-hand", 0, "eri", "a sales call"),
    ]
    assert told["entries"][1]["replaces"] == told["entries"][0]["key"]
    assert (told["marks"], told["tags"]) == (["sales"], ["vip"])
    assert "marked by operations: sales" in [step["what"] for step in told["happened"]]
    shown = await house.ask("case.show", case=str(case))
    assert shown["judgement"]["rule"] == "by-hand", "the list and the file show what is in force"


async def test_r7_2_explain_keeps_what_the_rules_saw_apart_from_later_marks(house: House) -> None:
    case = await house.call()
    await house.ask("case.mark", case=str(case), marks=["test"])
    told = await house.ask("case.explain", case=str(case))
    assert "kinds" not in told["facts"] and told["marks"] == ["test"]
    assert "test-call" in [rule["rule"] for rule in told["passed_over"]], "it did not fit when it was judged"


async def test_r7_2_explain_reads_from_top_to_bottom(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    case = await house.call()
    await house.record(case)
    await house.ask("case.reclassify", case=str(case), units=2, surcharges=["long"], because="two callers", by="eri")
    tree.explained(await house.ask("case.explain", case=str(case)))
    said = capsys.readouterr().out
    parts = (
        "2026-11-16 10:00", "10:00:10  aoi talks with the caller", "talk_s: 30.0", "outage",
        "human (no longer in force)", "class human, 1 unit", "correction by eri", "reason: two callers",
        "2 units, surcharges: long", "no amount:", f"{case}.wav",
    )  # fmt: skip
    places = [said.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), (parts, said)


async def test_r7_2_explain_of_what_is_not_judged_or_not_there(house: House) -> None:
    case = await house.call(judged=False)
    told = await house.ask("case.explain", case=str(case))
    assert told["entries"] == [] and told["no_amount"] == "the case is not judged yet"
    with pytest.raises(RuleBroken, match="no case"):
        await house.ask("case.explain", case=str(NOBODY))


async def test_r7_2_explain_after_erasure_says_so(house: House) -> None:
    case = await house.call()
    await house.store.run(lambda c: cases.erase(c, case))
    told = await house.ask("case.explain", case=str(case))
    assert told["erased"] and told["entries"][0]["units"] == 1


# ---- R8.2: what led to a release ----------------------------------------------------------------------------------


def asked(second: int, *, counted: bool = True) -> events.TransferRequested:
    return events.TransferRequested(call_id=NOBODY, at=AT + timedelta(seconds=second), by="ivr", counted=counted)


async def released(house: House) -> tuple[UUID, UUID]:
    """Two calls of one caller that asked, one of another; the second one's request releases the number."""
    first = await house.call(AT, asked(5), asked(6, counted=False), human=False)
    await house.record(first)
    await house.call(AT, asked(5), caller="+819033334444", human=False)
    key = house.sealer.caller_key("+819011112222")
    since = AT - timedelta(days=1)
    second = await house.call(AT + timedelta(days=1), asked(86_405), human=False)
    keys = await house.store.read(lambda c: cases.counted_requests(c, house.seeded.contract, key, since))
    after = AT + timedelta(days=1, seconds=30)
    release = events.EmergencyReleased(call_id=second, at=after, requests=keys, threshold=2, number_version=1)
    told = events.EmergencyTold(call_id=second, at=after + timedelta(seconds=5), times=2)
    await house.store.run(lambda c: house.add(c, release, told))
    return first, second


async def test_r8_2_evidence_names_the_calls_and_recordings_behind_a_release(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = await released(house)
    found = await house.ask("case.evidence", case=str(second))
    (release,) = found["releases"]
    assert (release["threshold"], release["number_version"], release["told_times"]) == (2, 1, 2)
    assert [one["case_id"] for one in release["requests"]] == [str(first), str(second)]
    assert [one["file"] for one in release["requests"][0]["recordings"]] == [f"2026/11/16/{first}.wav"]
    assert found["caller"] == "+819011112222"
    tree.evidence(found)
    said = capsys.readouterr().out
    assert "told 2 times; threshold 2 within 30 days" in said and "sha256 abab" in said


async def test_r8_2_evidence_before_the_threshold_counts_and_shows_what_is_missing(house: House) -> None:
    first, _ = await released(house)
    found = await house.ask("case.evidence", case=str(first))
    assert found["releases"] == [] and [one["case_id"] for one in found["counted"]] == [str(first)]
    assert (found["threshold"], found["missing"], found["window_days"]) == (2, 1, 30)


# ---- R6: the call log ---------------------------------------------------------------------------------------------


async def test_r6_the_call_log_shows_the_subscriber_what_is_agreed(house: House) -> None:
    case = await house.call()
    await house.record(case)
    await house.call(AT - timedelta(days=30))
    (line,) = await house.ask("case.log", contract="demo", month="2026-11")
    assert (line["caller"], line["seconds"], line["units"], line["human"]) == ("+819011112222", 39.0, 1, True)
    assert line["recordings"] == [f"2026/11/16/{case}.wav"]
    for agreed, caller, recordings in (
        ({}, None, []),
        ({"call_log": "full"}, "+819011112222", []),
        ({"call_log": "summary", "recording_shown": True}, None, line["recordings"]),
    ):
        await house.store.run(lambda c, s=agreed: contract.set_settings(c, house.seeded.contract, s))  # type: ignore[misc]
        (seen,) = await house.ask("case.log", contract="demo", month="2026-11", as_subscriber=True)
        assert (seen["caller"], seen["recordings"], seen["units"]) == (caller, recordings, 1)
    await house.store.run(lambda c: contract.set_settings(c, house.seeded.contract, {"call_log": "none"}))
    with pytest.raises(RuleBroken, match="no call log is agreed"):
        await house.ask("case.log", contract="demo", month="2026-11", as_subscriber=True)


async def test_r6_a_month_of_the_log_is_tokyos(house: House) -> None:
    last = AT.replace(month=11, day=30, hour=14, minute=59, second=59)
    await house.call(last)
    await house.call(last + timedelta(seconds=1))
    assert len(await house.ask("case.log", contract="demo", month="2026-11")) == 1
    assert len(await house.ask("case.log", contract="demo", month="2026-12")) == 1
