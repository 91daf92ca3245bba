"""What a caller would meet at any instant, and every instant ahead at which that changes."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartdesk_pbx.clock import TOKYO
from tests.office.bureau import Bureau
from tests.office.flows import ONE, SHOP, TWO, open_desk, refused

BERLIN = SHOP.replace('weekly: ["mon-fri 09:00-18:00"]', 'zone: Europe/Berlin, weekly: ["mon-fri 09:00-18:00"]')

ASKS = """\
flow: asks
languages: [ja]
start: who
calendars:
  shop: {weekly: ["mon-fri 09:00-18:00"]}
nodes:
  who:
    kind: caller
    cases: [{anonymous: true, next: bye}, {list: vip, next: person}, {repeat_hours: 24, next: person}]
    otherwise: system
  system: {kind: lookup, url: "https://crm.example/who", answers: {vip: person}, otherwise: tagged}
  tagged: {kind: tag, tags: [x], next: hours}
  hours: {kind: hours, calendar: shop, open: person, closed: message}
  person: {kind: escalate, team: front, next: bye, on_nobody: message}
  message: {kind: record, next: bye, on_silence: bye}
  bye: {kind: hangup}
"""


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_desk(tmp_path, monkeypatch) as one:
        yield one


async def at(bureau: Bureau, when: str = "now", **more: str) -> Any:
    return await bureau.ask("flow.at", number=ONE, at=when, **more)


def way(said: Any) -> list[str]:
    return [f"{one['node']} -> {one['answer']}".removesuffix(" -> ") for one in said["way"]]


async def test_what_is_met_and_why(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE], by="taro")
    said = await at(bureau, "2026-11-24 10:00")
    assert (said["number"], said["subscriber"], said["local"], said["zone"]) == (
        ONE, "aozora", "Tue 2026-11-24 10:00", "Asia/Tokyo",
    )  # fmt: skip
    assert (said["version"], said["live"]) == ("shop@1", "since Fri 2026-11-20 12:00 (published by taro)")
    (calendar,) = said["calendars"]
    assert calendar["value"] == "open" and "within mon-fri 09:00-18:00" in calendar["why"]
    assert way(said) == ["hours -> open", "menu"]
    assert said["way"][1]["says"] == "asks for a key: 1, 2, 3"
    assert [one["prompt"] for one in said["heard"]] == ["shop-menu"] and said["heard"][0]["text"]


@pytest.mark.parametrize(
    ("when", "value", "nodes"),
    [
        ("2026-11-23 10:00", "holiday", ["hours -> holiday", "message"]),
        ("2026-11-24 08:59:59", "closed", ["hours -> closed", "message"]),
        ("2026-11-24 09:00", "open", ["hours -> open", "menu"]),
        ("2026-11-24T09:00:00Z", "closed", ["hours -> closed", "message"]),
    ],
)
async def test_to_the_second_and_in_the_calendars_zone(bureau: Bureau, when: str, value: str, nodes: list[str]) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    said = await at(bureau, when)
    assert (said["calendars"][0]["value"], way(said)) == (value, nodes)


async def test_times_are_shown_on_the_clock_of_the_calendar(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=BERLIN, numbers=[ONE])
    said = await at(bureau, "2026-11-24 17:30")
    assert (said["local"], said["zone"], way(said)[0]) == ("Tue 2026-11-24 09:30", "Europe/Berlin", "hours -> open")


async def test_the_version_of_that_time_is_met_past_or_to_come(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    later = SHOP.replace("09:00-18:00", "10:00-18:00")
    await bureau.ask("flow.schedule", draft={"text": later}, numbers=[ONE], at="2026-12-01 00:00", reason="winter")
    assert [(await at(bureau, f"{day} 09:30"))["version"] for day in ("2026-11-24", "2026-12-02")] == [
        "shop@1",
        "shop@2",
    ]
    assert way(await at(bureau, "2026-12-02 09:30")) == ["hours -> closed", "message"]
    assert "scheduled by operations: winter" in (await at(bureau, "2026-12-02 09:30"))["live"]
    bureau.at = datetime(2026, 12, 24, 12, tzinfo=TOKYO)
    assert (await at(bureau, "2026-11-24 09:30"))["version"] == "shop@1"
    assert await refused(bureau, "flow.at", number=ONE, at="2026-11-19 09:30") == [f"{ONE} was not aozora's then"]


async def test_a_closure_lies_above_the_calendars(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    await bureau.ask("flow.close", number=ONE, until="2026-11-25", reason="typhoon")
    said = await at(bureau, "2026-11-24 10:00")
    assert way(said) == ["hours -> closed", "message"]
    assert said["closures"] == [
        "closed since Friday 2026-11-20 12:00 in Asia/Tokyo until Thursday 2026-11-26 00:00 in Asia/Tokyo (typhoon)"
    ]
    assert (await at(bureau, "2026-11-26 10:00"))["closures"] == []


async def test_who_calls_matters_where_the_flow_asks(bureau: Bureau) -> None:
    await bureau.ask("contract.set", contract="aozora", settings=["lookup_hosts=crm.example"])
    await bureau.ask("flow.publish", text=ASKS, numbers=[ONE])
    await bureau.ask("caller.add", caller="09012345678", list="vip", contract="aozora")
    tuesday = "2026-11-24 10:00"
    said = await at(bureau, tuesday)
    assert way(said) == ["who -> otherwise", "system -> otherwise", "hours -> open", "person"]
    assert said["way"][1]["why"] == "as if the subscriber's system did not answer"
    assert said["way"][-1]["says"] == "hands to a human (front)"
    assert way(await at(bureau, tuesday, caller="anonymous")) == ["who -> 0", "bye"]
    assert way(await at(bureau, tuesday, caller="090-1234-5678")) == ["who -> 1", "person"]
    assert way(await at(bureau, tuesday, caller="0312349876"))[0] == "who -> otherwise"


async def test_r8_5_r13_what_stops_a_call_before_its_flow_is_told(bureau: Bureau) -> None:
    assert (await at(bureau))["stopped"] == "no flow answers (smartdesk flow publish FILE --number NUMBER)"
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    await bureau.ask(
        "notice.add", kind="maintenance", subject="x", text="y", from_="2026-11-24 02:00", to="2026-11-24 04:00"
    )
    said = await at(bureau, "2026-11-24 03:00")
    assert (said["stopped"], [one["prompt"] for one in said["heard"]], said["way"]) == (
        "a notice is in force (smartdesk notice list)", ["maintenance"], [],
    )  # fmt: skip
    assert (await at(bureau, "2026-11-24 04:00"))["stopped"] == ""
    await bureau.ask("contract.suspend", contract="aozora", reason="debts", code="8.4")
    said = await at(bureau)
    assert (said["stopped"], said["heard"][0]["prompt"]) == ("the contract is suspended", "suspended")


async def test_r18_an_end_that_is_known_already_is_met_in_time(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    ends = (await bureau.ask("contract.cancel", contract="aozora", by="taro"))["effective_on"]
    after = (datetime.fromisoformat(ends) + timedelta(days=1)).strftime("%Y-%m-%d 10:00")
    assert (await at(bureau, after))["stopped"] == "the contract is ended"
    assert (await at(bureau, f"{ends} 10:00"))["stopped"] == ""


async def test_r2_1_without_voice_guidance_a_human_is_met_whatever_was_published(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    await bureau.ask("contract.set", contract="aozora", settings=["voice_guidance=false"])
    said = await at(bureau, "2026-11-24 10:00")
    assert (said["version"], said["live"], said["calendars"]) == ("answering-only", "", [])


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"number": "+81312349999"}, "+81312349999 is not assigned"),
        ({"number": "x"}, "number: 'x' is no telephone number (write 0312345678 or +81312345678)"),
        ({"at": "2026-11-24"}, "'2026-11-24' is no time: write 2026-12-01 09:00 (Tokyo), 2026-12-01T09:00:00+09:00, "
         "09:00 for today"),
        ({"caller": "x"}, "caller: 'x' is no telephone number (write 0312345678 or +81312345678)"),
    ],
)  # fmt: skip
async def test_what_nobody_can_meet(bureau: Bureau, params: dict[str, str], told: str) -> None:
    assert await refused(bureau, "flow.at", **{"number": ONE} | params) == [told]


# ---- ahead -------------------------------------------------------------------------------------


async def moments(bureau: Bureau, **more: Any) -> list[tuple[str, str | None, str, str]]:
    said = await bureau.ask("flow.timeline", number=ONE, **more)
    return [(one["local"], one["calendar"], one["before"], one["after"]) for one in said["moments"]]


async def test_every_instant_ahead_at_which_something_else_is_met(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    later = SHOP.replace("09:00-18:00", "10:00-18:00")
    await bureau.ask("flow.schedule", draft={"text": later}, numbers=[ONE], at="2026-11-24 09:30")
    assert await moments(bureau, days=5) == [
        ("Fri 2026-11-20 18:00", "shop", "open", "closed"),
        ("Mon 2026-11-23 00:00", "shop", "closed", "holiday"),
        ("Tue 2026-11-24 00:00", "shop", "holiday", "closed"),
        ("Tue 2026-11-24 09:00", "shop", "closed", "open"),
        ("Tue 2026-11-24 09:30", None, "shop@1", "shop@2"),
        ("Tue 2026-11-24 09:30", "shop", "open", "closed"),
        ("Tue 2026-11-24 10:00", "shop", "closed", "open"),
        ("Tue 2026-11-24 18:00", "shop", "open", "closed"),
        ("Wed 2026-11-25 10:00", "shop", "closed", "open"),
    ]
    assert len(await moments(bureau)) > 500, "thirteen months"


async def test_a_closure_is_seen_in_what_lies_ahead(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    await bureau.ask("flow.close", number=ONE, until="2026-11-24 12:00", reason="typhoon")
    assert await moments(bureau, days=5) == [
        ("Tue 2026-11-24 12:00", "shop", "closed", "open"),
        ("Tue 2026-11-24 18:00", "shop", "open", "closed"),
        ("Wed 2026-11-25 09:00", "shop", "closed", "open"),
    ]
    said = await bureau.ask("flow.timeline", number=ONE, days=5)
    assert len(said["closures"]) == 1 and "typhoon" in said["closures"][0]


async def test_what_a_draft_would_change(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    draft = SHOP.replace("09:00-18:00", "09:00-17:00")
    said = await bureau.ask("flow.timeline", number=ONE, days=5, draft={"text": draft})
    assert said["moments"] == []
    assert [(one["local"], one["local_until"], one["live"], one["draft"]) for one in said["spans"]] == [
        ("Fri 2026-11-20 17:00", "Fri 2026-11-20 18:00", "open", "closed"),
        ("Tue 2026-11-24 17:00", "Tue 2026-11-24 18:00", "open", "closed"),
    ]
    same = await bureau.ask("flow.timeline", number=ONE, draft={"text": SHOP})
    assert same["spans"] == []
    wrong = await refused(bureau, "flow.timeline", number=ONE, draft={"text": "flow: x", "file": "draft.yaml"})
    assert all(line.startswith("draft.yaml:") for line in wrong)


async def test_a_number_without_a_flow_has_nothing_ahead(bureau: Bureau) -> None:
    said = await bureau.ask("flow.timeline", number=TWO)
    assert (said["version"], said["moments"], said["closures"]) == (None, [], [])
    assert await refused(bureau, "flow.timeline", number=ONE, days=401) == [
        "days: Input should be less than or equal to 400"
    ]
