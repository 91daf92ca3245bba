"""Marks, corrections, complaints: what people say of a case is a further fact, and the counters follow from facts."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.after_call import Reclassified
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import case as cases
from smartdesk_pbx.store.judged import in_force, rulings
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import ledger_entry
from tests.store.house import AT, House
from tests.store.office import Office


@pytest.fixture
def house(store: Store, tmp_path: Path, office: Office) -> House:
    return House(store, tmp_path / "home", office)


async def test_r8_3_marks_and_tags_are_events_and_the_last_word_counts(house: House) -> None:
    case = await house.call()
    answer = await house.ask("case.mark", case=str(case), marks=["sales", "support_desk"], tags=["vip"], by="aoi")
    assert (answer["marks"], answer["tags"]) == (["sales", "support_desk"], ["vip"])
    answer = await house.ask("case.mark", case=str(case), marks=["sales"], remove=True, note="a relative", by="eri")
    assert answer["marks"] == ["support_desk"]
    said = [e for e in await _events(house, case) if isinstance(e, events.CaseMarked)]
    assert [(e.mark, e.tag, e.removed, e.by, e.note) for e in said] == [
        ("sales", None, False, "aoi", None),
        ("support_desk", None, False, "aoi", None),
        (None, "vip", False, "aoi", None),
        ("sales", None, True, "eri", "a relative"),
    ]
    assert await house.store.read(cases.verify_all) == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"marks": ["vip"]}, "no mark 'vip'"),
        ({}, "say which mark"),
        ({"marks": ["fax"], "remove": True}, "not in force"),
        ({"marks": ["test"]}, "in force already"),
    ],
)
async def test_r8_3_a_mark_that_changes_nothing_is_refused(house: House, params: dict[str, object], said: str) -> None:
    case = await house.call()
    await house.ask("case.mark", case=str(case), marks=["test"])
    before = await house.kinds(case)
    with pytest.raises(RuleBroken, match=said):
        await house.ask("case.mark", case=str(case), **params)
    assert await house.kinds(case) == before
    with pytest.raises(RuleBroken, match="no case"):
        await house.ask("case.mark", case=str(uuid4()), marks=["fax"])


async def test_r7_2_a_mark_after_the_judgement_changes_it_by_a_further_entry_only(house: House) -> None:
    case = await house.call()
    answer = await house.ask("case.mark", case=str(case), marks=["test"])
    assert answer["rules_say"] == "test-call: test, not billable"
    assert (await house.file(case)).units == 1, "the judgement itself stands"
    done = await house.ask("case.reclassify", case=str(case), by_rules=True, because="our own call", by="eri")
    assert (done["rule"], done["billable"], done["before"]) == ("test-call", False, "human, 1 unit")
    file = await house.file(case)
    assert (file.rule, file.case_class, file.units, file.billable) == ("test-call", "test", 0, False)
    judged, correction = [f for f in await _facts(house, case) if isinstance(f, events.Judged | Reclassified)]
    assert isinstance(judged, events.Judged) and judged.units == 1
    assert isinstance(correction, Reclassified) and (correction.by, correction.reason) == ("eri", "our own call")
    assert correction.replaces == done["replaces"] == f"{case}/judgement"
    assert await house.store.read(cases.verify_all) == []


async def test_r7_2_money_sees_the_last_correction(house: House) -> None:
    case = await house.call()
    first = await house.ask("case.reclassify", case=str(case), units=3, surcharges=["night", "night"], because="long")
    second = await house.ask("case.reclassify", case=str(case), case_class="sales", not_billable=True, because="sales")
    assert second["replaces"] == first["key"]
    found = await house.store.read(lambda c: rulings(c, {house.seeded.subscriber: 0}))
    ruled = found[house.seeded.subscriber]
    assert [(r.case.units, r.case.surcharges, r.case.case_class) for r in ruled] == [
        (1, (), "human"), (3, ("night", "night"), "human"), (0, (), "sales"),
    ]  # fmt: skip
    assert {r.case.arrived_at for r in ruled} == {AT} and [c.units for c in in_force(ruled)] == [0]


async def test_r7_2_a_reason_is_sealed_and_erased_with_the_case(house: House) -> None:
    case = await house.call()
    await house.ask("case.reclassify", case=str(case), units=2, because="Mr. Yamada of 090-1111-2222 said so")
    rows = await house.store.read(lambda c: list(c.execute(select(ledger_entry.c.open)).scalars()))
    assert not any("Yamada" in row for row in rows)
    await house.store.run(lambda c: cases.erase(c, case))
    correction = next(f for f in await _facts(house, case) if isinstance(f, Reclassified))
    assert correction.reason == "" and correction.units == 2
    assert await house.store.read(cases.verify_all) == []


async def test_r7_2_what_cannot_be_corrected(house: House) -> None:
    open_case = await house.call(judged=False)
    with pytest.raises(RuleBroken, match="has not been judged"):
        await house.ask("case.reclassify", case=str(open_case), units=2, because="too early")
    case = await house.call()
    for params, said in (
        ({"because": "why"}, "say --by-rules"),
        ({"because": "why", "by_rules": True, "units": 2}, "say --by-rules"),
        ({"because": "", "units": 2}, "because"),
        ({"because": "why", "by_rules": True}, "says so already"),
        ({"because": "why", "units": 1}, "is that already"),
    ):
        with pytest.raises(RuleBroken, match=said):
            await house.ask("case.reclassify", case=str(case), **params)


async def test_r7_2_two_who_correct_at_once_follow_each_other(house: House) -> None:
    """Each names the entry it replaced; none replaces the same one twice."""
    case = await house.call()
    await asyncio.gather(
        *(house.ask("case.reclassify", case=str(case), units=n, because=f"it was {n}") for n in range(2, 8))
    )
    facts = await house.store.read(lambda c: cases.events_of(c, house.sealer, case))
    entries = [one for one in facts if isinstance(one.fact, events.Judged | Reclassified)]
    replaced = [one.fact.replaces for one in entries if isinstance(one.fact, Reclassified)]
    assert replaced == [one.key for one in entries[:-1]]
    last = entries[-1].fact
    assert isinstance(last, Reclassified) and (await house.file(case)).units == last.units


async def _events(house: House, case: object) -> list[object]:
    return [f for f in await _facts(house, case) if isinstance(f, events.CaseEvent)]


async def _facts(house: House, case: object) -> list[object]:
    stored = await house.store.read(lambda c: cases.events_of(c, house.sealer, case))  # type: ignore[arg-type]
    return [one.fact for one in stored]
