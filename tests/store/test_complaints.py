"""R8.3, R8.4: complaints counted, a breach deemed, a dossier decided; the share of forbidden use."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import case as cases
from smartdesk_pbx.store import contract
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import ledger_entry
from tests.store.house import AT, House
from tests.store.office import Office


@pytest.fixture
def house(store: Store, tmp_path: Path, office: Office) -> House:
    return House(store, tmp_path / "home", office)


async def set_(house: House, **settings: object) -> None:
    await house.store.run(lambda c: contract.set_settings(c, house.seeded.contract, settings))


async def test_r8_4_at_the_threshold_a_breach_is_deemed_and_operations_decide(house: House) -> None:
    await set_(house, complaint_threshold=3, complaint_window_days=30)
    calls = [await house.call(AT + timedelta(days=n)) for n in range(4)]
    await house.record(calls[0])
    for n, call in enumerate(calls[:2]):
        answer = await house.ask("case.mark", case=str(call), marks=["complaint"])
        assert (answer["complaints"]["count"], answer["complaints"]["dossier"]) == (n + 1, None)
    standing = (await house.ask("case.mark", case=str(calls[2]), marks=["complaint"]))["complaints"]
    assert standing["opened_now"] and not standing["suspended_now"]
    assert await _state(house) == "active", "by default a person decides"
    later = (await house.ask("case.mark", case=str(calls[3]), marks=["complaint"]))["complaints"]
    assert (later["dossier"], later["opened_now"]) == (standing["dossier"], False)

    shown = await house.ask("complaint.show", dossier=standing["dossier"])
    assert [one["case_id"] for one in shown["calls"]] == [str(c) for c in calls]
    assert shown["calls"][0]["recordings"] == [f"2026/11/16/{calls[0]}.wav"] and shown["state"] == "open"
    (deemed,) = await _entries(house, "breach.deemed")
    assert '"article":"8.1"' in deemed and str(calls[2]) in deemed and str(calls[3]) not in deemed

    with pytest.raises(RuleBroken, match="reason"):
        await house.ask("complaint.decide", dossier=standing["dossier"], suspend=True, reason="")
    decided = await house.ask(
        "complaint.decide", dossier=standing["dossier"], suspend=True, reason="callers were never called back", by="eri"
    )
    assert (decided["state"], decided["decided_by"]) == ("suspended", "eri")
    assert await _state(house) == "suspended"
    assert len(await _entries(house, "breach.decided")) == 1
    with pytest.raises(RuleBroken, match="was decided"):
        await house.ask("complaint.decide", dossier=standing["dossier"], suspend=False, reason="second thoughts")
    assert await house.store.read(cases.verify_all) == []


async def test_r8_4_decided_complaints_count_no_more(house: House) -> None:
    await set_(house, complaint_threshold=2)
    calls = [await house.call(AT + timedelta(days=n)) for n in range(4)]
    for call in calls[:2]:
        answer = await house.ask("case.mark", case=str(call), marks=["complaint"])
    first = answer["complaints"]["dossier"]
    assert (await house.ask("complaint.count"))[0]["dossier"] == first
    await house.ask("complaint.decide", dossier=first, suspend=False, reason="they have promised to call back")
    assert await _state(house) == "active"
    third = (await house.ask("case.mark", case=str(calls[2]), marks=["complaint"]))["complaints"]
    assert (third["count"], third["dossier"]) == (1, None)
    fourth = (await house.ask("case.mark", case=str(calls[3]), marks=["complaint"]))["complaints"]
    assert fourth["opened_now"] and fourth["dossier"] != first
    assert [one["state"] for one in await house.ask("complaint.list")] == ["open", "kept"]
    assert [one["dossier"] for one in await house.ask("complaint.list", state="kept")] == [first]


async def test_r8_4_a_complaint_taken_back_does_not_count(house: House) -> None:
    await set_(house, complaint_threshold=2)
    calls = [await house.call(AT + timedelta(days=n)) for n in range(2)]
    await house.ask("case.mark", case=str(calls[0]), marks=["complaint"])
    await house.ask("case.mark", case=str(calls[0]), marks=["complaint"], remove=True)
    answer = await house.ask("case.mark", case=str(calls[1]), marks=["complaint"])
    assert answer["complaints"]["count"] == 1
    opened = (await house.ask("case.mark", case=str(calls[0]), marks=["complaint"]))["complaints"]["dossier"]
    await house.ask("case.mark", case=str(calls[0]), marks=["complaint"], remove=True)
    shown = await house.ask("complaint.show", dossier=opened)
    assert [one["withdrawn"] for one in shown["calls"]] == [True, False], "the dossier says what became of a complaint"


async def test_r8_4_suspended_at_once_only_where_it_is_configured(house: House) -> None:
    await set_(house, complaint_threshold=1, complaint_suspension="automatic")
    case = await house.call()
    standing = (await house.ask("case.mark", case=str(case), marks=["complaint"]))["complaints"]
    assert standing["suspended_now"] and await _state(house) == "suspended"
    (dossier,) = await house.ask("complaint.list")
    assert (dossier["state"], dossier["decided_by"]) == ("suspended", "smartdesk")
    again = await house.call(AT + timedelta(days=1))
    answer = await house.ask("case.mark", case=str(again), marks=["complaint"])
    assert answer["complaints"]["suspended_now"], "deemed again, though the contract is suspended already"


async def test_r8_4_two_complaints_at_once_open_one_dossier(house: House) -> None:
    await set_(house, complaint_threshold=2)
    calls = [await house.call(AT + timedelta(minutes=n)) for n in range(6)]
    await asyncio.gather(*(house.ask("case.mark", case=str(c), marks=["complaint"]) for c in calls))
    (dossier,) = await house.ask("complaint.list")
    assert dossier["complaints"] == 6


async def test_r8_3_the_share_of_forbidden_use_is_told_per_subscriber(house: House) -> None:
    calls = [await house.call(AT + timedelta(hours=n)) for n in range(4)]
    await house.call(human=False)
    await house.call(AT + timedelta(days=30))
    for mark in ("support_desk", "reservation_desk"):
        await house.ask("case.mark", case=str(calls[0]), marks=[mark])
    (share,) = await house.ask("complaint.use", month="2026-11")
    assert (share["subscriber"], share["calls"], share["forbidden"]) == ("demo", 4, 1)
    assert (share["percent"], share["limit_percent"], share["too_much"]) == (25.0, 20, True)


async def _state(house: House) -> str:
    one = await house.store.read(lambda c: contract.get(c, house.seeded.contract))
    return one.state


async def _entries(house: House, kind: str) -> list[str]:
    query = select(ledger_entry.c.open).where(ledger_entry.c.kind == kind)
    return await house.store.read(lambda c: list(c.execute(query).scalars()))
