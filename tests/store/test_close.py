"""The month's close: what it charges, what stands in its way, that it repeats, and what it does about late cases."""

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, select, text

from smartdesk_pbx.billing.invoice import Document
from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import (
    agenda,
    agreement,
    audit,
    books,
    closed,
    contract,
    invoice,
    ledger,
    operator,
    prices,
    rating,
    reach,
    receivables,
)
from smartdesk_pbx.store.close import Ask, Outcome, close
from smartdesk_pbx.store.draft import Draft, drafts
from smartdesk_pbx.store.facts import Group, encode
from smartdesk_pbx.store.issue import Letterhead, issue
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import ledger_entry
from smartdesk_pbx.store.tables.money import correction as correction_table
from tests.store.money import AFTER, ISSUER, MONTH, PRICES, SEALER, Told, _no_key, open_at, set_up, sign_up, tell

NOVEMBER = MONTH.plus(1)
IN_DECEMBER = datetime(2026, 12, 2, 3, tzinfo=AFTER.tzinfo)


@pytest.fixture
async def bureau(url: str) -> Store:
    store = open_at(url)
    await store.run(set_up)
    return store


async def close_it(store: Store, month: Month = MONTH, **more: object) -> Outcome:
    return await close(store, Sealer(SEALER, SEALER), None, Ask(month, **more))  # type: ignore[arg-type]


async def documents(store: Store) -> list[Document]:
    """All documents, by number."""

    def read(c: Connection) -> list[Document]:
        return [invoice.get(c, entry.number).document for entry in reversed(invoice.listing(c))]

    return await store.read(read)


def sign_up_with(c: Connection, n: int, cases: Sequence[Told]) -> None:
    tell(c, *sign_up(c, n), cases)


def told(document: Document) -> dict[str, tuple[int, int]]:
    return {line.code: (line.quantity, line.amount_yen) for line in document.lines}


async def test_r15_a_month_is_closed_into_an_invoice_one_rating_entry_and_the_books(bureau: Store) -> None:
    who, of = await bureau.run(lambda c: sign_up(c, 1))
    cases = [Told(n, n) for n in range(5)] + [Told(7, 9, 0), Told(8, 8, 1, "human", ("long",))]
    await bureau.run(lambda c: tell(c, who, of, cases))
    outcome = await close_it(bureau)
    assert (outcome.contracts, outcome.closed, outcome.cases, outcome.problems) == (1, 1, 7, [])
    (made,) = await documents(bureau)
    assert told(made) == {
        "basic": (1, 9805), "setup": (1, 20000), "included": (3, 0), "over-1": (2, 410), "over-2": (1, 155),
        "long": (1, 105),
    }  # fmt: skip
    assert (made.totals[0].base_yen, made.totals[0].tax_yen, made.total_yen) == (30_475, 3_047, 33_522)
    assert (made.issued_on, made.due_on, made.month) == (date(2026, 11, 2), date(2026, 11, 30), "2026-10")
    assert (made.recipient.name, made.issuer.registration) == ("契約者1", "T7000012050002")
    entries = await bureau.read(lambda c: c.execute(select(ledger_entry).where(ledger_entry.c.kind == "rating")).all())
    assert [row.key for row in entries] == [f"rating:{of}:2026-10"]
    assert (made.head.seq, made.head.hash, made.head.chain) == (entries[0].chain_seq, entries[0].hash, who)
    assert sum((await bureau.read(books.balances)).values()) == 0
    assert (await bureau.read(books.balances))["receivable"] == 33_522
    assert await bureau.read(audit.verify_all) == []


async def test_a_second_close_changes_nothing(bureau: Store) -> None:
    for n in range(3):
        await bureau.run(partial(sign_up_with, n=n, cases=[Told(n * 10, n)]))
    await close_it(bureau)
    before = await documents(bureau)
    again = await close_it(bureau)
    assert (again.contracts, again.closed, again.problems) == (0, 0, [])
    assert await documents(bureau) == before
    assert [one.number for one in before] == [1, 2, 3], "numbers without gaps"


async def test_r16_1_a_dry_run_tells_the_same_sums_and_writes_nothing(bureau: Store) -> None:
    for n in range(3):
        await bureau.run(partial(sign_up_with, n=n, cases=[Told(n * 10 + i, i) for i in range(5)]))
    dry = await close_it(bureau, dry_run=True)
    assert await documents(bureau) == []
    assert await bureau.read(lambda c: closed.closed_in(c, MONTH)) == {}
    real = await close_it(bureau)
    assert dry == real and real.invoices.documents == 3


async def test_every_problem_of_a_month_is_told_at_once_and_nothing_is_closed(url: str) -> None:
    store = open_at(url, MONTH.ends_at - timedelta(seconds=1))

    def seed(c: Connection) -> None:
        set_up(c)
        tell(c, *sign_up(c, 1), [Told(1, 1)], closed=False)
        sign_up(c, 2, started_on=date(2026, 9, 30))
        sign_up(c, 3, settings={"options": ["fax"]})
        sign_up(c, 4, settings={"price_overrides": {"bsic": 1}})
        sign_up(c, 5)
        reach.note(c, "n1", cdr_at=MONTH.ends_at - timedelta(hours=1))

    await store.run(seed)
    outcome = await close_it(store)
    said = [one.wrong for one in outcome.problems]
    assert said[0] == "2026-10 is not over"
    assert said[1] == "node n1 was not read to the end of 2026-10: its call records until 2026-10-31 14:00 UTC"
    of_contracts = {one.contract_id: one.wrong.partition(":")[0] for one in outcome.problems[2:]}
    assert {id.int - 200: wrong for id, wrong in of_contracts.items() if id} == {
        1: "1 open", 2: "2026-09 is not closed yet", 3: "options", 4: "price_overrides",
    }  # fmt: skip
    assert outcome.blocked and await documents(store) == []
    after = open_at(url)
    assert (await close_it(after, skip=True, override="")).blocked, "a node that is behind is no contract's problem"
    assert (await close_it(after, override="looked at by hand")).blocked, "nor are others closed unless one says so"
    assert await documents(after) == []
    partly = await close_it(after, skip=True, override="node lost, looked at by hand")
    assert (partly.closed, [d.contract_id.int for d in await documents(after)]) == (1, [205])
    entry = await after.read(lambda c: closed.entry_of(c, UUID(int=205), "2026-10"))
    assert entry is not None and entry.override == "node lost, looked at by hand"


async def test_r15_a_month_without_prices_and_an_operator_without_details_cannot_be_closed(url: str) -> None:
    store = open_at(url)
    await store.run(lambda c: set_up(c, PRICES.replace("2026-04", "2026-11")))
    await store.run(lambda c: sign_up(c, 1))
    (problem,) = (await close_it(store)).problems
    assert problem.wrong.startswith("no prices for plan standard in 2026-10")
    assert not (await close_it(store, dry_run=True)).closed


async def test_a_month_is_over_at_midnight_in_tokyo_whatever_the_zone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    store = open_at(url, datetime(2026, 10, 31, 15, tzinfo=AFTER.tzinfo))
    await store.run(set_up)
    who, of = await store.run(lambda c: sign_up(c, 1))
    last = Told(1, 30 + 23.99 / 24)
    first_of_next = Told(2, 31)
    await store.run(lambda c: tell(c, who, of, [last, first_of_next]))
    outcome = await close_it(store)
    assert (outcome.problems, outcome.cases) == ([], 1)
    early = open_at(url, datetime(2026, 10, 31, 14, 59, 59, tzinfo=AFTER.tzinfo))
    assert [p.wrong for p in (await close_it(early, contract_id=of)).problems] == ["2026-10 is not over"]


async def test_what_somebody_else_closed_meanwhile_is_left_alone(bureau: Store) -> None:
    await bureau.run(lambda c: sign_up_with(c, 1, [Told(1, 1)]))
    ready = await bureau.read(lambda c: list(drafts(c, MONTH, agenda.due(c, MONTH))))
    found = [one for one in ready if isinstance(one, Draft)]
    await close_it(bureau)
    letterhead = Letterhead(ISSUER, {}, None)
    assert len(found) == 1
    assert await bureau.run(lambda c: issue(c, MONTH, found, letterhead, "", AFTER)) == []
    assert len(await documents(bureau)) == 1


async def test_only_the_asked_contract_is_closed(bureau: Store) -> None:
    for n in range(3):
        await bureau.run(partial(sign_up, n=n))
    assert (await close_it(bureau, contract_id=UUID(int=201))).closed == 1
    assert [one.contract_id.int for one in await documents(bureau)] == [201]
    assert (await close_it(bureau)).closed == 2


async def test_r15_months_are_charged_in_full_and_r8_5_suspended_ones_too(bureau: Store) -> None:
    """R15: a contract that started on the last day of the month owes it in full; R8.5: a suspension changes nothing."""
    _, late = await bureau.run(lambda c: sign_up(c, 1, started_on=date(2026, 10, 31)))
    _, suspended = await bureau.run(lambda c: sign_up(c, 2))
    await bureau.run(lambda c: c.execute(text("UPDATE contract SET state = 'suspended' WHERE id = :id"),
                                         {"id": suspended.hex if bureau.is_sqlite else suspended}))  # fmt: skip
    await close_it(bureau)
    assert {d.contract_id: told(d)["basic"] for d in await documents(bureau)} == {
        late: (1, 9805), suspended: (1, 9805)
    }  # fmt: skip


async def ended(store: Store, of: UUID, on: date, *, fee_yen: int = 0) -> None:
    def change(c: Connection) -> None:
        agreement.append(
            c, of, "cancellation_requested", at=AFTER - timedelta(days=20), effective_on=on, by="t",
            doc=Doc(fee_yen=fee_yen or None),
        )  # fmt: skip
        agreement.append(c, of, "ended", at=AFTER, effective_on=on, by="t", doc=Doc(cause="cancellation"))

    await store.run(change)


async def test_r16_3_fees_run_to_the_month_of_the_end_and_r18_3_the_fee_stands_apart_once(url: str) -> None:
    store = open_at(url, IN_DECEMBER)
    await store.run(set_up)
    _, of = await store.run(lambda c: sign_up(c, 1))
    await ended(store, of, date(2026, 10, 31), fee_yen=10_000)
    await close_it(store)
    await close_it(store, NOVEMBER)
    (made,) = await documents(store)
    assert (made.untaxed_yen, made.totals[0].base_yen) == (10_000, 29_805)
    assert told(made)["early-termination"] == (1, 10_000)


async def test_r18_3_the_fee_is_charged_though_no_monthly_fee_ever_ran(url: str) -> None:
    """Cancelled before it started: what the notice said it costs is charged once, and a waiver takes it back."""
    store = open_at(url, IN_DECEMBER)
    await store.run(set_up)
    _, of = await store.run(lambda c: sign_up(c, 1, started_on=date(2027, 1, 15)))
    await ended(store, of, date(2026, 10, 31), fee_yen=10_000)
    for _ in range(2):
        await close_it(store)
    (made,) = await documents(store)
    assert (told(made), made.total_yen) == ({"early-termination": (1, 10_000)}, 10_000)
    await store.run(
        lambda c: agreement.append(c, of, "fee_waived", at=AFTER, effective_on=date(2026, 11, 2), by="t", reason="x")
    )
    await close_it(store, NOVEMBER)
    assert [one.total_yen for one in await documents(store)] == [10_000, -10_000]


async def test_r19_what_is_issued_after_a_termination_is_due_with_its_issue(url: str) -> None:
    """R19: the document itself names that day, as the receivables do."""
    store, who, of = await closed_october(url, [Told(1, 1)])
    await store.run(lambda c: receivables.accelerate(c, of, date(2026, 11, 20)))
    await store.run(lambda c: tell(c, who, of, [Told(n, n) for n in range(10, 14)]))
    await close_it(store, NOVEMBER)
    first, *later = await documents(store)
    assert first.due_on == date(2026, 11, 30), "issued before: its receivable is what became due earlier"
    assert [one.due_on for one in later] == [date(2026, 12, 2)] * 2
    items = await store.read(lambda c: receivables.items(c, of))
    assert [one.due_on for one in items] == [date(2026, 11, 20), date(2026, 12, 2), date(2026, 12, 2)]


async def test_r18_3_a_fee_waived_after_the_close_is_credited_by_the_next_one(url: str) -> None:
    store = open_at(url, IN_DECEMBER)
    await store.run(set_up)
    _, of = await store.run(lambda c: sign_up(c, 1))
    await ended(store, of, date(2026, 10, 31), fee_yen=10_000)
    await close_it(store)
    await store.run(
        lambda c: agreement.append(
            c, of, "fee_waived", at=AFTER, effective_on=date(2026, 11, 2), by="t", reason="goodwill"
        )
    )
    await close_it(store, NOVEMBER)
    first, second = await documents(store)
    assert (second.kind, second.refers_to, second.total_yen) == ("credit_note", first.number, -10_000)
    assert told(second) == {"early-termination": (-1, -10_000)}
    assert (await close_it(store, NOVEMBER.plus(1), dry_run=True)).corrections.documents == 0, "never twice"


async def test_r16_3_a_case_that_turns_up_after_the_end_of_the_contract_is_charged_all_the_same(url: str) -> None:
    store = open_at(url)
    await store.run(set_up)
    who, of = await store.run(lambda c: sign_up(c, 1))
    await store.run(lambda c: tell(c, who, of, [Told(n, n) for n in range(3)]))
    await ended(store, of, date(2026, 10, 31))
    await close_it(store)
    later = open_at(url, IN_DECEMBER)
    assert (await close_it(later, NOVEMBER)).contracts == 0, "nothing runs, nothing is new"
    await later.run(lambda c: tell(c, who, of, [Told(9, 9)]))
    await later.run(lambda c: tell(c, who, of, [Told(10, 3, 0)], month=NOVEMBER))
    assert (await close_it(later, NOVEMBER)).corrections.documents == 1
    first, second = await documents(later)
    assert (told(second), second.refers_to) == ({"over-1": (1, 205)}, first.number)
    entry = await later.read(lambda c: closed.entry_of(c, of, "2026-11"))
    assert entry is not None and (entry.lines, entry.number) == ((), None)
    assert (await close_it(later, NOVEMBER)).contracts == 0


async def reclassify(store: Store, of: UUID, case: Told, units: int, at: datetime = IN_DECEMBER) -> None:
    fact = events.Reclassified(
        call_id=case.call, at=at, by="t", replaces=f"{case.call}/judgement", billable=units > 0, rule="by-hand",
        rules_version="1", rule_text="", case_class="fax", units=units, contract_id=of,
        arrived_at=MONTH.starts_at + timedelta(days=case.day), reason="looked at",
    )  # fmt: skip
    row = encode(fact, f"{case.call}/{uuid4()}", Sealer(SEALER, SEALER), _no_key)
    await store.run(lambda c: ledger.commit(c, [Group((row,), UUID(int=of.int - 100))], at))


async def test_r16_1_what_is_closed_late_is_due_a_month_after_it_is_known(url: str) -> None:
    store = open_at(url)
    await store.run(set_up)
    who, of = await store.run(lambda c: sign_up(c, 1))
    await store.run(lambda c: tell(c, who, of, [Told(1, 1)]))
    late = open_at(url, datetime(2027, 1, 20, 3, tzinfo=AFTER.tzinfo))
    assert (await close_it(late)).closed == 1
    [document] = await documents(late)
    assert (document.issued_on, document.due_on) == (date(2027, 1, 20), date(2027, 1, 31))


async def closed_october(url: str, cases: Sequence[Told]) -> tuple[Store, UUID, UUID]:
    """October closed with these cases; the clock stands in December."""
    store = open_at(url)
    await store.run(set_up)
    who, of = await store.run(lambda c: sign_up(c, 1))
    await store.run(lambda c: tell(c, who, of, cases))
    assert (await close_it(store)).closed == 1
    return open_at(url, IN_DECEMBER), who, of


async def test_r16_1_a_case_that_turns_up_late_is_a_document_of_its_own_in_the_next_close(url: str) -> None:
    store, who, of = await closed_october(url, [Told(n, n + 10) for n in range(4)])
    await store.run(lambda c: tell(c, who, of, [Told(50, 1)]))
    await store.run(lambda c: tell(c, who, of, [Told(60, 1)], month=NOVEMBER))
    outcome = await close_it(store, NOVEMBER)
    assert (outcome.invoices.documents, outcome.corrections.documents) == (1, 1)
    october, november, correction = await documents(store)
    assert told(november) == {"basic": (1, 9805), "included": (1, 0)}
    assert (correction.kind, correction.month, correction.refers_to) == ("invoice", "2026-10", october.number)
    assert told(correction) == {"over-1": (1, 205)} and correction.total_yen == 225
    assert (correction.due_on, correction.note) == (date(2026, 12, 31), "2026年10月分（請求書番号 1）の訂正")
    entries = await store.read(lambda c: c.execute(
        select(func.count()).select_from(ledger_entry).where(ledger_entry.c.kind == "rating")).scalar())  # fmt: skip
    assert entries == 2, "ONE rating entry per contract and month, corrections inside"
    assert await store.read(lambda c: c.execute(select(correction_table.c.one_off_yen)).scalars().all()) == [0]
    late = await store.read(lambda c: rating.of_case(c, Told(50, 1).call))
    assert late is not None and [(x.line, x.yen, x.number) for x in late.lines] == [("included", 0, 3)]
    pushed = await store.read(lambda c: rating.of_case(c, Told(2, 12).call))
    assert pushed is not None and (pushed.yen, not pushed.preview) == (205, True)
    assert (await close_it(store, NOVEMBER)).contracts == 0


async def test_r16_1_a_case_taken_back_after_the_close_is_credited_by_the_next_one(url: str) -> None:
    store, _, of = await closed_october(url, [Told(n, n) for n in range(6)])
    await reclassify(store, of, Told(0, 0), 0)
    await close_it(store, NOVEMBER)
    october, _, credit = await documents(store)
    assert told(october)["over-2"] == (1, 155)
    assert (credit.kind, told(credit), credit.total_yen) == ("credit_note", {"over-2": (-1, -155)}, -170)
    await reclassify(store, of, Told(0, 0), 1)
    december = NOVEMBER.plus(1)
    later = Store.open(url, now=lambda: datetime(2027, 1, 2, tzinfo=AFTER.tzinfo))
    await close_it(later, december)
    back = (await documents(later))[-1]
    assert (back.kind, told(back), back.refers_to) == ("invoice", {"over-2": (1, 155)}, october.number)


async def test_a_case_judged_again_before_the_close_is_charged_as_the_last_one_says(bureau: Store) -> None:
    who, of = await bureau.run(lambda c: sign_up(c, 1))
    await bureau.run(lambda c: tell(c, who, of, [Told(1, 1)]))
    await reclassify(bureau, of, Told(1, 1), 4, AFTER)
    await close_it(bureau)
    assert told((await documents(bureau))[0])["over-1"] == (1, 205)


async def test_cases_of_next_month_judged_before_the_close_belong_to_next_month(url: str) -> None:
    store = open_at(url, IN_DECEMBER)
    await store.run(set_up)
    who, of = await store.run(lambda c: sign_up(c, 1))
    await store.run(lambda c: tell(c, who, of, [Told(1, 1)]))
    await store.run(lambda c: tell(c, who, of, [Told(2, 0), Told(3, 5)], month=NOVEMBER))
    await store.run(lambda c: tell(c, who, of, [Told(4, 2)]))
    await close_it(store)
    await close_it(store, NOVEMBER)
    assert [told(d)["included"] for d in await documents(store)] == [(2, 0), (2, 0)]


async def test_the_settings_at_the_months_end_count_not_those_of_the_day_of_the_close(url: str) -> None:
    store = open_at(url, AFTER)
    await store.run(set_up)
    _, of = await store.run(lambda c: sign_up(c, 1, settings={"options": ["extra-number:2"]}))

    def change(c: Connection) -> None:
        doc = Doc(settings={}, settings_before={"options": ["extra-number:2"]})
        agreement.append(
            c, of, "settings_changed", at=MONTH.ends_at + timedelta(hours=1), effective_on=date(2026, 11, 1),
            by="t", doc=doc,
        )  # fmt: skip
        c.execute(text("UPDATE contract SET settings = '{}'"))

    await store.run(change)
    await close_it(store)
    assert told((await documents(store))[0])["extra-number"] == (2, 1000)


async def test_r12_each_month_is_charged_by_the_plan_of_that_month(url: str) -> None:
    store = open_at(url, IN_DECEMBER)
    await store.run(set_up)
    _, of = await store.run(lambda c: sign_up(c, 1))

    def other_plan(c: Connection) -> None:
        plan = standard_plan()
        contract.put_plan(c, id="big", name="Big", settings={}, rules=plan.rules)
        big = PRICES.replace("plan: standard", "plan: big").replace("9805", "50000")
        prices.add(c, prices_from_yaml(big, "b.yaml"), big, id=uuid4(), at=AFTER)
        agreement.append(
            c,
            of,
            "plan_change_requested",
            at=AFTER - timedelta(days=12),
            effective_on=date(2026, 11, 1),
            by="t",
            doc=Doc(plan="big"),
        )

    await store.run(other_plan)
    await close_it(store)
    await close_it(store, NOVEMBER)
    assert [told(d)["basic"][1] for d in await documents(store)] == [9805, 50_000]


async def test_r15_prices_of_a_closed_month_can_no_longer_change(url: str) -> None:
    store, *_ = await closed_october(url, [])

    def put(month: str, old: str = "9805", new: str = "9999") -> int:
        text = PRICES.replace("2026-04", month).replace(old, new)
        table = prices_from_yaml(text, "p.yaml")
        return store.run_now(lambda c: prices.add(c, table, text, id=uuid4(), at=AFTER)).version

    with pytest.raises(RuleBroken, match="2026-10 is closed; new prices can be valid from 2026-11 on"):
        put("2026-10")
    assert put("2026-04", "9805", "9805") == 1, "the same again is no change"
    assert (put("2026-11"), put("2026-11", new="9998")) == (1, 2)
    in_force = await store.read(lambda c: prices.in_force(c, NOVEMBER))
    assert in_force["standard"].fees[0].yen == 9998


async def test_the_operators_details_are_versioned_and_a_document_keeps_those_of_its_day(url: str) -> None:
    store, *_ = await closed_october(url, [])
    moved = (await documents(store))[0].issuer
    await store.run(lambda c: operator.put(c, replace(moved, address="大阪市"), IN_DECEMBER))
    await close_it(store, NOVEMBER)
    assert [d.issuer.address for d in await documents(store)] == ["東京都千代田区1-1", "大阪市"]
    assert (await store.read(operator.current)).version == 2  # type: ignore[union-attr]


async def test_r16_1_a_preview_is_what_the_close_will_charge(bureau: Store) -> None:
    who, of = await bureau.run(lambda c: sign_up(c, 1))
    await bureau.run(lambda c: tell(c, who, of, [Told(n, n) for n in range(5)]))
    found = await bureau.read(lambda c: rating.preview(c, of, MONTH))
    ahead = await bureau.read(lambda c: rating.preview_of_case(c, Told(4, 4).call))
    assert ahead is not None and (ahead.yen, ahead.preview) == (205, True)
    assert await bureau.read(lambda c: rating.of_case(c, Told(4, 4).call)) is None
    await close_it(bureau)
    assert (await documents(bureau))[0].lines == found.rating.lines
    with pytest.raises(RuleBroken, match="no prices"):
        await bureau.read(lambda c: rating.preview(c, of, Month(2026, 3)))
