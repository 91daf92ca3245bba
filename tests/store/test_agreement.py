"""R4, R11, R12, R15, R18, R19: events of contracts and applications on both databases, and what follows from them."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from smartdesk_pbx.contract.agreement_events import NOTHING, Doc, Kind
from smartdesk_pbx.contract.application import FORM, application_from_yaml
from smartdesk_pbx.contract.case_rules import rules_to_json
from smartdesk_pbx.contract.month import Month, midnight
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import agreement, application, contract, detail, formation, outbox, party, subscriber, tables
from smartdesk_pbx.store.application import IdentityCheck
from smartdesk_pbx.store.due import Taken, due
from smartdesk_pbx.store.party import Who
from smartdesk_pbx.store.routing_version import version
from smartdesk_pbx.store.schema import upgrade
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import contract as contract_table
from smartdesk_pbx.store.tables import lifecycle
from tests.store.office import Office

BY = "test"


def noon(day: str) -> datetime:
    return midnight(date.fromisoformat(day)) + timedelta(hours=12)


def plans(c: Connection) -> None:
    for name, settings in (("standard", {}), ("big", {"term_months": 24})):
        contract.put_plan(c, id=name, name=name.title(), settings=settings, rules=standard_plan().rules)


async def formed(store: Store, office: Office, on: str = "2026-04-01", **settings: object) -> UUID:
    """A further contract of the subscriber, formed and live on that day."""
    id = uuid4()

    def make(c: Connection) -> None:
        plans(c)
        formation.form(
            c, id=id, subscriber_id=office.subscriber, plan="standard", starts_on=date.fromisoformat(on), at=noon(on),
            by=BY, settings=settings,
        )  # fmt: skip
        agreement.append(c, id, "went_live", at=noon(on), effective_on=date.fromisoformat(on), by=BY)

    await store.run(make)
    return id


async def add(store: Store, id: UUID, kind: Kind, at: str, effective: str | None = None, doc: Doc = NOTHING) -> None:
    on = date.fromisoformat(effective or at)
    await store.run(lambda c: agreement.append(c, id, kind, at=noon(at), effective_on=on, by=BY, doc=doc))


async def row(store: Store, id: UUID) -> contract.Contract:
    return await store.read(lambda c: contract.get(c, id))


async def take(store: Store, sealer: Sealer, at: str) -> list[Taken]:
    return await store.run(lambda c: due(c, sealer, noon(at)))


async def test_r4_3_a_formed_contract_is_being_set_up_and_then_live(store: Store, office: Office) -> None:
    await store.run(plans)
    id = uuid4()
    await store.run(
        lambda c: formation.form(
            c, id=id, subscriber_id=office.subscriber, plan="big", starts_on=date(2026, 5, 1), at=noon("2026-04-20"),
            by=BY,
        )
    )  # fmt: skip
    assert (await row(store, id)).state == "onboarding"
    await add(store, id, "went_live", "2026-05-02")
    found = await row(store, id)
    assert (found.state, found.plan, found.started_on) == ("active", "big", date(2026, 5, 1))
    assert [e.kind for e in await store.read(lambda c: agreement.history(c, id))] == ["formed", "went_live"]


async def test_r11_the_term_agreed_does_not_move_with_the_plans_default(store: Store, office: Office) -> None:
    id = await formed(store, office)
    await store.run(
        lambda c: contract.put_plan(
            c, id="standard", name="x", settings={"term_months": 36}, rules=standard_plan().rules
        )
    )
    assert (await store.read(lambda c: agreement.agreed(c, id))).settings.term_months == 12


async def test_r19_events_are_never_changed_and_follow_each_other(store: Store, office: Office) -> None:
    id = await formed(store, office)
    for change in (
        update(lifecycle.contract_event).values(reason="x"),
        delete(lifecycle.contract_event),
        update(lifecycle.contract_event).where(lifecycle.contract_event.c.contract_id == id).values(by="me"),
    ):
        with pytest.raises((DBAPIError, RuleBroken), match="insert-only"):
            await store.run(lambda c, s=change: c.execute(s))  # type: ignore[misc]
    seqs = select(lifecycle.contract_event.c.seq).where(lifecycle.contract_event.c.contract_id == id)
    await add(store, id, "suspended", "2026-05-01")
    assert list(await store.read(lambda c: list(c.execute(seqs.order_by("seq")).scalars()))) == [1, 2, 3]
    with pytest.raises(RuleBroken, match="no contract"):
        await add(store, uuid4(), "suspended", "2026-05-01")


async def test_r8_5_the_row_and_the_routing_follow_the_events(store: Store, office: Office) -> None:
    id = await formed(store, office)
    before = await store.read(version)
    await add(store, id, "suspended", "2026-05-01")
    assert (await row(store, id)).state == "suspended" and await store.read(version) > before
    await add(store, id, "resumed", "2026-05-02")
    assert (await row(store, id)).state == "active"
    before = await store.read(version)
    await add(store, id, "third_party_consent", "2026-05-03")
    assert await store.read(version) == before, "nothing that routing depends on"
    await add(store, id, "terminated", "2026-05-04")
    assert ((await row(store, id)).state, (await row(store, id)).ended_on) == ("ended", date(2026, 5, 4))


async def test_r8_5_a_contract_without_events_goes_on_from_its_row(store: Store, office: Office) -> None:
    await add(store, office.contract, "suspended", "2026-05-01")
    assert (await row(store, office.contract)).state == "suspended"
    await add(store, office.contract, "resumed", "2026-05-02")
    assert (await row(store, office.contract)).state == "active"
    told = await store.read(lambda c: agreement.agreed(c, office.contract))
    assert told.life.live_on == date(2026, 4, 1)


async def test_r15_r16_3_the_spans_of_a_month(store: Store, office: Office) -> None:
    """R15, R16.3: who is charged for a month, and on which plan (R12)."""
    id = await formed(store, office, "2026-05-31")
    await add(store, id, "plan_change_requested", "2026-06-10", "2026-07-01", Doc(plan="big", plan_before="standard"))
    await add(store, id, "cancellation_requested", "2026-08-01", "2026-08-31", Doc(fee_yen=10_000))

    async def plan_in(month: Month) -> dict[UUID, str]:
        return {s.contract_id: s.plan_in(month) for s in await store.read(lambda c: agreement.spans(c, month))}

    old, told = office.contract, [await plan_in(Month(2026, n)) for n in (3, 4, 5, 7, 8, 9)]
    both = {old: "standard", id: "standard"}
    assert told == [{}, {old: "standard"}, both, both | {id: "big"}, both | {id: "big"}, {old: "standard"}]
    one = await store.read(lambda c: agreement.span_of(c, id))
    assert one is not None and (one.subscriber_id, one.ended_on) == (office.subscriber, date(2026, 8, 31))


async def test_r18_3_the_fee_is_due_once_in_the_month_of_the_end(store: Store, office: Office, sealer: Sealer) -> None:
    id = await formed(store, office)
    await add(store, id, "cancellation_requested", "2026-08-01", "2026-08-31", Doc(fee_yen=10_000))
    await take(store, sealer, "2026-09-01")

    async def fees(n: int) -> list[tuple[UUID, int]]:
        return [(i, fee.yen) for i, fee in await store.read(lambda c: agreement.fees(c, Month(2026, n)))]

    assert [await fees(n) for n in range(7, 11)] == [[], [(id, 10_000)], [], []]
    assert await store.read(lambda c: agreement.fee_of(c, id, Month(2026, 9))) is None
    fee = await store.read(lambda c: agreement.fee_of(c, id, Month(2026, 8)))
    assert fee is not None and fee.waived is None


async def test_r18_what_is_due_takes_effect_once(store: Store, office: Office, sealer: Sealer) -> None:
    """R12, R18: on its day, neither before nor twice; a daemon that was away makes up for it."""
    id = await formed(store, office)
    await add(store, id, "plan_change_requested", "2026-06-10", "2026-07-01", Doc(plan="big", plan_before="standard"))
    assert await take(store, sealer, "2026-06-30") == []
    assert (await row(store, id)).plan == "standard"
    assert [(t.contract_id, t.kind, t.doc.plan) for t in await take(store, sealer, "2026-07-01")] == [
        (id, "plan_changed", "big")
    ]
    assert (await row(store, id)).plan == "big"
    await add(store, id, "cancellation_requested", "2026-08-01", "2026-08-31", Doc(fee_yen=0))
    assert await take(store, sealer, "2026-08-31") == []
    (ended,) = await take(store, sealer, "2026-09-03")
    assert (ended.kind, ended.effective_on, ended.doc.cause) == ("ended", date(2026, 8, 31), "cancellation")
    found = await row(store, id)
    assert (found.state, found.ended_on) == ("ended", date(2026, 8, 31))
    again = await take(store, sealer, "2027-09-03")
    assert [t for t in again if t.contract_id == id] == []


async def test_r11_a_term_is_renewed_or_ends_the_contract(store: Store, office: Office, sealer: Sealer) -> None:
    renewed = await formed(store, office, "2026-04-15", term_months=2, renewal_months=1)
    ends = await formed(store, office, "2026-04-15", term_months=2, renewal_months=0)
    mine = [t for t in await take(store, sealer, "2026-06-14") if t.contract_id in (renewed, ends)]
    assert mine == []
    mine = [t for t in await take(store, sealer, "2026-07-20") if t.contract_id in (renewed, ends)]
    assert {(t.contract_id, t.kind, t.effective_on) for t in mine} == {
        (renewed, "renewed", date(2026, 6, 15)), (renewed, "renewed", date(2026, 7, 15)),
        (ends, "ended", date(2026, 6, 14)),
    }  # fmt: skip
    assert ((await row(store, ends)).state, (await row(store, renewed)).state) == ("ended", "active")
    assert await take(store, sealer, "2026-07-20") == []


async def test_r12_a_change_that_was_overtaken_by_the_end_does_not_happen(
    store: Store, office: Office, sealer: Sealer
) -> None:
    id = await formed(store, office)
    await add(store, id, "plan_change_requested", "2026-06-28", "2026-08-01", Doc(plan="big", plan_before="standard"))
    await add(store, id, "cancellation_requested", "2026-06-29", "2026-07-31", Doc(fee_yen=0))
    assert [t.kind for t in await take(store, sealer, "2026-08-02") if t.contract_id == id] == ["ended"]
    assert (await row(store, id)).state == "ended"


async def test_r18_an_end_is_told_by_mail_in_the_same_transaction(store: Store, office: Office, sealer: Sealer) -> None:
    id = await formed(store, office)
    await store.run(
        lambda c: detail.put(c, sealer, office.subscriber, "mail", ("a@example.jp",), at=noon("2026-04-01"), by=BY)
    )
    await add(store, id, "cancellation_requested", "2026-06-01", "2026-06-30", Doc(fee_yen=0))
    await take(store, sealer, "2026-07-01")
    (queued,) = await store.read(outbox.listing)
    letter = await store.read(lambda c: outbox.open_letter(c, sealer, queued.id))
    assert (
        letter.to == "a@example.jp"
        and "2026年6月30日をもって終了" in letter.body
        and "株式会社さくら 様" in letter.body
    )


async def test_r4_1_an_application_is_sealed_and_its_steps_are_kept(
    store: Store, office: Office, sealer: Sealer
) -> None:
    form = application_from_yaml(FORM, "form.yaml")
    id, at = uuid4(), noon("2026-11-23")

    def enter(c: Connection) -> None:
        application.add(c, sealer, form, id=id, consented_at=at, at=at)
        application.append(c, id, "applied", at=at, by=BY)
        check = IdentityCheck(uuid4(), "passport", "in-person", None, date(2026, 11, 23), BY, "TK1234567")
        application.add_identity(c, sealer, id, check)

    await store.run(enter)
    found = await store.read(lambda c: application.get(c, sealer, id))
    assert found.form == form and (found.state, found.terms) == ("applied", "2024-01-01")
    (check,) = await store.read(lambda c: application.identity_checks(c, sealer, id))
    assert (check.number, check.document) == ("TK1234567", "passport")
    assert [a.id for a in await store.read(lambda c: application.listing(c, sealer, "applied"))] == [id]
    assert await store.read(lambda c: application.listing(c, sealer, "refused")) == []
    stored = str(await store.read(lambda c: [list(c.execute(text(f"SELECT * FROM {t}"))) for t in
                                             ("application", "application_event", "identity_check")]))  # fmt: skip
    for private in ("あおぞら", "青空", "+81312345101", "office@aozora.example", "TK1234567", "千代田"):
        assert private not in stored, private
    with pytest.raises((DBAPIError, RuleBroken), match="insert-only"):
        await store.run(lambda c: c.execute(delete(lifecycle.application_event)))
    with pytest.raises(RuleBroken, match="no application"):
        await store.run(lambda c: application.append(c, uuid4(), "applied", at=at, by=BY))


@pytest.mark.parametrize(
    ("who", "by"),
    [
        (Who("(株)サクラ商事"), [("name",)]),
        (Who("Other", phone="+81312340001"), [("phone",)]),
        (Who("Other", address="東京都港区一丁目2番地3号"), [("address",)]),
        (Who("さくら商事", "+81312340001", "東京都港区1-2-3"), [("name", "phone", "address")]),
        (Who("Other", "+81312340002", "東京都港区1-2-4"), []),
        (Who("株式会社"), []),
    ],
)
async def test_r4_2_a_revoked_party_is_found_by_name_number_or_address(
    store: Store, sealer: Sealer, who: Who, by: list[Any]
) -> None:
    listed, id = Who("株式会社さくら商事", "+81312340001", "〒105-0000 東京都港区１－２－３"), uuid4()
    await store.run(
        lambda c: party.add(
            c, sealer, listed, id=id, at=noon("2026-01-01"), by=BY, reason_code="19.1-1", reason="fraud"
        )
    )
    found = await store.read(lambda c: party.matches(c, sealer, who))
    assert [m.by for m in found] == by
    assert all(m.party.who == listed for m in found)
    await store.run(lambda c: party.remove(c, id, at=noon("2026-02-01"), because="mistaken"))
    assert await store.read(lambda c: party.matches(c, sealer, who)) == []
    (kept,) = await store.read(lambda c: party.listing(c, sealer))
    assert (kept.removed_because, kept.reason_code) == ("mistaken", "19.1-1")
    with pytest.raises(RuleBroken, match="no party"):
        await store.run(lambda c: party.remove(c, id, at=noon("2026-02-01"), because="again"))


async def test_r4_2_the_list_holds_no_name_in_clear(store: Store, sealer: Sealer) -> None:
    await store.run(
        lambda c: party.add(
            c, sealer, Who("株式会社さくら商事", "+81312340001", "港区"), id=uuid4(), at=noon("2026-01-01"), by=BY,
            reason_code="27.4", reason="kept",
        )
    )  # fmt: skip
    stored = str(await store.read(lambda c: list(c.execute(select(lifecycle.revoked_party)))))
    assert not any(private in stored for private in ("さくら", "サクラ", "+8131234", "港区"))


async def test_an_ended_contract_lies_behind_its_subscribers_next_one(store: Store, office: Office) -> None:
    id = await formed(store, office, "2026-04-01")
    await add(store, id, "terminated", "2026-05-04")
    other = await formed(store, office, "2026-06-01")
    states = {one.contract.id: one.contract.state for one in await store.read(agreement.all_agreed)}
    assert states == {office.contract: "active", id: "ended", other: "active"}
    columns = await store.read(lambda c: c.execute(select(contract_table.c.ended_on)).scalars().all())
    assert sorted(columns, key=str) == [date(2026, 5, 4), None, None]
    assert await store.read(lambda c: subscriber.get(c, "demo"))


async def test_contracts_made_before_there_were_events_get_their_beginning(
    new_database: Callable[[bool], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation at revision 0002 is upgraded: each contract's events say what its row said."""
    url, newest = new_database(False), command.upgrade
    with monkeypatch.context() as earlier:
        earlier.setattr(command, "upgrade", lambda config, _: newest(config, "0002"))
        upgrade(url)
    ids = {state: uuid4() for state in ("active", "suspended", "ended")}
    old = Store.open(url, check=False)
    await old.run(lambda c: contracts_of_old(c, ids))
    await old.close()
    assert upgrade(url)
    store = Store.open(url)
    found = {one.contract.id: one.life for one in await store.read(agreement.all_agreed)}
    assert {state: found[id].state_on(date(2026, 6, 1)) for state, id in ids.items()} == {s: s for s in ids}
    assert {life.live_on for life in found.values()} == {date(2026, 1, 5)}
    assert all(life.formed for life in found.values()) and found[ids["ended"]].ends_on == date(2026, 3, 31)
    await add(store, ids["suspended"], "resumed", "2026-06-01")
    assert (await row(store, ids["suspended"])).state == "active"
    await store.close()


def contracts_of_old(c: Connection, ids: dict[str, UUID]) -> None:
    """Contracts as they were stored before revision 0003, one in each state."""
    who = uuid4()
    plain = {"name": "x", "announced_name": "x", "announced_reading": "", "language": "ja"}
    versions = {"announced_version": 1, "emergency_version": 0, "created_at": noon("2026-01-01")}
    c.execute(insert(tables.subscriber).values(id=who, slug="old", **plain, **versions))
    rules = json.loads(rules_to_json(standard_plan().rules))
    c.execute(insert(tables.plan).values(id="standard", name="x", settings={}, rules=rules, rules_version="1"))
    for state, id in ids.items():
        ended = date(2026, 3, 31) if state == "ended" else None
        more = {"settings": {}, "started_on": date(2026, 1, 5), "ended_on": ended}
        c.execute(insert(contract_table).values(id=id, subscriber_id=who, plan="standard", state=state, **more))
