"""Versions at numbers: back, forward at a time, and which one was live when."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.store import snapshot
from tests.office.bureau import Bureau
from tests.office.flows import ONE, SHOP, SILENT, THREE, TWO, live, open_desk, refused, variant


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_desk(tmp_path, monkeypatch) as one:
        yield one


async def publish(bureau: Bureau, *versions: int, to: str = ONE) -> None:
    """Versions 1, 2, … of the shop, an hour apart."""
    for n in versions:
        bureau.at += timedelta(hours=1)
        assert (await bureau.ask("flow.publish", text=variant(n), numbers=[to]))["version"] == n


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


# ---- back --------------------------------------------------------------------------------------


async def test_back_to_the_version_before_at_once_and_the_history_stays(bureau: Bureau) -> None:
    await publish(bureau, 1, 2, 3)
    said = await bureau.ask("flow.rollback", number="0312345001", reason="callers complain", by="taro")
    assert (said["flow"], said["version"], said["before"], said["later"]) == ("shop", 2, "shop@3", [])
    assert (await live(bureau))[ONE] == "shop@2"
    said = await bureau.ask("flow.rollback", number=ONE)
    assert (said["version"], said["before"]) == (1, "shop@2")
    assert await refused(bureau, "flow.rollback", number=ONE) == [
        f"{ONE}: shop@1 is the first version there; there is nothing to go back to"
    ]
    history = await bureau.ask("flow.history", number=ONE)
    assert [(one["version"], one["kind"], one["state"]) for one in history if one["reason"] or one["state"] == "live"]
    assert sorted((one["version"], one["kind"]) for one in history) == [
        (1, "publish"), (1, "rollback"), (2, "publish"), (2, "rollback"), (3, "publish"),
    ]  # fmt: skip
    assert [one["state"] for one in history].count("live") == 1


async def test_back_to_a_version_that_it_had(bureau: Bureau) -> None:
    await publish(bureau, 1, 2, 3)
    await bureau.ask("flow.rollback", number=ONE, version=1)
    await bureau.ask("flow.rollback", number=ONE, version=3)
    assert (await live(bureau))[ONE] == "shop@3"
    assert await refused(bureau, "flow.rollback", number=ONE, version=9) == [
        f"{ONE}: shop@9 never answered there (it had 1, 2, 3); smartdesk flow schedule can bring it"
    ]
    assert await refused(bureau, "flow.rollback", number=TWO) == [
        f"{TWO}: no flow answers there yet (smartdesk flow publish FILE --number NUMBER)"
    ]
    assert await refused(bureau, "flow.rollback", number="+81312349999") == ["+81312349999 is not assigned"]


async def test_a_rollback_needs_no_proof_and_keeps_what_was_broken(bureau: Bureau) -> None:
    """It is for when something is wrong now; what was forced stays known."""
    await bureau.ask("flow.publish", text=SILENT, numbers=[ONE], force=True, reason="owner insists")
    bureau.at += timedelta(hours=1)
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    bureau.at += timedelta(hours=1)
    await bureau.ask("flow.rollback", number=ONE)
    (now,) = [one for one in await bureau.ask("flow.history", number=ONE) if one["state"] == "live"]
    assert now["kind"] == "rollback" and "no human" in now["broken"][0]


# ---- forward at a time -------------------------------------------------------------------------


async def test_a_file_goes_live_at_its_time_to_the_second(bureau: Bureau) -> None:
    await publish(bureau, 1)
    at = tokyo("2026-12-01 09:00:30")
    said = await bureau.ask(
        "flow.schedule", draft={"text": variant(2)}, numbers=[ONE, THREE], at="2026-12-01 09:00:30", by="taro"
    )
    assert (said["version"], said["numbers"], len(said["proofs"])) == (2, [ONE, THREE], 1)
    assert [(one["number"], one["version"], datetime.fromisoformat(one["at"])) for one in said["later"]] == [
        (ONE, 2, at), (THREE, 2, at),
    ]  # fmt: skip
    listed = await bureau.ask("flow.scheduled")
    assert [(one["number"], one["subscriber"], one["version"], one["by"]) for one in listed] == [
        (ONE, "aozora", 2, "taro"), (THREE, "midori", 2, "taro"),
    ]  # fmt: skip
    bureau.at = at - timedelta(seconds=1)
    assert await live(bureau) == {ONE: "shop@1", TWO: None, THREE: None}
    bureau.at = at
    assert await live(bureau) == {ONE: "shop@2", TWO: None, THREE: "shop@2"}
    assert await bureau.ask("flow.scheduled") == []
    assert [one["state"] for one in await bureau.ask("flow.history", number=ONE)] == ["live", "past"]


@pytest.mark.parametrize(
    ("text", "tokyo_time"),
    [
        ("2026-12-01 09:00", "2026-12-01 09:00"),
        ("2026-12-01T09:00:00+09:00", "2026-12-01 09:00"),
        ("2026-12-01T00:00:00Z", "2026-12-01 09:00"),
        ("2026-12-01T00:00:00-05:00", "2026-12-01 14:00"),
        ("23:15:07", "2026-11-20 23:15:07"),
    ],
)
async def test_a_time_is_tokyos_unless_an_offset_is_given(bureau: Bureau, text: str, tokyo_time: str) -> None:
    await publish(bureau, 1)
    said = await bureau.ask("flow.schedule", version="shop@1", numbers=[TWO], at=text)
    assert datetime.fromisoformat(said["later"][0]["at"]) == tokyo(tokyo_time)


async def test_what_was_published_meanwhile_is_told_what_will_take_its_place(bureau: Bureau) -> None:
    await publish(bureau, 1)
    await bureau.ask("flow.schedule", draft={"text": variant(2)}, numbers=[ONE], at="2026-12-01 09:00")
    said = await bureau.ask("flow.publish", text=variant(3), numbers=[ONE])
    assert [(one["flow"], one["version"]) for one in said["later"]] == [("shop", 2)]
    assert [one["version"] for one in (await bureau.ask("flow.rollback", number=ONE))["later"]] == [2]
    bureau.at = tokyo("2026-12-01 09:00")
    assert (await live(bureau))[ONE] == "shop@2"


async def test_what_is_scheduled_can_be_called_off_until_it_comes(bureau: Bureau) -> None:
    await publish(bureau, 1, 2)
    for day in ("01", "02"):
        await bureau.ask("flow.schedule", version="shop@1", numbers=[ONE], at=f"2026-12-{day} 09:00")
    assert await refused(bureau, "flow.unschedule", number=ONE) == [
        f"{ONE}: several are scheduled, say which one with --at: Tue 2026-12-01 09:00, Wed 2026-12-02 09:00"
    ]
    assert await refused(bureau, "flow.unschedule", number=ONE, at="2026-12-03 09:00") == [
        f"{ONE}: nothing is scheduled for then, only for Tue 2026-12-01 09:00, Wed 2026-12-02 09:00"
    ]
    gone = await bureau.ask("flow.unschedule", number=ONE, at="2026-12-02 09:00", by="hanako")
    assert (gone["version"], gone["state"]) == (1, "withdrawn")
    await bureau.ask("flow.unschedule", number=ONE)
    bureau.at = tokyo("2026-12-09 09:00")
    assert (await live(bureau))[ONE] == "shop@2"
    assert await refused(bureau, "flow.unschedule", number=ONE) == [f"{ONE}: nothing is scheduled"]
    states = [one["state"] for one in await bureau.ask("flow.history", number=ONE)]
    assert states == ["withdrawn", "withdrawn", "live", "past"]


async def test_what_does_not_fit_is_not_scheduled(bureau: Bureau) -> None:
    """All numbers or none; and a version that was published without numbers is looked at now."""
    await publish(bureau, 1)
    await bureau.ask("flow.publish", text=SILENT, force=True, reason="x")
    said = await refused(bureau, "flow.schedule", version="shop@2", numbers=[ONE], at="2026-12-01 09:00")
    assert said[0] == "shop@2 is not scheduled:" and "no human" in said[1]
    forced = {"force": True, "reason": "owner insists"}
    said2 = await bureau.ask("flow.schedule", version="shop@2", numbers=[ONE], at="2026-12-01 09:00", **forced)
    assert said2["broken"] and (await bureau.ask("flow.scheduled"))[0]["reason"] == "owner insists"
    two = {"version": "shop@1", "numbers": [TWO, ONE], "at": "2026-12-01 09:00"}
    assert await refused(bureau, "flow.schedule", **two) == [
        f"{ONE}: shop@2 is scheduled for Tue 2026-12-01 09:00 already; smartdesk flow unschedule {ONE} first"
    ]
    assert [one["number"] for one in await bureau.ask("flow.scheduled")] == [ONE]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"at": "2026-11-20 11:59"}, "Fri 2026-11-20 11:59 has passed, it is Fri 2026-11-20 13:00; smartdesk flow "
         "publish puts it live now"),
        ({"at": "now"}, "Fri 2026-11-20 13:00 has passed, it is Fri 2026-11-20 13:00; smartdesk flow publish puts it "
         "live now"),
        ({"at": "soon"}, "'soon' is no time: write 2026-12-01 09:00 (Tokyo), 2026-12-01T09:00:00+09:00, 09:00 for "
         "today"),
        ({"version": "shop@7"}, "no flow shop version 7"),
        ({"version": "shop 7"}, "'shop 7' is no version of a flow: write FLOW@3, or FLOW for the newest"),
        ({"version": None}, "name either a file or a published version (FLOW@3)"),
        ({"draft": {"text": SHOP}}, "name either a file or a published version (FLOW@3)"),
        ({"numbers": ["+81312349999"]}, "+81312349999 is not assigned"),
        ({"numbers": []}, "numbers: Tuple should have at least 1 item after validation, not 0"),
    ],
)  # fmt: skip
async def test_what_cannot_be_scheduled(bureau: Bureau, params: dict[str, Any], told: str) -> None:
    await publish(bureau, 1)
    usual = {"version": "shop@1", "numbers": [ONE], "at": "2026-12-01 09:00"}
    assert await refused(bureau, "flow.schedule", **usual | params) == [told]
    assert await bureau.ask("flow.scheduled") == []


# ---- what changed, and when --------------------------------------------------------------------


async def test_differences_between_versions_and_drafts_in_words(bureau: Bureau) -> None:
    await publish(bureau, 1)
    draft = variant(1).replace("09:00-18:00", "09:00-17:00").replace('"2": person', '"2": message')
    said = await bureau.ask("flow.diff", old={"version": "shop"}, new={"draft": {"text": draft, "file": "new.yaml"}})
    assert said == {
        "old": "shop@1", "new": "new.yaml", "changes": [
            ["calendar shop", "mon-fri 09:00-17:00 instead of 09:00-18:00"],
            ["menu menu", "key 2 now leads to message instead of person"],
        ],
    }  # fmt: skip
    assert await refused(bureau, "flow.diff", old={"version": "none"}, new={"version": "shop"}) == ["no flow none"]
    assert await refused(bureau, "flow.diff", old={}, new={"version": "shop"}) == [
        "name either a text or a published version"
    ]


async def test_every_version_is_listed_with_where_it_is_live(bureau: Bureau) -> None:
    await publish(bureau, 1, 2)
    await bureau.ask("flow.schedule", version="shop@1", numbers=[THREE], at="2026-12-01 09:00")
    found = await bureau.ask("flow.versions", flow="shop")
    assert [(one["version"], one["numbers"]) for one in found] == [(2, [ONE]), (1, [])]
    bureau.at = tokyo("2026-12-01 09:00")
    (newest,) = await bureau.ask("flow.list")
    assert newest["live"] == [{"number": ONE, "version": 2}, {"number": THREE, "version": 1}]
    assert await refused(bureau, "flow.versions", flow="none") == ["no flow none"]


async def test_the_history_of_a_number_that_changed_hands_names_nobody_of_before(bureau: Bureau) -> None:
    await publish(bureau, 1)
    await bureau.ask("contract.set", contract="aozora", settings=["number_quarantine_days=0"])
    await bureau.ask("number.release", number=ONE)
    bureau.at += timedelta(hours=1)
    await bureau.ask("number.add", number=ONE, contract="midori", flow="shop")
    history = await bureau.ask("flow.history", number=ONE)
    assert [(one["subscriber"], one["state"]) for one in history] == [("midori", "live"), (None, "past")]
    assert await refused(bureau, "flow.history", number="+81312349999") == [
        "+81312349999 is not assigned, and never had a flow"
    ]


# ---- closures ----------------------------------------------------------------------------------


async def test_closed_from_now_until_the_end_of_today(bureau: Bureau) -> None:
    await publish(bureau, 1)
    said = await bureau.ask("flow.close", number="0312345001", reason="typhoon", by="taro")
    assert datetime.fromisoformat(said["until"]) == tokyo("2026-11-21 00:00") and not said["unheard"]
    route = (await bureau.office.store.read(lambda c: snapshot.load(c, bureau.at))).routes[ONE]
    assert route.closures[0].holds(bureau.at) and not route.closures[0].holds(tokyo("2026-11-21 00:00"))
    (listed,) = await bureau.ask("flow.closures")
    assert (listed["number"], listed["state"], listed["reason"], listed["by"]) == (ONE, "closed", "typhoon", "taro")
    bureau.at += timedelta(minutes=5)
    assert (await bureau.ask("flow.reopen", number=ONE))["state"] == "over"
    assert await bureau.ask("flow.closures") == []
    assert len(await bureau.ask("flow.closures", past=True)) == 1
    assert await refused(bureau, "flow.reopen", number=ONE) == [
        f"{ONE} is not closed (smartdesk flow closures lists what is)"
    ]


async def test_a_closure_that_no_flow_asks_for_says_so(bureau: Bureau) -> None:
    assert (await bureau.ask("flow.close", number=TWO, reason="x", until="further notice"))["unheard"] is True


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"reason": ""}, "reason: String should have at least 1 character"),
        ({"until": "2026-11-19"}, "Fri 2026-11-20 00:00 has passed; it is Fri 2026-11-20 12:00"),
        ({"until": "later"}, "'later' is no time: write 2026-12-01 09:00 (Tokyo), 2026-12-01T09:00:00+09:00, 09:00 for "
         "today, 2026-12-01 for all of that day, or 'further notice'"),
        ({"number": "+81312349999"}, "+81312349999 is not assigned"),
    ],
)  # fmt: skip
async def test_what_is_no_closure(bureau: Bureau, params: dict[str, str], told: str) -> None:
    assert await refused(bureau, "flow.close", **{"number": ONE, "reason": "x"} | params) == [told]
    assert await bureau.ask("flow.closures", past=True) == []
